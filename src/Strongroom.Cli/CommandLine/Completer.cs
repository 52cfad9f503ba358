using System.CommandLine;

namespace Strongroom.Cli.CommandLine;

/// <summary>What can stand where the cursor is: verbs, options, and the names of secrets when somebody can be asked without a key.</summary>
internal static class Completer
{
    /// <summary>The candidates.</summary>
    /// <param name="root">All commands.</param>
    /// <param name="words">The words after the command's name; the last one is being typed, and may be empty.</param>
    /// <param name="names">Names of secrets that begin with a text.</param>
    public static IEnumerable<string> Complete(Command root, IReadOnlyList<string> words, Func<string, IEnumerable<string>> names)
    {
        var typed = words.Count > 0 ? words[^1] : "";
        var command = root;
        Option? waiting = null;
        for (var i = 0; i < words.Count - 1; i++)
        {
            var word = words[i];
            // What follows belongs to the command that is run.
            if (word == "--")
                return [];
            if (waiting is not null)
                waiting = null;
            else if (word.StartsWith('-'))
                waiting = word.Contains('=', StringComparison.Ordinal) ? null : Options(root, command).FirstOrDefault(option => TakesValue(option) && Words(option).Contains(word, StringComparer.Ordinal));
            else
                command = command.Subcommands.FirstOrDefault(verb => Words(verb).Contains(word, StringComparer.Ordinal)) ?? command;
        }

        if (waiting is not null)
            return [];
        IEnumerable<string> candidates = typed.StartsWith('-')
            ? Options(root, command).SelectMany(Words)
            : command.Subcommands.Where(verb => !verb.Hidden).Select(verb => verb.Name);
        if (command == root && "help".StartsWith(typed, StringComparison.Ordinal))
            candidates = candidates.Append("help");
        if (!typed.StartsWith('-') && command.Arguments.Any(IsName))
            candidates = candidates.Concat(names(typed));
        return candidates.Where(candidate => candidate.StartsWith(typed, StringComparison.Ordinal)).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal);
    }

    /// <summary>The value of an option among words that are typed, or null.</summary>
    public static string? ValueOf(Option option, IReadOnlyList<string> words)
    {
        for (var i = 0; i < words.Count - 1; i++)
        {
            if (Words(option).Contains(words[i], StringComparer.Ordinal))
                return words[i + 1];
        }

        return words.Select(word => word.StartsWith(option.Name + "=", StringComparison.Ordinal) ? word[(option.Name.Length + 1)..] : null).FirstOrDefault(value => value is not null);
    }

    private static IEnumerable<Option> Options(Command root, Command command) => command.Options.Concat(root.Options.Where(option => option.Recursive)).Where(option => !option.Hidden);

    private static IEnumerable<string> Words(Option option) => option.Aliases.Prepend(option.Name);

    private static IEnumerable<string> Words(Command command) => command.Aliases.Prepend(command.Name);

    private static bool TakesValue(Option option) => option.ValueType != typeof(bool);

    private static bool IsName(Argument argument) => argument.Name.StartsWith("NAME", StringComparison.Ordinal) || argument.Name is "PREFIX" or "SOURCE" or "DESTINATION";
}
