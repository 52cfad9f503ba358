using System.CommandLine;
using System.Text;

namespace Strongroom.Cli.CommandLine;

/// <summary>The manual page, from the model that also parses: for packages, which install it beside the command.</summary>
internal static class ManPage
{
    /// <summary>The first argument that prints it.</summary>
    public const string Word = "--man-page";

    /// <summary>All of it, as man(7) wants it.</summary>
    public static string Text()
    {
        var root = new StrongroomRoot(new GlobalOptions());
        var page = new StringBuilder();
        page.Append(".TH STRONGROOM 1\n.SH NAME\nstrongroom \\- secrets in one encrypted file\n.SH SYNOPSIS\n.B strongroom\nVERB [ARGUMENTS] [OPTIONS]\n.SH DESCRIPTION\n");
        page.Append(Escape(root.Description)).Append("\n.SH OPTIONS OF EVERY VERB\n");
        Options(page, root);
        foreach (var (title, verbs) in root.Groups)
        {
            page.Append($".SH VERBS: {Escape(title).ToUpperInvariant()}\n");
            foreach (var verb in verbs.Where(verb => !verb.Hidden))
                Section(page, $"strongroom {verb.Name}", verb);
        }

        page.Append(".SH EXIT STATUS\n");
        foreach (var (code, meaning) in ExitCodes.All)
            page.Append($".TP\n.B {code}\n{Escape(meaning)}\n");
        return page.ToString();
    }

    private static void Section(StringBuilder page, string path, Verb verb)
    {
        if (!verb.IsGroup)
        {
            page.Append($".SS {Escape(HelpText.Usage(verb, path))}\n{Escape(verb.Description)}\n");
            foreach (var argument in verb.Arguments)
                page.Append($".TP\n.I {Escape(argument.Name)}\n{Escape(argument.Description)}\n");
            Options(page, verb);
            if (verb.Details.Length > 0)
                page.Append($".PP\n{Escape(verb.Details)}\n");
            foreach (var example in verb.Examples)
                page.Append($".PP\n{Escape(example.Purpose)}:\n.PP\n.EX\n    {Escape(example.Shell)}\n.EE\n");
        }

        foreach (var child in verb.Subcommands.OfType<Verb>().Where(child => !child.Hidden))
            Section(page, $"{path} {child.Name}", child);
    }

    private static void Options(StringBuilder page, Command command)
    {
        foreach (var option in command.Options.Where(option => !option.Hidden))
        {
            var names = string.Join(", ", option.Aliases.Append(option.Name).OrderBy(name => name.Length));
            page.Append($".TP\n.B {Escape(option.HelpName is null ? names : $"{names} {option.HelpName}")}\n{Escape(option.Description)}\n");
        }
    }

    // A hyphen is a minus that can be copied; a dot or quote at the beginning of a line would be a request.
    private static string Escape(string? text)
    {
        var lines = (text ?? "").ReplaceLineEndings("\n").Replace("\\", "\\e", StringComparison.Ordinal).Replace("-", "\\-", StringComparison.Ordinal).Split('\n');
        return string.Join('\n', lines.Select(line => line is ['.' or '\'', ..] ? "\\&" + line : line));
    }
}
