using Strongroom.Cli.Agent;
using Strongroom.Cli.CommandLine;

namespace Strongroom.Cli.Verbs;

/// <summary><c>agent stop</c>: locks everything and ends the agent.</summary>
internal sealed class AgentStopVerb : Verb
{
    public AgentStopVerb()
        : base(
            "stop",
            "Lock all vaults and end the agent.",
            new Example("strongroom agent stop", "Keys are wiped, the process ends"),
            new Example("strongroom agent stop --json", "How many vaults were locked, for programs"))
    {
    }

    public override ValueTask<int> RunAsync(CommandContext context)
    {
        using var agent = AgentConnection.TryConnect(context.Cancellation);
        var count = agent?.Ask(AgentOperation.Stop, "", static _ => { }, static (ref WireReader wire) => wire.Number()) ?? 0;
        return new(Outcome.Done(context, "agent stop", null, agent is null ? "There is no agent" : $"The agent ends; {count} vault{(count == 1 ? " was" : "s were")} locked", json =>
        {
            json.WriteBoolean("stopped", agent is not null);
            json.WriteNumber("locked", count);
        }));
    }
}
