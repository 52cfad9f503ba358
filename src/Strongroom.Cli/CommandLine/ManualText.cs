using System.CommandLine;
using System.Text;

namespace Strongroom.Cli.CommandLine;

/// <summary>The reference of all verbs as Markdown: the second part of <c>docs/cli.md</c>, which a test compares with it.</summary>
internal static class ManualText
{
    /// <summary>Everything, from the model that also parses.</summary>
    public static string Of(StrongroomRoot root)
    {
        var text = new StringBuilder();
        text.Append("## Options of every verb\n\n");
        Options(text, root);
        text.Append("\n## Exit codes\n\n| code | meaning |\n| --- | --- |\n");
        foreach (var (code, meaning) in ExitCodes.All)
            text.Append($"| {code} | {Cell(meaning)} |\n");
        text.Append("\n## Verbs\n");
        foreach (var (title, verbs) in root.Groups)
        {
            text.Append($"\n**{title}**\n\n| verb | |\n| --- | --- |\n");
            foreach (var (path, verb) in verbs.SelectMany(verb => WithChildren("strongroom", verb)))
                text.Append($"| [{path["strongroom ".Length..]}](#{path.Replace(' ', '-')}) | {Cell(verb.Description)} |\n");
        }

        foreach (var (path, verb) in root.Groups.SelectMany(group => group.Verbs).SelectMany(verb => WithChildren("strongroom", verb)))
            Section(text, path, verb);
        return text.ToString();
    }

    // What only groups others has nothing to say that they do not say.
    private static IEnumerable<(string Path, Verb Verb)> WithChildren(string parent, Verb verb)
    {
        var path = $"{parent} {verb.Name}";
        if (verb.Hidden)
            yield break;
        if (!verb.IsGroup)
            yield return (path, verb);
        foreach (var child in verb.Subcommands.OfType<Verb>().SelectMany(child => WithChildren(path, child)))
            yield return child;
    }

    private static void Section(StringBuilder text, string path, Verb verb)
    {
        text.Append($"\n### {path}\n\n{verb.Description}\n\n`{HelpText.Usage(verb, path)}`");
        if (verb.Aliases.Count > 0)
            text.Append($" (also: {string.Join(", ", verb.Aliases.Order(StringComparer.Ordinal))})");
        text.Append('\n');
        if (verb.Details.Length > 0)
            text.Append($"\n{verb.Details.ReplaceLineEndings("\n")}\n");
        if (verb.Arguments.Count > 0)
        {
            text.Append("\n| argument | |\n| --- | --- |\n");
            foreach (var argument in verb.Arguments)
                text.Append($"| `{Cell(argument.Name)}` | {Cell(argument.Description)} |\n");
        }

        if (verb.Options.Any(option => !option.Hidden))
        {
            text.Append('\n');
            Options(text, verb);
        }

        text.Append("\n```sh\n");
        foreach (var example in verb.Examples)
            text.Append($"# {example.Purpose}\n{example.Shell}\n");
        text.Append("```\n");
    }

    private static void Options(StringBuilder text, Command command)
    {
        text.Append("| option | |\n| --- | --- |\n");
        foreach (var option in command.Options.Where(option => !option.Hidden))
        {
            var (names, description) = HelpText.Describe(option);
            text.Append($"| `{Cell(names)}` | {Cell(description)} |\n");
        }
    }

    private static string Cell(string? text) => (text ?? "").Replace("|", "\\|", StringComparison.Ordinal);
}
