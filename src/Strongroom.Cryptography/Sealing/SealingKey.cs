using System.Security.Cryptography;

namespace Strongroom.Cryptography;

/// <summary>An AES-256-GCM key with its IV key, imported once (format, section 4, "Sealing"). Thread-safe.</summary>
public sealed class SealingKey : IDisposable
{
    /// <summary>Bytes that sealing adds: IV and tag.</summary>
    public const int Overhead = IvSize + Aead.TagSize;

    /// <summary>Bytes of key ‖ IV key.</summary>
    public const int KeysSize = 64;

    private const int IvSize = Aead.IvSize;
    private const int KeySize = 32;

    private readonly Aead _aead;
    private readonly SecretBuffer _ivKey;
    private readonly IvDeriver?[] _idleIvs = new IvDeriver?[Environment.ProcessorCount];
    private volatile bool _disposed;

    /// <summary>Imports key ‖ IV key.</summary>
    /// <param name="keys">64 bytes; the source stays the caller's to wipe.</param>
    public SealingKey(ReadOnlySpan<byte> keys)
        : this(keys, Libsodium.HasAesGcm)
    {
    }

    internal SealingKey(ReadOnlySpan<byte> keys, bool useLibsodium)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(keys.Length, KeysSize, nameof(keys));
        _aead = useLibsodium ? new NSecAead(keys[..KeySize]) : new FrameworkAead(keys[..KeySize]);
        _ivKey = SecretBuffer.CopyOf(keys[KeySize..]);
    }

    /// <summary>Seals under a fresh IV.</summary>
    /// <param name="aad">What the ciphertext is bound to.</param>
    /// <param name="plaintext">What is sealed.</param>
    /// <returns>IV ‖ ciphertext ‖ tag.</returns>
    public byte[] Seal(ReadOnlySpan<byte> aad, ReadOnlySpan<byte> plaintext)
    {
        var result = new byte[plaintext.Length + Overhead];
        var ivs = RentIvs();
        ivs.Derive(aad, plaintext, result.AsSpan(0, IvSize));
        ReturnIvs(ivs);
        _aead.Encrypt(result.AsSpan(0, IvSize), aad, plaintext, result.AsSpan(IvSize));
        return result;
    }

    /// <summary>Opens into <paramref name="plaintext"/>, which has the sealed length less <see cref="Overhead"/>; false when it does not open.</summary>
    /// <param name="aad">What the ciphertext was bound to.</param>
    /// <param name="sealedBytes">IV ‖ ciphertext ‖ tag.</param>
    /// <param name="plaintext">Receives what was sealed, and zeros when the result is false.</param>
    public bool TryOpen(ReadOnlySpan<byte> aad, ReadOnlySpan<byte> sealedBytes, Span<byte> plaintext)
    {
        if (sealedBytes.Length - Overhead == plaintext.Length && _aead.TryDecrypt(sealedBytes[..IvSize], aad, sealedBytes[IvSize..], plaintext))
            return true;
        // The libraries leave different things behind.
        CryptographicOperations.ZeroMemory(plaintext);
        return false;
    }

    /// <summary>Wipes the keys. Operations under way on other threads fail with <see cref="ObjectDisposedException"/> or end well.</summary>
    public void Dispose()
    {
        _disposed = true;
        _aead.Dispose();
        _ivKey.Dispose();
        DisposeIdle();
    }

    /// <summary>Seals under given random bytes: for test vectors.</summary>
    internal byte[] Seal(ReadOnlySpan<byte> aad, ReadOnlySpan<byte> plaintext, ReadOnlySpan<byte> random)
    {
        var result = new byte[plaintext.Length + Overhead];
        using var ivs = RentIvs();
        ivs.Derive(aad, plaintext, random, result.AsSpan(0, IvSize));
        _aead.Encrypt(result.AsSpan(0, IvSize), aad, plaintext, result.AsSpan(IvSize));
        return result;
    }

    internal IvDeriver RentIvs()
    {
        if (Interlocked.Exchange(ref Idle(), null) is { } idle)
            return idle;
        var ivs = new IvDeriver(_ivKey.Span);
        // Had the key been disposed of meanwhile, its block might have been another's: looking again throws then, and keeps the key alive until here.
        _ = _ivKey.Span;
        return ivs;
    }

    /// <summary>One is kept for each processor; threads beyond that make their own.</summary>
    internal void ReturnIvs(IvDeriver ivs)
    {
        if (Interlocked.CompareExchange(ref Idle(), ivs, null) is not null)
            ivs.Dispose();
        // Whoever disposed of the key meanwhile may have looked here already.
        else if (_disposed)
            DisposeIdle();
    }

    private void DisposeIdle()
    {
        for (int i = 0; i < _idleIvs.Length; i++)
            Interlocked.Exchange(ref _idleIvs[i], null)?.Dispose();
    }

    private ref IvDeriver? Idle() => ref _idleIvs[(uint)Environment.CurrentManagedThreadId % (uint)_idleIvs.Length];
}
