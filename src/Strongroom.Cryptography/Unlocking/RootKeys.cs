using System.Security.Cryptography;

namespace Strongroom.Cryptography;

/// <summary>The root key of one generation and what is derived from it (format, section 4). Thread-safe.</summary>
internal sealed class RootKeys : IDisposable
{
    private readonly RandomId _vaultId;
    private readonly SecretBuffer _root;
    private readonly SecretBuffer _headKey = SecretBuffer.Allocate(Digest.Size);
    private readonly Lock _lock = new();
    private readonly Dictionary<long, SealingKey> _dataKeys = [];
    private volatile EpochKey? _lastDataKey;
    private bool _isDisposed;

    /// <summary>Takes the root over, as its own.</summary>
    public RootKeys(RandomId vaultId, long generation, SecretBuffer root)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(generation);
        _vaultId = vaultId;
        _root = root;
        Generation = generation;
        Commitment = CommitmentOf(root.Span, vaultId, generation);
        Derive(root.Span, "root.head"u8, vaultId, generation, _headKey.Span);
        using var wrapKeys = SecretBuffer.Allocate(SealingKey.KeysSize);
        Derive(root.Span, "root.wrap"u8, vaultId, generation, wrapKeys.Span);
        Wrap = new SealingKey(wrapKeys.Span);
    }

    public long Generation { get; }

    public Digest Commitment { get; }

    /// <summary>Seals keys inside the head.</summary>
    public SealingKey Wrap { get; }

    /// <summary>The root key itself, to be wrapped.</summary>
    public ReadOnlySpan<byte> Root => _root.Span;

    /// <summary>To be called when <see cref="Root"/> has been used: had another thread wiped it meanwhile, zeros would have been sealed in its place, and nobody could open the vault.</summary>
    public void ThrowIfDisposed() => _ = _root.Span;

    /// <summary>A copy that lives on when this one is disposed of.</summary>
    public RootKeys Copy() => new(_vaultId, Generation, SecretBuffer.CopyOf(_root.Span));

    public static Digest CommitmentOf(ReadOnlySpan<byte> root, RandomId vaultId, long generation)
    {
        var commitment = default(Digest);
        Derive(root, "root.commitment"u8, vaultId, generation, commitment);
        return commitment;
    }

    public Digest MacHead(ReadOnlySpan<byte> canonicalHead)
    {
        var mac = default(Digest);
        HMACSHA256.HashData(_headKey.Span, canonicalHead, mac);
        // Throws when the key was wiped while it was used; a head under another key would lock everyone out.
        _ = _headKey.Span;
        return mac;
    }

    /// <summary>The key that seals values of an epoch, derived and imported once.</summary>
    public SealingKey DataKey(long epoch)
    {
        if (_lastDataKey is { } last && last.Epoch == epoch)
            return last.Key;
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(epoch);
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_isDisposed, typeof(HardenedEncryption));
            if (!_dataKeys.TryGetValue(epoch, out var key))
                _dataKeys.Add(epoch, key = DeriveDataKey(epoch));
            _lastDataKey = new EpochKey(epoch, key);
            return key;
        }
    }

    public void Dispose()
    {
        lock (_lock)
        {
            _isDisposed = true;
            foreach (var key in _dataKeys.Values)
                key.Dispose();
            Wrap.Dispose();
            _headKey.Dispose();
            _root.Dispose();
        }
    }

    private SealingKey DeriveDataKey(long epoch)
    {
        Span<byte> info = stackalloc byte[128];
        var context = new ContextBuilder(info, "root.data"u8);
        context.Add(_vaultId);
        context.Add(Generation);
        context.Add(epoch);
        using var keys = SecretBuffer.Allocate(SealingKey.KeysSize);
        HKDF.DeriveKey(HashAlgorithmName.SHA256, _root.Span, keys.Span, salt: [], context.Written);
        return new SealingKey(keys.Span);
    }

    private static void Derive(ReadOnlySpan<byte> root, ReadOnlySpan<byte> label, RandomId vaultId, long generation, Span<byte> output)
    {
        var context = new ContextBuilder(stackalloc byte[128], label);
        context.Add(vaultId);
        context.Add(generation);
        HKDF.DeriveKey(HashAlgorithmName.SHA256, root, output, salt: [], context.Written);
    }

    private sealed record EpochKey(long Epoch, SealingKey Key);
}
