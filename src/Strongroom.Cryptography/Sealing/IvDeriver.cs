using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Strongroom.Cryptography;

/// <summary>
/// IVs of the format, section 4, "Sealing": <c>HMAC(K_iv, lp(random, aad, plaintext))</c> cut to 12 bytes. A generator that repeats itself thus repeats an IV only together with the same message.
/// Not thread-safe.
/// </summary>
/// <remarks>
/// The keyed hash and a stock of random bytes are kept, because setting them up costs three times as much as the rest of sealing. The stock needs no more care than the generator itself:
/// a machine that is cloned with it repeats random bytes, which is what the message in the hash is for.
/// </remarks>
internal sealed class IvDeriver(ReadOnlySpan<byte> key) : IDisposable
{
    private const int RandomSize = 32;
    private const int Stock = 32 * RandomSize;
    private const int OnStack = 512;

    private readonly IncrementalHash _hash = IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, key);
    private readonly SecretBuffer _stock = SecretBuffer.Allocate(Stock);
    private int _used = Stock;

    /// <summary>The IV of a message under fresh random bytes.</summary>
    public void Derive(ReadOnlySpan<byte> aad, ReadOnlySpan<byte> plaintext, Span<byte> iv)
    {
        if (_used == Stock)
        {
            RandomNumberGenerator.Fill(_stock.Span);
            _used = 0;
        }

        var random = _stock.Span.Slice(_used, RandomSize);
        _used += RandomSize;
        Derive(aad, plaintext, random, iv);
    }

    /// <summary>The IV of a message under 32 given random bytes.</summary>
    public void Derive(ReadOnlySpan<byte> aad, ReadOnlySpan<byte> plaintext, ReadOnlySpan<byte> random, Span<byte> iv)
    {
        // lp() in two calls, each of which costs as much as hashing some hundred bytes, and without a copy of the plaintext.
        var length = 3 * sizeof(uint) + RandomSize + aad.Length;
        Span<byte> before = length <= OnStack ? stackalloc byte[OnStack] : new byte[length];
        BinaryPrimitives.WriteInt32BigEndian(before, RandomSize);
        random.CopyTo(before[sizeof(uint)..]);
        BinaryPrimitives.WriteInt32BigEndian(before[(sizeof(uint) + RandomSize)..], aad.Length);
        aad.CopyTo(before[(2 * sizeof(uint) + RandomSize)..]);
        BinaryPrimitives.WriteInt32BigEndian(before[(length - sizeof(uint))..], plaintext.Length);
        _hash.AppendData(before[..length]);
        _hash.AppendData(plaintext);
        Span<byte> mac = stackalloc byte[SHA256.HashSizeInBytes];
        _hash.GetHashAndReset(mac);
        mac[..iv.Length].CopyTo(iv);
    }

    public void Dispose()
    {
        _hash.Dispose();
        _stock.Dispose();
    }
}
