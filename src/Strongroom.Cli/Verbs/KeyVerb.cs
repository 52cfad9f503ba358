using Strongroom.Cli.CommandLine;

namespace Strongroom.Cli.Verbs;

/// <summary><c>key</c>: the ways to unlock the vault.</summary>
internal sealed class KeyVerb : Verb
{
    public KeyVerb()
        : base("key", "List, add, change and remove the ways to unlock the vault; make key files.")
    {
        Subcommands.Add(new KeyListVerb());
        Subcommands.Add(new KeyAddVerb());
        Subcommands.Add(new KeyChangeVerb());
        Subcommands.Add(new KeyRemoveVerb());
        Subcommands.Add(new KeyNewVerb());
    }

    public override bool IsGroup => true;

    public override ValueTask<int> RunAsync(CommandContext context) => throw CliException.Usage("'strongroom key' needs a verb.", "See 'strongroom key --help'.");
}
