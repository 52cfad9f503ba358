namespace Strongroom.Cryptography;

/// <summary>One attempt to unlock (format, section 5, "To open a slot").</summary>
internal sealed class SlotOpener(RandomId vaultId, long generation, Digest rootCommitment, Credential credential, IArgon2Provider? argon2, bool hasLibsodium)
{
    /// <summary>Tries every slot of the credential's kind, in order.</summary>
    public RootKeys Open(IReadOnlyList<KeySlot> slots, out KeySlot opened, out SlotKeys slotKeys)
    {
        // All bounds before the first derivation: one blown-up slot among sixteen must not cost anything.
        KeySlot.CheckBounds(slots);
        var lacksProvider = false;
        foreach (var slot in slots)
        {
            if (!string.Equals(slot.Kind, credential.Kind, StringComparison.Ordinal))
                continue;
            if (argon2 is null && slot.Kdf is { } kdf && PassphraseKdf.NeedsProvider(kdf, hasLibsodium))
            {
                lacksProvider = true;
                continue;
            }
            if (TryOpen(slot) is not var (root, keys))
                continue;
            opened = slot;
            slotKeys = keys;
            return new RootKeys(vaultId, generation, root);
        }
        throw lacksProvider ? PassphraseKdf.ProviderMissing() : CryptoErrors.Locked();
    }

    private (SecretBuffer Root, SlotKeys Keys)? TryOpen(KeySlot slot)
    {
        using var secret = credential.SlotSecret(slot.Salt, slot.Kdf, argon2, hasLibsodium);
        var keys = new SlotKeys(secret.Span, vaultId, slot.Id, slot.Kind, slot.Kdf, slot.Salt);
        if (keys.Unwrap(slot, vaultId, generation, rootCommitment) is { } root)
            return (root, keys);
        keys.Dispose();
        return null;
    }
}
