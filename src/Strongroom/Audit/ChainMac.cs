using System.Buffers;
using System.Buffers.Binary;
using System.Security.Cryptography;
using Strongroom.Cryptography;

namespace Strongroom.Audit;

/// <summary>The two HMACs of a chain (format, section 10). Holds no key. Not thread-safe.</summary>
internal sealed class ChainMac
{
    /// <summary>The bytes of a key.</summary>
    public const int KeySize = 32;

    private readonly byte[] _entry;
    private readonly byte[] _ratchet;

    /// <summary>Prepares the contexts of a chain; only index and entry are filled in later.</summary>
    public ChainMac(RandomId chain)
    {
        Span<byte> buffer = stackalloc byte[128];
        var entry = new ContextBuilder(buffer, "audit-entry"u8);
        entry.Add(chain);
        entry.Add(0L);
        _entry = [.. entry.Written, 0, 0, 0, 0];
        var ratchet = new ContextBuilder(buffer, "audit-ratchet"u8);
        ratchet.Add(chain);
        ratchet.Add(0L);
        _ratchet = ratchet.Written.ToArray();
    }

    /// <summary>The MAC of an entry: <c>HMAC(Kᵢ, ctx("audit-entry", chain id, u64(i), E))</c>, E given as the parts before and after its <c>mac</c>.</summary>
    public Digest Entry(ReadOnlySpan<byte> key, long index, ReadOnlySpan<byte> before, ReadOnlySpan<byte> after)
    {
        int length = before.Length + after.Length;
        BinaryPrimitives.WriteInt64BigEndian(_entry.AsSpan(_entry.Length - 12), index);
        BinaryPrimitives.WriteInt32BigEndian(_entry.AsSpan(_entry.Length - 4), length);
        byte[] rented = ArrayPool<byte>.Shared.Rent(_entry.Length + length);
        _entry.CopyTo(rented, 0);
        before.CopyTo(rented.AsSpan(_entry.Length));
        after.CopyTo(rented.AsSpan(_entry.Length + before.Length));
        Span<byte> mac = stackalloc byte[Digest.Size];
        HMACSHA256.HashData(key, rented.AsSpan(0, _entry.Length + length), mac);
        ArrayPool<byte>.Shared.Return(rented);
        return Digest.FromBytes(mac);
    }

    /// <summary>Puts Kᵢ₊₁ in the place of Kᵢ: <c>HMAC(Kᵢ, ctx("audit-ratchet", chain id, u64(i)))</c>. The old key can't be found from the new one.</summary>
    public void Advance(Span<byte> key, long index)
    {
        BinaryPrimitives.WriteInt64BigEndian(_ratchet.AsSpan(_ratchet.Length - 8), index);
        Span<byte> next = stackalloc byte[KeySize];
        HMACSHA256.HashData(key, _ratchet, next);
        next.CopyTo(key);
        CryptographicOperations.ZeroMemory(next);
    }
}
