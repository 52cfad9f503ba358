using System.Security.Cryptography;

namespace Strongroom.Cryptography;

/// <summary>What a slot's secret leads to: the keys that wrap the root, and the commitment without which a ciphertext could open under many passphrases.</summary>
internal sealed class SlotKeys : IDisposable
{
    private const int Size = SealingKey.KeysSize + Digest.Size;

    private readonly SecretBuffer _keys;

    /// <summary>Derives from X (format, sections 4 and 5). The info binds place, kind and all parameters of the slow derivation.</summary>
    public SlotKeys(ReadOnlySpan<byte> secret, RandomId vaultId, RandomId slotId, string kind, KdfParameters? kdf, ReadOnlySpan<byte> salt)
    {
        var context = new ContextBuilder(stackalloc byte[512], "slot"u8);
        context.Add(vaultId);
        context.Add(slotId);
        context.Add(Utf8.Strict.GetBytes(kind));
        context.Add(KdfJson.ToBytes(kdf));
        context.Add(salt);
        _keys = SecretBuffer.Allocate(Size);
        HKDF.DeriveKey(HashAlgorithmName.SHA256, secret, _keys.Span, salt: [], context.Written);
    }

    private SlotKeys(SecretBuffer keys) => _keys = keys;

    public Digest Commitment => Digest.FromBytes(_keys.Span[SealingKey.KeysSize..]);

    /// <summary>The root key of a slot, or null when anything does not fit.</summary>
    public SecretBuffer? Unwrap(KeySlot slot, RandomId vaultId, long generation, in Digest rootCommitment)
    {
        // AES-GCM does not commit to its key: without this a wrapped root could be made that opens under many passphrases.
        if (Commitment != slot.Commitment)
            return null;
        using var wrap = CreateWrappingKey();
        var root = SecretBuffer.Allocate(HardenedEncryption.RootKeySize);
        if (wrap.TryOpen(Aad.Root(vaultId, slot.Id, generation), slot.Wrapped, root.Span) && RootKeys.CommitmentOf(root.Span, vaultId, generation) == rootCommitment)
            return root;
        root.Dispose();
        return null;
    }

    /// <summary>The root key sealed for a slot.</summary>
    public byte[] Wrap(RandomId vaultId, RandomId slotId, long generation, ReadOnlySpan<byte> root)
    {
        using var wrap = CreateWrappingKey();
        return wrap.Seal(Aad.Root(vaultId, slotId, generation), root);
    }

    public SlotKeys Copy() => new(SecretBuffer.CopyOf(_keys.Span));

    public void Dispose() => _keys.Dispose();

    private SealingKey CreateWrappingKey() => new(_keys.Span[..SealingKey.KeysSize]);
}
