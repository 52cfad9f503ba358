using System.Security.Cryptography;

namespace Strongroom.Cryptography;

/// <summary>
/// The keys of an unlocked vault, and the only code that seals and opens. Covers the head's generation and, during a rekey, the one before.
/// </summary>
/// <remarks>
/// A random root key is wrapped in each key slot. Everything else is derived from it by HKDF under a label that binds vault, generation and epoch, and every ciphertext is
/// bound to its place, so nothing can be moved, swapped or re-used elsewhere. Callers never pass nonces or raw keys. The format is <c>docs/format/vault-v1.md</c>.
/// Thread-safe once created; disposing of it makes calls under way on other threads fail with <see cref="ObjectDisposedException"/>.
/// </remarks>
public sealed class HardenedEncryption : IDisposable
{
    /// <summary>The largest payload that the format holds.</summary>
    public const int MaxPayloadLength = 16_777_216;

    internal const int RootKeySize = 32;

    private readonly RootKeys _current;
    private readonly KeptSlots _slots = new();
    private RootKeys? _previous;

    private HardenedEncryption(RandomId vaultId, RootKeys current)
    {
        VaultId = vaultId;
        _current = current;
    }

    /// <summary>The vault.</summary>
    public RandomId VaultId { get; }

    /// <summary>The root generation that seals.</summary>
    public long Generation => _current.Generation;

    /// <summary>The commitment to the root key, <c>root.commitment</c> in the head.</summary>
    public Digest RootCommitment => _current.Commitment;

    /// <summary>The generation before, when its root has been added, else null.</summary>
    public long? PreviousGeneration => Volatile.Read(ref _previous)?.Generation;

    /// <summary>The commitment to the root of the generation before, <c>previous.commitment</c> in the head, else null.</summary>
    public Digest? PreviousRootCommitment => Volatile.Read(ref _previous)?.Commitment;

    /// <summary>Draws a new root key of the given generation.</summary>
    /// <param name="vaultId">The vault.</param>
    /// <param name="generation">From 1.</param>
    public static HardenedEncryption Generate(RandomId vaultId, long generation = 1) => FromRoot(vaultId, generation, SecretBuffer.Random(RootKeySize));

    /// <summary>
    /// Tries every slot that fits the credential, in order. Bounds of all slots are checked first (integrity error), then KDF, slot commitment, unwrap, root commitment.
    /// </summary>
    /// <param name="vaultId">The vault, from its head.</param>
    /// <param name="generation">The root generation, from the head.</param>
    /// <param name="rootCommitment">The commitment, from the head.</param>
    /// <param name="slots">The slots, from the head.</param>
    /// <param name="credential">What opens one of them; stays the caller's.</param>
    /// <param name="argon2">For Argon2id with parallelism above 1, or null.</param>
    /// <param name="opened">The slot that opened.</param>
    /// <exception cref="VaultIntegrityException">A slot's parameters are out of bounds.</exception>
    /// <exception cref="VaultLockedException">No slot opened.</exception>
    /// <exception cref="VaultConfigurationException">A slot needs parallelism above 1 and no <see cref="IArgon2Provider"/> was given.</exception>
    public static HardenedEncryption Unlock(RandomId vaultId, long generation, in Digest rootCommitment, IReadOnlyList<KeySlot> slots, Credential credential, IArgon2Provider? argon2, out KeySlot opened)
    {
        var keys = new HardenedEncryption(vaultId, new SlotOpener(vaultId, generation, rootCommitment, credential, argon2, Libsodium.IsAvailable).Open(slots, out opened, out var slotKeys));
        keys._slots.Keep(opened.Id, slotKeys);
        return keys;
    }

