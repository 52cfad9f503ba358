using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace Strongroom.Tests.House;

/// <summary>Style that a machine can check, beyond what analyzers do.</summary>
public sealed partial class TidyTests
{
    private const int MaxLines = 400;

    // A longer file is one thing that would be harder to read in parts. Path and reason.
    private static readonly Dictionary<string, string> LongFiles = new(StringComparer.Ordinal);

    private static readonly (string What, Regex Pattern, bool WithReason)[] BannedInSource =
    [
        ("left open", LeftOpen(), false),
        // What is compared so is public, and the line says it.
        ("compared in variable time", VariableTime(), false),
        ("a lock that can be switched off from outside", FileShareNone(), false),
        // A task that is complete may be asked for its result; a comment above says why it is.
        ("a wait for a task", Blocking(), true),
        ("a sync whose error .NET hides", HiddenSync(), false),
    ];

    private static IReadOnlyList<string> Source => Repository.Files("src", ".cs");

    private static IReadOnlyList<string> AllCode => [.. Source, .. Repository.Files("tests", ".cs"), .. Repository.Files("bench", ".cs"), .. Repository.Files("samples", ".cs")];

    [Fact]
    public void Files_are_short()
    {
        var tooLong = AllCode.Where(path => Repository.Read(path).Count(character => character == '\n') > MaxLines && !LongFiles.ContainsKey(path));

        Offenders.None(tooLong);
        Assert.All(LongFiles.Keys, path => Assert.True(Repository.Exists(path), path));
    }

    [Fact]
    public void Source_has_no_banned_text()
    {
        var found = from path in Source
                    let lines = Repository.Read(path).Split('\n')
                    from number in Enumerable.Range(0, lines.Length)
                    from ban in BannedInSource
                    where ban.Pattern.IsMatch(lines[number]) && !(ban.WithReason && number > 0 && IsExplained(lines[number - 1]))
                    select $"{path}:{number + 1}: {ban.What}: {lines[number].Trim()}";

        Offenders.None(found);
    }

    [Fact]
    public void Every_suppression_has_a_reason()
    {
        var found = from path in AllCode
                    let lines = Repository.Read(path).Split('\n')
                    from number in Enumerable.Range(0, lines.Length)
                    where Suppression().IsMatch(lines[number]) && !HasReason(lines, number)
                    select $"{path}:{number + 1}: {lines[number].Trim()}";

        Offenders.None(found);
    }

    [Fact]
    public void Every_switched_off_warning_of_a_project_has_a_reason()
    {
        var found = from path in Repository.Files(".", ".csproj", ".props", ".targets")
                    let document = XDocument.Parse(Repository.Read(path))
                    from element in document.Descendants("NoWarn").Concat(document.Descendants("WarningsNotAsErrors"))
                    where element.PreviousNode is not XComment && element.PreviousNode?.PreviousNode is not XComment
                    select $"{path}: {element}";

        Offenders.None(found);
    }

    [Fact]
    public void Files_end_in_one_newline_and_use_spaces()
    {
        var found = AllCode.Where(path => Repository.Read(path) is var text && (!text.EndsWith('\n') || text.EndsWith("\n\n", StringComparison.Ordinal) || text.Contains('\t') || text.Contains('\r') || text.StartsWith('\uFEFF')));

        Offenders.None(found);
    }

    [Fact]
    public void Namespaces_follow_the_project()
    {
        var found = Source.Where(path => NamespaceLine().Match(Repository.Read(path)) is { Success: true } match && !FitsProject(match.Groups[1].Value, path.Split('/')[1]));

        Offenders.None(found);
    }

    private static bool FitsProject(string name, string project) => name == "Strongroom" || name == project || name.StartsWith(project + ".", StringComparison.Ordinal);

    private static bool IsExplained(string line) => line.TrimStart().StartsWith("//", StringComparison.Ordinal) || line.Contains(" // ", StringComparison.Ordinal);

    private static bool HasReason(string[] lines, int number) =>
        lines[number].Contains("Justification = \"", StringComparison.Ordinal) || AfterCode().IsMatch(lines[number]) || (number > 0 && lines[number - 1].TrimStart().StartsWith("//", StringComparison.Ordinal));

    [GeneratedRegex(@"\b(TODO|FIXME|HACK|XXX)\b|NotImplementedException|NotSupportedException\(\)|throw null")]
    private static partial Regex LeftOpen();

    [GeneratedRegex(@"\.SequenceEqual\((?!.*// public)")]
    private static partial Regex VariableTime();

    [GeneratedRegex(@"FileShare\.None|\bnew Mutex\(")]
    private static partial Regex FileShareNone();

    [GeneratedRegex(@"\.GetAwaiter\(\)\.GetResult\(\)")]
    private static partial Regex Blocking();

    [GeneratedRegex(@"\.Flush\(true\)|FlushToDisk")]
    private static partial Regex HiddenSync();

    [GeneratedRegex(@"^\s*#pragma warning disable|^\s*\[(assembly: )?(Unconditional)?SuppressMessage\(")]
    private static partial Regex Suppression();

    [GeneratedRegex(@"// \S+")]
    private static partial Regex AfterCode();

    [GeneratedRegex(@"^namespace ([A-Za-z0-9.]+);", RegexOptions.Multiline)]
    private static partial Regex NamespaceLine();
}
