using System.Text.RegularExpressions;
using Strongroom.Cli.Tests.Support;

namespace Strongroom.Cli.Tests.Daily;

/// <summary>docs/tutorial.md is run as it stands. Only the prompts for the passphrase are answered by a file.</summary>
public sealed partial class TutorialTests
{
    [Fact]
    public void The_lines_of_the_tutorial_do_what_they_say()
    {
        using var shell = new Shell();
        shell.Variables["STRONGROOM_PASSPHRASE_FILE"] = shell.Write("passphrase", "correct horse battery staple\n");
        var blocks = Block().Matches(File.ReadAllText(Path.Join(TestedCommand.Root, "docs/tutorial.md"))).Select(match => match.Groups[1].Value).ToArray();
        Assert.True(blocks.Length >= 5, "the tutorial has lost its commands");
        // Each line's output ends with a mark, so that it can be compared with what stands behind '#'.
        var lines = string.Concat(blocks).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        var script = string.Join('\n', lines.Select((line, i) => $"{Code(line)}\nprintf '\\n<{i}>\\n'"));

        var output = shell.Sh("set -e\n" + script).Ok().Output;

        for (var i = 0; i < lines.Length; i++)
        {
            var printed = output[(i == 0 ? 0 : output.IndexOf($"<{i - 1}>\n", StringComparison.Ordinal) + $"<{i - 1}>\n".Length)..output.IndexOf($"\n<{i}>\n", StringComparison.Ordinal)];
            if (Said(lines[i]) is { } said)
                Assert.Contains(said, printed, StringComparison.Ordinal);
        }

        Assert.Contains("db.internal: 40 characters", output, StringComparison.Ordinal);
        Assert.Contains("└── token", output, StringComparison.Ordinal);
    }

    // Findings are no failure of the tutorial.
    private static string Code(string line) => Remark().Replace(line, "") + (line.StartsWith("strongroom scan", StringComparison.Ordinal) ? " || [ $? = 9 ]" : "");

    // What a 'get' or 'diff' prints: up to a comma, behind which is a remark.
    private static string? Said(string line) =>
        Remark().Match(line) is { Success: true } match && (line.StartsWith("strongroom get", StringComparison.Ordinal) || line.StartsWith("strongroom diff", StringComparison.Ordinal)) ? match.Groups[1].Value : null;

    [GeneratedRegex("```sh\n(.*?)```", RegexOptions.Singleline)]
    private static partial Regex Block();

    [GeneratedRegex(" {3,}# ([^,\n]+).*")]
    private static partial Regex Remark();
}
