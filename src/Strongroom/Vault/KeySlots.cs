using System.Globalization;
using Strongroom.Audit;
using Strongroom.Cryptography;
using Strongroom.Vault;

namespace Strongroom;

/// <summary>The key slots of a vault: the ways to unlock it. Up to 16, any one opens.</summary>
public sealed class KeySlots
{
    private readonly VaultCore _core;

    internal KeySlots(VaultCore core) => _core = core;

    /// <summary>The slots, in order of creation.</summary>
    public async ValueTask<IReadOnlyList<KeySlotInfo>> ListAsync(CancellationToken ct = default)
    {
        VaultHead head = (await _core.Storage.RefreshAsync(ct).ConfigureAwait(false)).Head;
        return [.. head.Slots.Select(slot => Info(slot, _core))];
    }

    /// <summary>Adds a slot.</summary>
    /// <exception cref="VaultLimitException">There are 16, or their cost together is too high.</exception>
    public async ValueTask<KeySlotInfo> AddAsync(Unlock unlock, string label = "", CancellationToken ct = default)
    {
        ArgumentNullException.ThrowIfNull(unlock);
        VaultOpener.CheckStrength(_core.Options, unlock);
        return await ApplyAsync(AuditOperation.SlotAdd, plan =>
        {
            if (plan.Head.Slots.Length >= VaultHead.MaxSlots)
                throw new VaultLimitException("SR1434", $"The vault already has {VaultHead.MaxSlots} key slots.", "Remove one first.");
            KeySlot slot = VaultOpener.NewSlot(plan.Keys, unlock, _core.Options, label, plan.Now);
            SetSlots(plan, [.. plan.Head.Slots, slot]);
            return slot;
        }, ct).ConfigureAwait(false);
    }

    /// <summary>Replaces a slot's credential (and brings its parameters up to policy). Not a revocation: an old copy of the vault still opens with the old one; rekey is.</summary>
    /// <exception cref="SecretNotFoundException">There is no such slot.</exception>
    public async ValueTask<KeySlotInfo> ChangeAsync(RandomId slot, Unlock unlock, CancellationToken ct = default)
    {
        ArgumentNullException.ThrowIfNull(unlock);
        VaultOpener.CheckStrength(_core.Options, unlock);
        KeySlotInfo changed = await ApplyAsync(AuditOperation.SlotChange, plan =>
        {
            int index = IndexOf(plan.Head, slot);
            KeySlot replacement = VaultOpener.NewSlot(plan.Keys, unlock, _core.Options, plan.Head.Slots[index].Label, plan.Now);
            SetSlots(plan, [.. plan.Head.Slots.SetItem(index, replacement)]);
            return replacement;
        }, ct).ConfigureAwait(false);
        if (_core.OpenedSlot == slot)
            _core.OpenedSlot = changed.Id;
        return changed with { OpenedThis = changed.Id == _core.OpenedSlot };
    }

    /// <summary>Removes a slot; the last one can't be removed. Not a revocation: an old copy of the vault still opens with it; rekey is.</summary>
    /// <exception cref="SecretNotFoundException">There is no such slot.</exception>
    /// <exception cref="VaultConfigurationException">It is the last one.</exception>
    public async ValueTask RemoveAsync(RandomId slot, CancellationToken ct = default) => await ApplyAsync(AuditOperation.SlotRemove, plan =>
    {
        int index = IndexOf(plan.Head, slot);
        KeySlot removed = plan.Head.Slots[index];
        if (plan.Head.Slots.Length == 1)
            throw new VaultConfigurationException("SR1435", "This is the last key slot: without it nothing would open the vault.", "Add another one first.");
        SetSlots(plan, [.. plan.Head.Slots.RemoveAt(index)]);
        return removed;
    }, ct).ConfigureAwait(false);

    internal static KeySlotInfo Info(KeySlot slot, VaultCore core) => Info(slot, core.Options.Encryption, core.OpenedSlot);

    internal static KeySlotInfo Info(KeySlot slot, KdfParameters policy, RandomId? opened) => new(
        slot.Id, slot.Kind, slot.Label, DateTimeOffset.Parse(slot.CreatedAt, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal), slot.Kdf, slot.IsBelow(policy), slot.Id == opened);

    private async ValueTask<KeySlotInfo> ApplyAsync(string operation, Func<CommitPlan, KeySlot> apply, CancellationToken ct)
    {
        object? result = await _core.WriteAsync(new HeadOperation(operation, (plan, _) => new ValueTask<object?>(apply(plan))), synchronous: false, ct).ConfigureAwait(false);
        return Info((KeySlot)result!, _core);
    }

    private static int IndexOf(VaultHead head, RandomId slot)
    {
        for (int i = 0; i < head.Slots.Length; i++)
        {
            if (head.Slots[i].Id == slot)
                return i;
        }

        throw new SecretNotFoundException("SR1436", $"There is no key slot {slot}.", "See the slots with key list.");
    }

    // What a reader would refuse must not be written.
    private static void SetSlots(CommitPlan plan, IReadOnlyList<KeySlot> slots)
    {
        try
        {
            KeySlot.CheckBounds(slots);
        }
        catch (VaultIntegrityException error)
        {
            throw new VaultLimitException("SR1437", $"The key slots would be outside the format's bounds: {error.Message}", "Use cheaper parameters, or remove a slot first.", error);
        }

        plan.SetHead(plan.Head with { Slots = [.. slots] });
    }
}
