using System.CommandLine;
using System.CommandLine.Parsing;

namespace Strongroom.Cli.CommandLine;

/// <summary>
/// Says what is wrong with a command line without repeating it: a mistyped <c>set NAME VALUE</c> has a secret in it. Only words that look like a verb or the name of an option are shown.
/// </summary>
internal static class ParseFailure
{
    /// <summary>The error, or null when the command line is fine.</summary>
    public static CliException? Of(ParseResult parse)
    {
        var command = parse.CommandResult.Command;
        var hint = $"See '{Path(parse.CommandResult)} --help'.";
        if (MistypedOption(parse) is { } mistyped)
            return UnknownOption(parse, mistyped, hint);
        if (parse.Errors.Count == 0)
            return null;
        if (parse.UnmatchedTokens.Count > 0)
            return Unmatched(parse, command, hint);
        foreach (var error in parse.Errors)
        {
            if (error.SymbolResult is OptionResult option)
                return OfOption(option, hint);
            if (error.SymbolResult is ArgumentResult argument)
                return CliException.Usage($"{Path(parse.CommandResult)} needs {argument.Argument.Name}.", hint);
        }

        return command.Subcommands.Count > 0
            ? CliException.Usage($"'{Path(parse.CommandResult)}' needs one of: {string.Join(", ", command.Subcommands.Select(verb => verb.Name))}.", hint)
            : CliException.Usage($"{Path(parse.CommandResult)} needs {command.Arguments.FirstOrDefault()?.Name ?? "arguments"}.", hint);
    }

    /// <summary>The words that lead to a command: <c>strongroom key add</c>.</summary>
    public static string Path(CommandResult result) =>
        result.Parent is CommandResult parent ? $"{Path(parent)} {result.Command.Name}" : "strongroom";

    private static CliException OfOption(OptionResult option, string hint)
    {
        var name = option.Option.Name;
        if (option.Tokens.Count > 1)
            return CliException.Usage($"{name} can be given once.", hint);
        return option.Option.Arity.MinimumNumberOfValues > 0 && option.Tokens.Count == 0
            ? CliException.Usage($"{name} needs a value ({option.Option.HelpName ?? "VALUE"}).", hint)
            : CliException.Usage($"{name} takes no such value.", hint);
    }

    // The parser takes an option that it does not know for an argument: "list --expring" would be a prefix of which there is nothing. What is meant so stands after "--".
    private static string? MistypedOption(ParseResult parse)
    {
        var separator = parse.Tokens.Select((token, at) => (token, at)).Where(found => found.token.Type == TokenType.DoubleDash).Select(found => found.at).DefaultIfEmpty(parse.Tokens.Count).First();
        var before = parse.Tokens.Take(separator).ToHashSet(ReferenceEqualityComparer.Instance);
        return parse.CommandResult.Children.OfType<ArgumentResult>().SelectMany(argument => argument.Tokens).FirstOrDefault(token => token.Value.StartsWith("--", StringComparison.Ordinal) && before.Contains(token))?.Value;
    }

    private static CliException UnknownOption(ParseResult parse, string word, string hint)
    {
        var name = word.Split('=', ':')[0];
        var close = Suggestions.For(name, OptionNames(parse.CommandResult));
        // After a lone dash or two there is no telling an option from a value.
        var shown = LooksLikeOption(name) ? $"'{name}'" : "an argument that begins with '-'";
        return CliException.Usage($"{Path(parse.CommandResult)} does not know {shown}.", close is null ? hint : $"Did you mean {close}?");
    }

    private static CliException Unmatched(ParseResult parse, Command command, string hint)
    {
        var first = parse.UnmatchedTokens[0];
        if (first.StartsWith('-') && first.Length > 1)
            return UnknownOption(parse, first, hint);

        if (command.Subcommands.Count > 0 && (command.Arguments.Count == 0 || parse.CommandResult.Parent is null))
        {
            var close = Suggestions.For(first, command.Subcommands.SelectMany(verb => verb.Aliases.Append(verb.Name)));
            var shown = LooksLikeVerb(first) ? $" '{first}'" : "";
            return CliException.Usage($"There is no such verb{shown}.", close is null ? hint : $"Did you mean '{Path(parse.CommandResult)} {close}'?");
        }

        var allowed = command.Arguments.Count == 0 ? "no arguments" : string.Join(' ', command.Arguments.Select(argument => argument.Name));
        return CliException.Usage($"Too many arguments: {Path(parse.CommandResult)} takes {allowed}.", hint);
    }

    private static IEnumerable<string> OptionNames(CommandResult result)
    {
        for (SymbolResult? at = result; at is CommandResult command; at = at.Parent)
            foreach (var option in command.Command.Options)
                if (option.Recursive || ReferenceEquals(command, result))
                    yield return option.Name;
    }

    private static bool LooksLikeOption(string word) => word is ['-', '-', _, ..] && word.Length <= 24 && IsWord(word.AsSpan(2));

    private static bool LooksLikeVerb(string word) => word.Length <= 16 && IsWord(word);

    private static bool IsWord(ReadOnlySpan<char> text)
    {
        foreach (var character in text)
        {
            if (!char.IsAsciiLetterLower(character) && character != '-')
                return false;
        }

        return true;
    }
}
