using Strongroom.Cli.Agent;
using Strongroom.Cli.CommandLine;
using Strongroom.Cli.Output;

namespace Strongroom.Cli.Verbs;

/// <summary><c>agent status</c>: whether it runs, and what it holds open.</summary>
internal sealed class AgentStatusVerb : Verb
{
    public AgentStatusVerb()
        : base(
            "status",
            "Show whether the agent runs and which vaults it holds open. Exit code 3 when there is no agent.",
            new Example("strongroom agent status", "Vaults and their time limits"),
            new Example("strongroom agent status --json", "The same for programs"))
    {
    }

    public override ValueTask<int> RunAsync(CommandContext context)
    {
        using var agent = AgentConnection.TryConnect(context.Cancellation);
        var state = agent is null ? null : AgentState.Of(agent);
        if (context.Output.IsJson)
            PrintJson(context, state);
        else
            Print(context, state);
        return new(state is null ? ExitCodes.NotFound : ExitCodes.Ok);
    }

    private static void Print(CommandContext context, AgentState? state)
    {
        if (state is null)
        {
            context.Output.Line("No agent runs.");
            return;
        }

        context.Output.Line($"The agent runs (process {state.Process}, version {state.Version}).");
        if (!state.MemoryIsLocked)
            context.Output.Warning("The system does not let the agent lock its memory: keys could be written to swap. Raise 'ulimit -l'.");
        if (state.Vaults.Count == 0)
            context.Output.Line("No vault is unlocked.");
        else
            context.Output.Table(["Vault", "Locks without use", "Locks at most"], [.. state.Vaults.Select(vault => new[] { vault.Location, $"in {HumanText.Duration(vault.Remaining)}", $"in {HumanText.Duration(vault.AtMost)}" })]);
    }

    private static void PrintJson(CommandContext context, AgentState? state) => context.Output.Json(json =>
    {
        json.WriteBoolean("running", state is not null);
        if (state is null)
            return;
        json.WriteNumber("agent", state.Process);
        json.WriteString("version", state.Version);
        json.WriteString("socket", AgentPlace.Socket);
        json.WriteBoolean("memory_locked", state.MemoryIsLocked);
        json.WriteStartArray("vaults");
        foreach (var vault in state.Vaults)
        {
            json.WriteStartObject();
            json.WriteString("vault", vault.Location);
            json.WriteString("vault_id", vault.Id.ToString());
            json.WriteNumber("idle_seconds_left", (long)vault.Remaining.TotalSeconds);
            json.WriteNumber("ttl_seconds_left", (long)vault.AtMost.TotalSeconds);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    });
}
