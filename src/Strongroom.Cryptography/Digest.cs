using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace Strongroom.Cryptography;

/// <summary>32 public bytes: a SHA-256 digest, a MAC or a commitment. Compared in constant time, so that a MAC needs no special care.</summary>
[InlineArray(Size)]
public struct Digest : IEquatable<Digest>
{
    /// <summary>The number of bytes, 32.</summary>
    public const int Size = 32;

    private byte _first;

    /// <summary>The bytes.</summary>
    [UnscopedRef]
    public readonly ReadOnlySpan<byte> Span => MemoryMarshal.CreateReadOnlySpan(in _first, Size);

    /// <summary>Reads 32 bytes.</summary>
    public static Digest FromBytes(ReadOnlySpan<byte> bytes)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(bytes.Length, Size);
        var digest = default(Digest);
        bytes.CopyTo(digest);
        return digest;
    }

    /// <summary>SHA-256 of <paramref name="data"/>.</summary>
    public static Digest Sha256(ReadOnlySpan<byte> data)
    {
        var digest = default(Digest);
        SHA256.HashData(data, digest);
        return digest;
    }

    /// <inheritdoc/>
    public readonly bool Equals(Digest other) => CryptographicOperations.FixedTimeEquals(Span, other.Span);

    /// <inheritdoc/>
    public override readonly bool Equals(object? obj) => obj is Digest other && Equals(other);

    /// <inheritdoc/>
    public override readonly int GetHashCode() => MemoryMarshal.Read<int>(Span);

    /// <summary>The canonical base64 of the bytes.</summary>
    public override readonly string ToString() => Convert.ToBase64String(Span);

    /// <summary>Equality in constant time.</summary>
    public static bool operator ==(Digest left, Digest right) => left.Equals(right);

    /// <summary>Inequality in constant time.</summary>
    public static bool operator !=(Digest left, Digest right) => !left.Equals(right);
}
