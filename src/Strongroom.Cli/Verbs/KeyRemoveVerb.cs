using System.CommandLine;
using Strongroom.Cli.CommandLine;
using Strongroom.Cli.Output;

namespace Strongroom.Cli.Verbs;

/// <summary><c>key remove ID</c>.</summary>
internal sealed class KeyRemoveVerb : ChangingVerb
{
    private readonly Argument<string> _id;

    public KeyRemoveVerb()
        : base(
            "remove",
            "Remove a way to unlock the vault. The last one can't be removed. Asks; scripts add --yes.",
            new Example("strongroom key remove 3f2a", "The slot whose id begins with 3f2a; asks first"),
            new Example("strongroom key remove 3f2a --yes", "For scripts"))
    {
        Aliases.Add("rm");
        _id = Takes(Make.Required("ID", "The slot's id, or the beginning of it (strongroom key list)."));
    }

    protected override async ValueTask<int> ChangeAsync(CommandContext context)
    {
        using var manager = await OpenManagerAsync(context);
        var slot = await SlotOutcome.FindAsync(context, manager, context.Get(_id)!);
        var slots = await manager.Slots.ListAsync(context.Cancellation);
        if (slots.Count == 1)
            throw new VaultConfigurationException("SR1435", "This is the last key slot: without it nothing would open the vault.", "Add another one first.");
        if (IsDryRun(context))
            return Outcome.DryRun(context, "key remove", null, $"slot {slot.Id} would be removed");
        var own = slot.OpenedThis ? " You have just opened the vault with it." : "";
        context.Ask.Confirm($"Remove key slot {HumanText.Short(slot.Id.ToString())} ({slot.Kind}{(slot.Label.Length == 0 ? "" : $", {slot.Label}")})?{own}");
        await manager.Slots.RemoveAsync(slot.Id, context.Cancellation);
        SlotOutcome.WarnNotRevoked(context);
        return SlotOutcome.Report(context, "key remove", slot, manager.Revision, key: null, "removed");
    }
}
