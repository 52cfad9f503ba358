using System.CommandLine;
using Strongroom.Cli.Agent;
using Strongroom.Cli.CommandLine;

namespace Strongroom.Cli.Verbs;

/// <summary><c>lock</c>: the agent wipes the keys of a vault.</summary>
internal sealed class LockVerb : Verb
{
    private readonly Option<bool> _all;

    public LockVerb()
        : base(
            "lock",
            "Lock the vault in the agent: its keys are wiped.",
            new Example("strongroom lock", "The vault that STRONGROOM_VAULT names"),
            new Example("strongroom lock --all", "All vaults that the agent holds open")) =>
        _all = With(Make.Flag("--all", "All vaults; also the default when none is named."));

    public override ValueTask<int> RunAsync(CommandContext context)
    {
        var all = context.Get(_all) || context.KnownVaultPath is null;
        using var agent = AgentConnection.TryConnect(context.Cancellation);
        var count = agent?.Ask(AgentOperation.Lock, all ? "" : AgentPlace.KeyOf(context.VaultPath), static _ => { }, static (ref WireReader wire) => wire.Number()) ?? 0;
        var what = (count, all) switch
        {
            (0, true) => "No vault was unlocked",
            (0, false) => $"{context.VaultPath} was not unlocked",
            (_, true) => $"Locked {count} vault{(count == 1 ? "" : "s")}",
            _ => $"Locked {context.VaultPath}",
        };
        return new(Outcome.Done(context, Name, null, what, json => json.WriteNumber("locked", count)));
    }
}
