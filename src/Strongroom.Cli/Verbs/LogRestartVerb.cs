using System.CommandLine;
using Strongroom.Cli.CommandLine;
using Strongroom.Cli.Input;

namespace Strongroom.Cli.Verbs;

/// <summary><c>log restart</c>: a new chain that names the end of the one before.</summary>
internal sealed class LogRestartVerb : ChangingVerb
{
    private readonly Option<bool> _printKey;

    public LogRestartVerb()
        : base(
            "restart",
            "Begin a new audit chain that names the end of this user's chain, broken or not. Asks; scripts add --yes.",
            new Example("strongroom log restart", "After a log was lost or damaged: the broken end stays on record"),
            new Example("strongroom log restart --print-key --yes > audit-key.txt", "Keep the first key out of the vault: the log then convinces its holder even against the vault's owner")) =>
        _printKey = With(Make.Flag("--print-key", "Print the new chain's first key, and do not keep it in the vault."));

    protected override async ValueTask<int> ChangeAsync(CommandContext context)
    {
        using var manager = await OpenManagerAsync(context);
        if (IsDryRun(context))
            return Outcome.DryRun(context, "log restart", null, "a new audit chain would begin");
        context.Ask.Confirm("Begin a new audit chain?");
        using var key = await manager.Audit.RestartAsync(context.Get(_printKey), context.Cancellation);
        var checkpoint = await manager.Audit.CheckpointAsync(context.Cancellation);
        using var line = key is null ? null : PrintedAuditKey.Line(checkpoint.Chain, key);
        if (line is not null && !context.Output.IsJson)
        {
            context.Output.Note("First key of the new chain, shown this once. Keep it away from this machine:");
            context.Output.Bytes(line.Span);
        }

        return Outcome.Done(context, "log restart", null, $"Audit chain {checkpoint.Chain} begun (revision {manager.Revision})", json =>
        {
            json.WriteNumber("revision", manager.Revision);
            json.WriteString("chain", checkpoint.Chain.ToString());
            if (line is not null)
                json.WriteString("printed_key", line.Span[..^1]);
            else
                json.WriteNull("printed_key");
        });
    }
}
