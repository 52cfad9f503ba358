using System.Diagnostics;

namespace Strongroom.Tests.House;

/// <summary>The reference of the command in docs/cli.md is what the command itself says.</summary>
public sealed class ManualTests
{
    private const string Path = "docs/cli.md";
    private const string Marker = "<!-- From here on: strongroom help --markdown. Written by: STRONGROOM_UPDATE=1 ./test ManualTests -->\n";

    [Fact]
    public async Task The_reference_of_the_command_is_up_to_date()
    {
        string page = Repository.Read(Path);
        int at = page.IndexOf(Marker, StringComparison.Ordinal);
        Assert.True(at > 0, $"{Path} has lost the line: {Marker}");

        string should = page[..(at + Marker.Length)] + "\n" + await ManualAsync();

        if (Environment.GetEnvironmentVariable("STRONGROOM_UPDATE") == "1")
            await File.WriteAllTextAsync(System.IO.Path.Combine(Repository.Root, Path), should, TestContext.Current.CancellationToken);
        else
            Assert.True(page == should, $"{Path} is not what 'strongroom help --markdown' says. Mend it with: STRONGROOM_UPDATE=1 ./test ManualTests");
    }

    private static async Task<string> ManualAsync()
    {
        using Process process = Programs.Start(Programs.Built("src/Strongroom.Cli"), ["help", "--markdown"]);
        string text = await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.Equal(0, process.ExitCode);
        return text;
    }
}
