using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using System.Text;

namespace Strongroom.Cli.CommandLine;

/// <summary>Help as plain text: what, usage, arguments, options, examples.</summary>
internal static class HelpText
{
    private const int Width = 100;

    /// <summary>The help of a command.</summary>
    public static string Of(CommandResult result)
    {
        var command = result.Command;
        var path = ParseFailure.Path(result);
        var text = new StringBuilder();
        text.Append(command.Description).Append("\n\n");
        text.Append("Usage: ").Append(Usage(command, path)).Append('\n');
        if (command.Subcommands.Any(verb => !verb.Hidden))
            Verbs(text, command);
        Section(text, "Arguments", command.Arguments.Select(argument => (argument.Name, argument.Description ?? "")));
        Section(text, "Options", command.Options.Where(option => !option.Hidden && !option.Recursive).Select(Describe));
        Section(text, "Options of every verb", Globals(result).Select(Describe));
        if (command is Verb { Details.Length: > 0 } detailed)
            text.Append('\n').Append(detailed.Details).Append('\n');
        if (command is Verb { Examples.Count: > 0 } verb)
            Examples(text, verb);
        if (result.Parent is null)
            Root(text);
        return text.ToString();
    }

    /// <summary>One line: the words and what follows them.</summary>
    internal static string Usage(Command command, string path)
    {
        var usage = new StringBuilder(path);
        if (command.Subcommands.Count > 0)
            usage.Append(command is Verb { IsGroup: false } ? " [VERB]" : " VERB");
        foreach (var argument in command.Arguments)
        {
            var name = argument.Arity.MaximumNumberOfValues > 1 ? argument.Name + "…" : argument.Name;
            usage.Append(argument.Arity.MinimumNumberOfValues == 0 ? $" [{name}]" : $" {name}");
        }

        return usage.Append(" [OPTIONS]").ToString();
    }

    private static void Verbs(StringBuilder text, Command command)
    {
        if (command is not StrongroomRoot root)
        {
            Section(text, "Verbs", command.Subcommands.Select(verb => (verb.Name, verb.Description ?? "")));
            return;
        }

        foreach (var (title, verbs) in root.Groups)
            Section(text, title, verbs.Select(verb => (verb.Name, verb.Description ?? "")));
    }

    private static void Root(StringBuilder text)
    {
        Section(text, "Exit codes", ExitCodes.All.Select(exit => (exit.Code.ToString(CultureInfo.InvariantCulture), exit.Meaning)));
        text.Append("\n'strongroom VERB --help' has the options of a verb and examples; 'strongroom help TOPIC' explains ").AppendJoin(", ", Topics.Names).Append(".\n");
    }

    private static void Examples(StringBuilder text, Verb verb)
    {
        text.Append("\nExamples:\n");
        foreach (var example in verb.Examples)
            text.Append("  # ").Append(example.Purpose).Append("\n  ").Append(example.Shell).Append('\n');
    }

    private static IEnumerable<Option> Globals(CommandResult result)
    {
        SymbolResult top = result;
        while (top.Parent is { } parent)
            top = parent;
        return ((CommandResult)top).Command.Options.Where(option => option.Recursive && !option.Hidden);
    }

    /// <summary>An option's names with what follows them, and its description.</summary>
    internal static (string Names, string Description) Describe(Option option)
    {
        var names = string.Join(", ", option.Aliases.Append(option.Name).OrderBy(name => name.Length));
        return (option.HelpName is null ? names : $"{names} {option.HelpName}", option.Description ?? "");
    }

    private static void Section(StringBuilder text, string title, IEnumerable<(string Name, string Description)> rows)
    {
        var all = rows.ToArray();
        if (all.Length == 0)
            return;
        text.Append('\n').Append(title).Append(":\n");
        var indent = Math.Min(30, all.Max(row => row.Name.Length) + 4);
        foreach (var (name, description) in all)
            Row(text, name, description, indent);
    }

    private static void Row(StringBuilder text, string name, string description, int indent)
    {
        text.Append("  ").Append(name);
        var column = name.Length + 2;
        if (column + 2 > indent)
        {
            text.Append('\n');
            column = 0;
        }

        text.Append(' ', indent - column);
        column = indent;
        foreach (var word in description.Split(' '))
        {
            if (column + 1 + word.Length > Width && column > indent)
            {
                text.Append('\n').Append(' ', indent);
                column = indent;
            }
            else if (column > indent)
            {
                text.Append(' ');
                column++;
            }

            text.Append(word);
            column += word.Length;
        }

        text.Append('\n');
    }
}
