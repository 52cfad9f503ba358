using System.CommandLine;
using Strongroom.Cli.CommandLine;
using Strongroom.Cli.Input;

namespace Strongroom.Cli.Verbs;

/// <summary><c>key change ID</c>: another credential for a slot.</summary>
internal sealed class KeyChangeVerb : ChangingVerb
{
    private readonly Argument<string> _id;
    private readonly NewKeyOptions _new = new();
    private readonly KdfOptions _kdf = new();

    public KeyChangeVerb()
        : base(
            "change",
            "Replace a slot's credential, with today's cost of derivation.",
            new Example("strongroom key change 3f2a", "Asks for the new passphrase of the slot whose id begins with 3f2a"),
            new Example("strongroom key change 3f2a --new-passphrase-file new.txt", "From a file"))
    {
        _id = Takes(Make.Required("ID", "The slot's id, or the beginning of it (strongroom key list)."));
        _new.AddTo(this);
        _kdf.AddTo(this);
    }

    protected override async ValueTask<int> ChangeAsync(CommandContext context)
    {
        using var manager = await OpenManagerAsync(context, options => _kdf.Apply(context, options));
        var slot = await SlotOutcome.FindAsync(context, manager, context.Get(_id)!);
        if (IsDryRun(context))
            return Outcome.DryRun(context, "key change", null, $"the credential of slot {slot.Id} would be replaced");
        using var key = await _new.ResolveAsync(context);
        KeySlotInfo changed;
        try
        {
            changed = await manager.Slots.ChangeAsync(slot.Id, key.Unlock, context.Cancellation);
        }
        catch (Exception error) when (error is VaultConfigurationException or VaultLimitException)
        {
            key.TakeBack();
            throw;
        }

        SlotOutcome.WarnNotRevoked(context);
        return SlotOutcome.Report(context, "key change", changed, manager.Revision, key, "has a new credential");
    }
}
