using Strongroom.Cli.CommandLine;

namespace Strongroom.Cli.Verbs;

/// <summary><c>expire</c>: what expires.</summary>
internal sealed class ExpireVerb : Verb
{
    public ExpireVerb()
        : base("expire", "See what has expired or expires soon.") => Subcommands.Add(new ExpireListVerb());

    public override bool IsGroup => true;

    public override ValueTask<int> RunAsync(CommandContext context) => throw CliException.Usage("'strongroom expire' needs a verb.", "See 'strongroom expire --help'.");
}
