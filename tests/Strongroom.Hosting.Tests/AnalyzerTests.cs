using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.Extensions.Logging;
using Strongroom.Analyzers;

namespace Strongroom.Hosting.Tests;

/// <summary>What the compiler warns of, and what it leaves alone.</summary>
public sealed class AnalyzerTests
{
    private static readonly MetadataReference[] References =
    [
        .. ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator).Where(static path => Path.GetFileName(path).StartsWith("System.", StringComparison.Ordinal) || Path.GetFileName(path) is "netstandard.dll" or "mscorlib.dll")
            .Select(static path => MetadataReference.CreateFromFile(path)),
        .. new[] { typeof(SecretValue), typeof(StrongroomException), typeof(SecretAttribute), typeof(ILogger), typeof(Microsoft.Extensions.Compliance.Classification.DataClassificationAttribute) }.Select(static type => MetadataReference.CreateFromFile(type.Assembly.Location)),
    ];

    [Theory]
    [InlineData("SRG001", """string s = $"key {value.DangerousRevealString()}";""")]
    [InlineData("SRG001", """string s = "key " + value.DangerousRevealString();""")]
    [InlineData("SRG001", """string s = ""; s += value.DangerousRevealString();""")]
    [InlineData("SRG001", """string s = string.Format("{0}", value.DangerousRevealString());""")]
    [InlineData("SRG001", """string s = string.Format("{0} {1} {2} {3}", 1, 2, 3, value.DangerousRevealString());""")]
    [InlineData("SRG001", """var b = new StringBuilder(); b.Append(value.DangerousRevealString());""")]
    [InlineData("SRG001", """string text = value.DangerousRevealString(); string s = $"{text}";""")]
    [InlineData("SRG001", """string a = value.DangerousRevealString(); string b = a ?? "x"; string s = $"{b}";""")]
    [InlineData("SRG001", """string s = $"{value}";""")]
    [InlineData("SRG001", """string s = $"{Encoding.ASCII.GetString(value.Span)}";""")]
    [InlineData("SRG001", """using SecretLease lease = live.Acquire(); string s = $"{Convert.ToBase64String(lease.Span)}";""")]
    [InlineData("SRG001", """string s = $"{options.Password}";""")]
    [InlineData("SRG001", """string s = $"{marked}";""")]
    [InlineData("SRG002", """logger.LogInformation("key {Key}", value.DangerousRevealString());""")]
    [InlineData("SRG002", """logger.LogInformation("key {Key}", value);""")]
    [InlineData("SRG002", """logger.LogInformation($"key {value.DangerousRevealString()}");""")]
    [InlineData("SRG002", """Console.WriteLine(value.DangerousRevealString());""")]
    [InlineData("SRG002", """Console.Error.WriteLine(login.DangerousPostgreSqlConnectionString());""")]
    [InlineData("SRG002", """System.Diagnostics.Debug.WriteLine(options.Password);""")]
    [InlineData("SRG003", """throw new InvalidOperationException(value.DangerousRevealString());""")]
    [InlineData("SRG003", """throw new InvalidOperationException($"bad {value.DangerousRevealString()}");""")]
    [InlineData("SRG004", """string s = JsonSerializer.Serialize(value.DangerousRevealString());""")]
    [InlineData("SRG004", """string s = JsonSerializer.Serialize(login);""")]
    public async Task It_warns(string id, string code) => Assert.Equal([id], await WarningsAsync(code));

    [Theory]
    [InlineData("""string s = $"{data.Name} v{data.Metadata.Version}";""")]
    [InlineData("""logger.LogInformation("read {Name}", data.Name);""")]
    [InlineData("""Send(value.DangerousRevealString());""")]
    [InlineData("""string text = value.DangerousRevealString(); Send(text);""")]
    [InlineData("""string s = $"{value.Span.Length} {value.HasFields} {login.Host}";""")]
    [InlineData("""string s = Encoding.ASCII.GetString(new byte[3]); Console.WriteLine(s);""")]
    [InlineData("""throw new InvalidOperationException($"{data.Name} is bad");""")]
    [InlineData("""string s = JsonSerializer.Serialize(data.Metadata.Version);""")]
    [InlineData("""Console.WriteLine(options.User);""")]
    public async Task It_leaves_alone(string code) => Assert.Empty(await WarningsAsync(code));

    internal static async Task<IEnumerable<string>> WarningsAsync(string code)
    {
        string program = $$"""
            using System; using System.Security.Cryptography; using System.Text; using System.Text.Json; using Microsoft.Extensions.Logging; using Strongroom;
            static class Program
            {
                sealed class Options { [Secret] public string Password { get; set; } = ""; public string User { get; set; } = ""; }
                static void Send(string text) { }
                static void Run(SecretValue value, SecretData data, LiveSecret live, DatabaseCredentials login, ILogger logger, Options options, [Secret] string marked)
                {
                    {{code}}
                }
            }
            """;
        CSharpCompilation compilation = CSharpCompilation.Create("sample", [CSharpSyntaxTree.ParseText(program, cancellationToken: Support.Ct)], References, new CSharpCompilationOptions(OutputKind.DynamicallyLinkedLibrary));
        Assert.Empty(compilation.GetDiagnostics(Support.Ct).Where(static diagnostic => diagnostic.Severity == DiagnosticSeverity.Error));
        ImmutableArray<Diagnostic> found = await compilation.WithAnalyzers([new SecretFlowAnalyzer()]).GetAnalyzerDiagnosticsAsync(Support.Ct);
        Assert.All(found, static diagnostic => Assert.StartsWith("SRG", diagnostic.Id, StringComparison.Ordinal));
        return found.Select(static diagnostic => diagnostic.Id);
    }
}
