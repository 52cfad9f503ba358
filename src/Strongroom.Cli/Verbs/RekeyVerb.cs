using System.CommandLine;
using Strongroom.Cli.CommandLine;
using Strongroom.Cli.Input;
using Strongroom.Cli.Output;
using Strongroom.Cryptography;

namespace Strongroom.Cli.Verbs;

/// <summary><c>rekey</c>: a new root key, everything sealed again; what is not kept is revoked.</summary>
internal sealed class RekeyVerb : ChangingVerb
{
    private readonly Option<string[]> _keyFiles;
    private readonly Option<string[]> _passphraseFiles;
    private readonly Option<string[]> _recoveryFiles;

    public RekeyVerb()
        : base(
            "rekey",
            "Draw a new root key and seal everything again under it, while others go on. Key slots whose credential is not at hand are dropped.",
            new Example("strongroom rekey --keep-key-file ci.key --keep-passphrase-file other.txt", "Keeps the slot that opens now and two others"),
            new Example("strongroom rekey --dry-run", "Which slots would be dropped"))
    {
        _keyFiles = With(Make.Texts("--keep-key-file", "PATH", "Keep the slot that this key file opens."));
        _passphraseFiles = With(Make.Texts("--keep-passphrase-file", "PATH", "Keep the slot that the passphrase in this file opens."));
        _recoveryFiles = With(Make.Texts("--keep-recovery-key-file", "PATH", "Keep the slot that the recovery key in this file opens."));
    }

    public override string Details => "Interrupted, it goes on with the next rekey; until then the vault works. Values that a dropped credential could read before may be known: rotate them.";

    protected override async ValueTask<int> ChangeAsync(CommandContext context)
    {
        var keep = new List<Unlock>();
        try
        {
            await CollectAsync(context, keep);
            using var manager = await OpenManagerAsync(context);
            var status = await manager.StatusAsync(context.Cancellation);
            if (status.RekeyRunning)
                context.Output.Note("A rekey is under way; this one resumes it.");
            else
                await AgreeAsync(context, status, keep);
            if (IsDryRun(context))
                return Outcome.DryRun(context, Name, null, status.RekeyRunning ? "the rekey would be resumed" : $"the root key would be renewed (generation {status.RootGeneration + 1})");
            using var progress = new ProgressLine(context.Output, "sealed again");
            var report = await manager.RekeyAsync(keep, progress, context.Cancellation);
            progress.Dispose();
            return Report(context, manager, report);
        }
        finally
        {
            foreach (var unlock in keep)
                unlock.Dispose();
        }
    }

    private async ValueTask CollectAsync(CommandContext context, List<Unlock> keep)
    {
        foreach (var path in context.Get(_keyFiles) ?? [])
            keep.Add(Strongroom.Unlock.KeyFile(path));
        foreach (var path in context.Get(_passphraseFiles) ?? [])
            keep.Add(Strongroom.Unlock.PassphraseFile(path));
        foreach (var path in context.Get(_recoveryFiles) ?? [])
        {
            using var text = await StandardInput.ReadFileAsync(path, context.Cancellation);
            keep.Add(Strongroom.Unlock.RecoveryKey(text.Span));
        }
    }

    private async ValueTask AgreeAsync(CommandContext context, VaultStatus status, List<Unlock> keep)
    {
        var kept = new HashSet<RandomId>(status.Slots.Where(slot => slot.OpenedThis).Select(slot => slot.Id));
        foreach (var unlock in keep)
            kept.Add(await SlotOfAsync(context, unlock));
        var dropped = status.Slots.Where(slot => !kept.Contains(slot.Id)).ToArray();
        if (dropped.Length > 0)
        {
            context.Output.Note("These key slots will be dropped, because their credential is not at hand:");
            foreach (var slot in dropped)
                context.Output.Note($"  {HumanText.Short(slot.Id.ToString())}  {slot.Kind}  {slot.Label}");
        }

        if (!IsDryRun(context))
            context.Ask.Confirm(dropped.Length == 0 ? "Renew the root key? All key slots are kept." : $"Renew the root key and drop {dropped.Length} key slot(s)?");
    }

    // Which slot a credential opens is seen by opening with it, read-only.
    private static async ValueTask<RandomId> SlotOfAsync(CommandContext context, Unlock unlock)
    {
        using var probe = await SecretsManager.OpenAsync(context.VaultOptions() with { AsCopy = true }, unlock, context.Cancellation);
        var slots = await probe.Slots.ListAsync(context.Cancellation);
        return slots.First(slot => slot.OpenedThis).Id;
    }

    private static int Report(CommandContext context, SecretsManager manager, RekeyReport report) => Outcome.Done(
        context,
        "rekey",
        null,
        $"Root key renewed: generation {report.Generation}, {report.Resealed} values sealed again, {report.Kept.Count} key slots kept, {report.Dropped.Count} dropped",
        json =>
        {
            json.WriteNumber("revision", manager.Revision);
            json.WriteNumber("generation", report.Generation);
            json.WriteNumber("resealed", report.Resealed);
            json.Slots("kept", report.Kept);
            json.Slots("dropped", report.Dropped);
        });
}