    /// <summary>
    /// Follows a rekey that another process made: opens the next root in a slot whose keys are at hand, without the credential. Null when the rekey dropped all of those slots.
    /// </summary>
    /// <param name="generation">The root generation, from the new head.</param>
    /// <param name="rootCommitment">The commitment, from the new head.</param>
    /// <param name="slots">The slots, from the new head.</param>
    public HardenedEncryption? Follow(long generation, in Digest rootCommitment, IReadOnlyList<KeySlot> slots)
    {
        KeySlot.CheckBounds(slots);
        if (_slots.Unwrap(slots, VaultId, generation, rootCommitment) is not { } root)
            return null;
        var next = FromRoot(VaultId, generation, root);
        _slots.CopyTo(next._slots);
        return next;
    }

    /// <summary>Keeps the keys of a further slot, so that a rekey can keep the slot; false when the credential does not open it.</summary>
    /// <param name="slot">The slot, as it stands in the head.</param>
    /// <param name="credential">What may open it; stays the caller's.</param>
    /// <param name="argon2">For Argon2id with parallelism above 1, or null.</param>
    public bool Keep(KeySlot slot, Credential credential, IArgon2Provider? argon2)
    {
        ArgumentNullException.ThrowIfNull(slot);
        ArgumentNullException.ThrowIfNull(credential);
        KeySlot.CheckBounds([slot]);
        if (!string.Equals(slot.Kind, credential.Kind, StringComparison.Ordinal))
            return false;
        using var secret = credential.SlotSecret(slot.Salt, slot.Kdf, argon2, Libsodium.IsAvailable);
        var keys = new SlotKeys(secret.Span, VaultId, slot.Id, slot.Kind, slot.Kdf, slot.Salt);
        if (keys.Commitment != slot.Commitment)
        {
            keys.Dispose();
            return false;
        }
        _slots.Keep(slot.Id, keys);
        return true;
    }

    /// <summary>A slot with this root wrapped instead of the one before, or null when the slot's keys are not at hand.</summary>
    /// <param name="slot">The slot, as it stands in the head.</param>
    public KeySlot? Rewrap(KeySlot slot)
    {
        ArgumentNullException.ThrowIfNull(slot);
        var rewrapped = _slots.Rewrap(slot, VaultId, Generation, _current.Root);
        _current.ThrowIfDisposed();
        return rewrapped;
    }

    /// <summary>HMAC of the head's canonical bytes without its <c>mac</c>.</summary>
    public Digest MacHead(ReadOnlySpan<byte> canonicalHead) => _current.MacHead(canonicalHead);

    /// <summary>Wraps the root for a new slot. The KDF parameters are the caller's policy, checked against floor and ceiling.</summary>
    /// <param name="credential">What will open the slot; stays the caller's.</param>
    /// <param name="kdf">For passphrase kinds, else null.</param>
    /// <param name="label">For people, at most 128 bytes of UTF-8.</param>
    /// <param name="createdAt">A time in the format's form.</param>
    /// <param name="argon2">For Argon2id with parallelism above 1, or null.</param>
    /// <exception cref="VaultConfigurationException">The parameters are out of bounds or need a provider.</exception>
    /// <exception cref="VaultLimitException">The label is too long.</exception>
    public KeySlot CreateSlot(Credential credential, KdfParameters? kdf, string label, string createdAt, IArgon2Provider? argon2)
    {
        ArgumentNullException.ThrowIfNull(credential);
        if (credential.HasPassphrase != kdf is not null)
            throw new ArgumentException("A key derivation belongs to a passphrase, and to nothing else.", nameof(kdf));
        if (!CanonicalTime.IsValid(createdAt))
            throw new ArgumentException("Not a time in the format's form.", nameof(createdAt));
        kdf?.Validate();
        if (JsonText.Encode(label).Length > KeySlot.MaxLabelLength)
            throw CryptoErrors.Label();
        var id = RandomId.New();
        var salt = RandomNumberGenerator.GetBytes(KeySlot.SaltSize);
        using var secret = credential.SlotSecret(salt, kdf, argon2, Libsodium.IsAvailable);
        var keys = new SlotKeys(secret.Span, VaultId, id, credential.Kind, kdf, salt);
        var slot = new KeySlot(id, credential.Kind, label, createdAt, kdf, salt, keys.Commitment, keys.Wrap(VaultId, id, Generation, _current.Root));
        _slots.Keep(id, keys);
        _current.ThrowIfDisposed();
        return slot;
    }

