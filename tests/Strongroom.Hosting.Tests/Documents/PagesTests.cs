using System.Diagnostics;
using System.Text.RegularExpressions;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Strongroom.Tests.House;
using Strongroom.Tests.LocalVaults;
using static Strongroom.Hosting.Tests.Support;

namespace Strongroom.Hosting.Tests.Documents;

/// <summary>The code of the pages for applications is a part of the tests beside this one, or of a sample that a test runs, so it is compiled and run; the commands are run as they stand.</summary>
public sealed partial class PagesTests : IDisposable
{
    private const string Guide = "docs/from-user-secrets.md";
    private readonly string _folder = Directory.CreateTempSubdirectory("strongroom-pages-").FullName;

    public static TheoryData<string> Pages => [.. Repository.Files("docs/applications", ".md"), "docs/hosting.md", Guide];

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [MemberData(nameof(Pages))]
    public void Code_of_a_page_is_code_of_a_test(string page)
    {
        string tests = Trimmed(string.Join('\n', Repository.Files("tests/Strongroom.Hosting.Tests/Documents", ".cs").Concat(Repository.Files("samples/TradingDesk", ".cs")).Select(Repository.Read)));
        var blocks = Block().Matches(Repository.Read(page)).Where(block => block.Groups[1].Value == "csharp").ToList();

        Assert.NotEmpty(blocks);
        Assert.All(blocks, block => Assert.Contains(Trimmed(block.Groups[2].Value), tests, StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_commands_from_user_secrets_to_production_do_what_the_page_says()
    {
        Need.Tool("bash");
        await File.WriteAllTextAsync(Path.Combine(_folder, "App.csproj"), "<Project Sdk=\"Microsoft.NET.Sdk\"><PropertyGroup><UserSecretsId>pages-test</UserSecretsId></PropertyGroup></Project>", Ct);
        string secrets = Directory.CreateDirectory(Path.Combine(_folder, ".microsoft", "usersecrets", "pages-test")).FullName;
        await File.WriteAllTextAsync(Path.Combine(secrets, "secrets.json"), "{ \"Broker:Key\": \"planted-key\" }", Ct);
        string commands = string.Join('\n', Block().Matches(Repository.Read(Guide)).Where(block => block.Groups[1].Value == "sh").Select(block => block.Groups[2].Value));
        string script = $"set -e\nstrongroom() {{ dotnet '{Programs.Built("src/Strongroom.Cli")}' \"$@\"; }}\n{commands}";

        using Process process = Programs.Start(["bash", "-c", $"cd '{_folder}'\n{script}"], ("HOME", _folder), ("STRONGROOM_STATE_DIR", Path.Combine(_folder, "state")));
        process.StandardInput.Close();
        Task<string> errors = process.StandardError.ReadToEndAsync(Ct);
        string output = await process.StandardOutput.ReadToEndAsync(Ct);
        await process.WaitForExitAsync(Ct);

        Assert.True(process.ExitCode == 0, $"{output}\n{await errors}");
        Assert.Contains("dev/Broker/Key", output, StringComparison.Ordinal);
        Assert.DoesNotContain("planted-key", output + await errors + await File.ReadAllTextAsync(Path.Combine(secrets, "secrets.json"), Ct), StringComparison.Ordinal);
    }

    // A program takes vault and key from its environment, which the tests of a process share: these lines are compiled here, and samples/AotSmoke runs their like.
    private static void FromTheEnvironment(HostApplicationBuilder builder)
    {
        builder.Configuration.AddStrongroom(o => o.Prefix = "prod/oms/");
        builder.Services.AddStrongroom().Require("broker/binance", "db/oms#password").MaskLogs();
        builder.Services.AddHealthChecks().AddStrongroom(tags: ["ready"]);

        builder.Configuration.AddStrongroom(o => o.Prefix = $"{builder.Environment.EnvironmentName.ToLowerInvariant()}/");

        StrongroomExit.UseExitCodes();
        builder.Services.AddStrongroom().Require("db/oms#password");
    }

    private static string Trimmed(string code) => string.Join('\n', code.Split('\n').Select(line => line.Trim()).Where(line => line.Length > 0));

    [GeneratedRegex("^```([a-z]+)\n(.*?)^```", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Block();
}
