using System.CommandLine;

namespace Strongroom.Cli.CommandLine;

/// <summary>
/// Builds options and arguments. All of them are texts or flags; numbers, times and names are read by <see cref="Values"/>, because the parser's own
/// messages repeat what was typed, and what was typed may be a secret.
/// </summary>
internal static class Make
{
    public static Option<bool> Flag(string name, string description, params string[] aliases) => new(name, aliases) { Description = description };

    public static Option<string?> Text(string name, string placeholder, string description, params string[] aliases) =>
        new(name, aliases) { Description = description, HelpName = placeholder };

    public static Option<string[]> Texts(string name, string placeholder, string description, params string[] aliases) =>
        new(name, aliases) { Description = description + " May be repeated.", HelpName = placeholder, Arity = ArgumentArity.OneOrMore };

    public static Argument<string> Required(string name, string description) => new(name) { Description = description };

    public static Argument<string?> Optional(string name, string description) =>
        new(name) { Description = description, Arity = ArgumentArity.ZeroOrOne };

    public static Argument<string[]> Many(string name, string description) =>
        new(name) { Description = description, Arity = ArgumentArity.ZeroOrMore };
}