    /// <summary>The AAD of a value, see section 4 of the format. May be kept and passed to <see cref="OpenValue"/> again.</summary>
    /// <param name="secretId">The secret's incarnation.</param>
    /// <param name="name">The secret's name.</param>
    /// <param name="version">The version, from 1.</param>
    /// <param name="generation">The root generation that seals.</param>
    /// <param name="epoch">The data epoch.</param>
    public byte[] ValueAad(RandomId secretId, string name, long version, long generation, long epoch) =>
        Aad.Value(VaultId, secretId, JsonText.Encode(name), version, generation, epoch);

    /// <summary>Pads and seals a payload under this generation and the given epoch.</summary>
    /// <param name="aad">From <see cref="ValueAad"/>.</param>
    /// <param name="epoch">The data epoch, from 1.</param>
    /// <param name="payload">At most <see cref="MaxPayloadLength"/> bytes.</param>
    /// <exception cref="VaultLimitException">The payload is too large.</exception>
    public byte[] SealValue(ReadOnlySpan<byte> aad, long epoch, ReadOnlySpan<byte> payload)
    {
        if (payload.Length > MaxPayloadLength)
            throw CryptoErrors.Payload();
        using var padded = Padding.Pad(payload);
        return _current.DataKey(epoch).Seal(aad, padded.Span);
    }

    /// <summary>Opens a sealed value and checks its padding.</summary>
    /// <param name="aad">From <see cref="ValueAad"/>.</param>
    /// <param name="generation">The root generation that sealed it.</param>
    /// <param name="epoch">The data epoch that sealed it.</param>
    /// <param name="sealedValue">The sealed bytes.</param>
    /// <returns>The payload; the caller owns it.</returns>
    /// <exception cref="VaultIntegrityException">It does not open, or the padding is wrong; one error for all.</exception>
    public SecretBuffer OpenValue(ReadOnlySpan<byte> aad, long generation, long epoch, ReadOnlySpan<byte> sealedValue)
    {
        var key = KeysOf(generation).DataKey(epoch);
        if (sealedValue.Length < SealingKey.Overhead || sealedValue.Length - SealingKey.Overhead > Padding.PaddedLength(MaxPayloadLength))
            throw CryptoErrors.Value();
        var payload = SecretBuffer.Allocate(sealedValue.Length - SealingKey.Overhead);
        try
        {
            if (key.TryOpen(aad, sealedValue, payload.Span) && Padding.TryRemove(payload))
                return payload;
            throw CryptoErrors.Value();
        }
        catch
        {
            payload.Dispose();
            throw;
        }
    }

    /// <summary>Seals a key inside the head (<c>index-key</c>, <c>audit-keys</c>) under the root's wrapping key.</summary>
    /// <param name="purpose"><c>index-key</c> or <c>audit-keys</c>.</param>
    /// <param name="chain">The audit chain, or null for the index key.</param>
    /// <param name="key">The plain key bytes.</param>
    public byte[] SealKey(string purpose, RandomId? chain, ReadOnlySpan<byte> key) => _current.Wrap.Seal(KeyAad(purpose, chain), key);

    /// <summary>Opens what <see cref="SealKey"/> sealed.</summary>
    /// <param name="purpose"><c>index-key</c> or <c>audit-keys</c>.</param>
    /// <param name="chain">The audit chain, or null for the index key.</param>
    /// <param name="sealedKey">The sealed bytes.</param>
    /// <exception cref="VaultIntegrityException">It does not open.</exception>
    public SecretBuffer OpenKey(string purpose, RandomId? chain, ReadOnlySpan<byte> sealedKey) => Open(KeyAad(purpose, chain), sealedKey, purpose);

