using Strongroom.Cli.CommandLine;

namespace Strongroom.Cli.Verbs;

/// <summary><c>agent</c>: the process that holds vaults open.</summary>
internal sealed class AgentVerb : Verb
{
    public AgentVerb()
        : base("agent", "Start, stop and look at the agent, which holds vaults open ('unlock' starts it by itself).")
    {
        Subcommands.Add(new AgentStartVerb());
        Subcommands.Add(new AgentStatusVerb());
        Subcommands.Add(new AgentStopVerb());
    }

    public override bool IsGroup => true;

    public override ValueTask<int> RunAsync(CommandContext context) => throw CliException.Usage("'strongroom agent' needs a verb.", "See 'strongroom agent --help'.");
}
