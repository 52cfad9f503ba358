using System.Security.Cryptography;

namespace Strongroom.Cryptography;

/// <summary>Bytes of a secret in native memory that is locked and excluded from core dumps where the system allows it, and zeroed on dispose.</summary>
/// <remarks>
/// Dispose of it when the last use of <see cref="Span"/> is over, and not before: the block is handed out again. A buffer that was forgotten is wiped some time after the collector
/// has found it, so a span must not outlive the last reference to its buffer (<c>using</c> keeps one). Disposing is thread-safe, the bytes themselves are not.
/// </remarks>
public sealed class SecretBuffer : IDisposable
{
    private readonly int _capacity;
    private SecretBlock? _block;
    private int _offset;

    internal SecretBuffer(SecretPool pool, int length)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        _capacity = length;
        Length = length;
        _block = pool.Rent(length);
    }

    /// <summary>Whether the system granted locked memory for all buffers so far (best effort).</summary>
    public static bool MemoryIsLocked => SecretPool.Shared.IsLocked;

    /// <summary>The number of bytes.</summary>
    public int Length { get; private set; }

    /// <summary>The bytes. Not to be kept beyond the buffer's life.</summary>
    /// <exception cref="ObjectDisposedException">The buffer has been disposed of.</exception>
    public Span<byte> Span
    {
        get
        {
            var block = Volatile.Read(ref _block);
            ObjectDisposedException.ThrowIf(block is null, this);
            return block.Bytes(_offset, Length);
        }
    }

    /// <summary>A buffer of zeros.</summary>
    /// <param name="length">The number of bytes.</param>
    /// <exception cref="VaultUnavailableException">The system gave no memory.</exception>
    public static SecretBuffer Allocate(int length) => new(SecretPool.Shared, length);

    /// <summary>A buffer with a copy of <paramref name="bytes"/>; the source stays the caller's to wipe.</summary>
    public static SecretBuffer CopyOf(ReadOnlySpan<byte> bytes)
    {
        var buffer = Allocate(bytes.Length);
        bytes.CopyTo(buffer.Span);
        return buffer;
    }

    /// <summary>A buffer of random bytes.</summary>
    /// <param name="length">The number of bytes.</param>
    public static SecretBuffer Random(int length)
    {
        var buffer = Allocate(length);
        RandomNumberGenerator.Fill(buffer.Span);
        return buffer;
    }

    /// <summary>Narrows the buffer in place to a part of itself; the rest is zeroed.</summary>
    /// <param name="offset">Where the part begins.</param>
    /// <param name="length">The part's length.</param>
    /// <exception cref="ArgumentOutOfRangeException">The part is not within the buffer.</exception>
    /// <exception cref="ObjectDisposedException">The buffer has been disposed of.</exception>
    public void Narrow(int offset, int length)
    {
        var span = Span;
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(length, span.Length - offset);
        CryptographicOperations.ZeroMemory(span[..offset]);
        CryptographicOperations.ZeroMemory(span[(offset + length)..]);
        _offset += offset;
        Length = length;
    }

    /// <summary>Wipes the bytes. Safe to call again.</summary>
    public void Dispose() =>
        // Exchanged, so that two threads can't give one block back twice.
        Interlocked.Exchange(ref _block, null)?.Return(_capacity);
}
