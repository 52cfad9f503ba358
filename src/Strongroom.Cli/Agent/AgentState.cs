using Strongroom.Cryptography;

namespace Strongroom.Cli.Agent;

/// <summary>What the agent says of itself.</summary>
/// <param name="Process">Its process.</param>
/// <param name="Version">The command's version that it was started from.</param>
/// <param name="MemoryIsLocked">Whether the system has granted locked memory for what it holds.</param>
/// <param name="Vaults">What it holds open.</param>
internal sealed record AgentState(long Process, string Version, bool MemoryIsLocked, IReadOnlyList<AgentState.Vault> Vaults)
{
    /// <summary>Asks the agent.</summary>
    public static AgentState Of(AgentConnection agent) => agent.Ask(AgentOperation.State, "", static _ => { }, static (ref WireReader wire) =>
    {
        var process = wire.Number();
        var version = wire.TextOrNull() ?? "";
        var isLocked = wire.Flag();
        var vaults = new Vault[wire.Count()];
        for (var i = 0; i < vaults.Length; i++)
            vaults[i] = new Vault(wire.Text(), wire.Id(), TimeSpan.FromSeconds(wire.Number()), TimeSpan.FromSeconds(wire.Number()));
        return new AgentState(process, version, isLocked, vaults);
    });

    /// <summary>A vault that is held open.</summary>
    /// <param name="Location">Where it is.</param>
    /// <param name="Id">Its id.</param>
    /// <param name="Remaining">How long, if nobody uses it.</param>
    /// <param name="AtMost">How long at most.</param>
    internal sealed record Vault(string Location, RandomId Id, TimeSpan Remaining, TimeSpan AtMost);
}