    /// <summary>Starts a rekey: a new root of the next generation that also opens what this one sealed. This instance stays valid until it is disposed of.</summary>
    /// <exception cref="VaultConfigurationException">This one is itself in a rekey.</exception>
    public HardenedEncryption NextGeneration()
    {
        if (PreviousGeneration is not null)
            throw CryptoErrors.RekeyUnderWay();
        var next = Generate(VaultId, Generation + 1);
        next._previous = _current.Copy();
        _slots.CopyTo(next._slots);
        return next;
    }

    /// <summary>The root of the generation before, sealed under this root: <c>previous.sealed</c> in the head.</summary>
    /// <exception cref="InvalidOperationException">There is no generation before.</exception>
    public byte[] SealPreviousRoot()
    {
        var previous = Volatile.Read(ref _previous) ?? throw new InvalidOperationException("There is no root of a generation before.");
        var sealedRoot = _current.Wrap.Seal(Aad.PreviousRoot(VaultId, Generation, previous.Generation), previous.Root);
        previous.ThrowIfDisposed();
        return sealedRoot;
    }

    /// <summary>Adds the root of the generation before, from the head's <c>previous</c>; checks its commitment. Adding what is there already changes nothing.</summary>
    /// <param name="generation">The generation before.</param>
    /// <param name="commitment">The commitment to its root.</param>
    /// <param name="sealedRoot">Its sealed root.</param>
    /// <exception cref="VaultIntegrityException">It does not open, or is another root.</exception>
    public void AddPreviousRoot(long generation, in Digest commitment, ReadOnlySpan<byte> sealedRoot)
    {
        if (Volatile.Read(ref _previous) is { } previous && previous.Generation == generation && previous.Commitment == commitment)
            return;
        var root = Open(Aad.PreviousRoot(VaultId, Generation, generation), sealedRoot, "previous-root");
        if (root.Length != RootKeySize || RootKeys.CommitmentOf(root.Span, VaultId, generation) != commitment)
        {
            root.Dispose();
            throw CryptoErrors.Key("previous-root");
        }
        Interlocked.Exchange(ref _previous, new RootKeys(VaultId, generation, root))?.Dispose();
    }

    /// <summary>The same keys without the root of the generation before, when a rekey is over. This instance stays valid, for reads that are under way.</summary>
    public HardenedEncryption WithoutPrevious()
    {
        var copy = new HardenedEncryption(VaultId, _current.Copy());
        _slots.CopyTo(copy._slots);
        return copy;
    }

    /// <summary>Forgets the root of the generation before. A read of that generation that is under way fails with <see cref="ObjectDisposedException"/>.</summary>
    public void DropPreviousRoot() => Interlocked.Exchange(ref _previous, null)?.Dispose();

    /// <summary>Wipes all keys.</summary>
    public void Dispose()
    {
        DropPreviousRoot();
        _current.Dispose();
        _slots.Dispose();
    }

    /// <summary>From a known root, which it takes over.</summary>
    internal static HardenedEncryption FromRoot(RandomId vaultId, long generation, SecretBuffer root) => new(vaultId, new RootKeys(vaultId, generation, root));

    private RootKeys KeysOf(long generation)
    {
        if (generation == _current.Generation)
            return _current;
        return Volatile.Read(ref _previous) is { } previous && previous.Generation == generation ? previous : throw CryptoErrors.Generation(generation);
    }

    private byte[] KeyAad(string purpose, RandomId? chain) => (purpose, chain) switch
    {
        ("index-key", null) => Aad.IndexKey(VaultId, Generation),
        ("audit-keys", { } chainId) => Aad.AuditKeys(VaultId, chainId, Generation),
        _ => throw new ArgumentException("The purpose is index-key without a chain, or audit-keys with one.", nameof(purpose)),
    };

    private SecretBuffer Open(ReadOnlySpan<byte> aad, ReadOnlySpan<byte> sealedKey, string purpose)
    {
        var key = SecretBuffer.Allocate(Math.Max(0, sealedKey.Length - SealingKey.Overhead));
        if (_current.Wrap.TryOpen(aad, sealedKey, key.Span))
            return key;
        key.Dispose();
        throw CryptoErrors.Key(purpose);
    }
}
