namespace Strongroom.Cryptography;

/// <summary>
/// The keys of the slots whose credential was at hand, kept so that a rekey can wrap the next root for them, and so that other processes can follow it, without asking for the
/// credential again. They are not derived from the root: who has learnt only the old root does not learn the next one.
/// </summary>
internal sealed class KeptSlots : IDisposable
{
    private readonly Lock _gate = new();
    private readonly Dictionary<RandomId, SlotKeys> _slots = [];

    /// <summary>Takes over the keys of a slot.</summary>
    public void Keep(RandomId slot, SlotKeys keys)
    {
        lock (_gate)
        {
            if (_slots.Remove(slot, out var old))
                old.Dispose();
            _slots[slot] = keys;
        }
    }

    /// <summary>A slot with another root wrapped, or null when its keys are not at hand.</summary>
    public KeySlot? Rewrap(KeySlot slot, RandomId vaultId, long generation, ReadOnlySpan<byte> root)
    {
        lock (_gate)
        {
            return _slots.TryGetValue(slot.Id, out var keys) && keys.Commitment == slot.Commitment
                ? slot with { Wrapped = keys.Wrap(vaultId, slot.Id, generation, root) }
                : null;
        }
    }

    /// <summary>The root that one of the slots holds now, or null.</summary>
    public SecretBuffer? Unwrap(IReadOnlyList<KeySlot> slots, RandomId vaultId, long generation, in Digest rootCommitment)
    {
        lock (_gate)
        {
            foreach (var slot in slots)
            {
                if (_slots.TryGetValue(slot.Id, out var keys) && keys.Unwrap(slot, vaultId, generation, rootCommitment) is { } root)
                    return root;
            }
        }

        return null;
    }

    /// <summary>Copies all keys.</summary>
    public void CopyTo(KeptSlots other)
    {
        lock (_gate)
        {
            foreach (var (slot, keys) in _slots)
                other.Keep(slot, keys.Copy());
        }
    }

    public void Dispose()
    {
        lock (_gate)
        {
            foreach (var keys in _slots.Values)
                keys.Dispose();
            _slots.Clear();
        }
    }
}
