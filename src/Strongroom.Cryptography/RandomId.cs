using System.Buffers;
using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Security.Cryptography;

namespace Strongroom.Cryptography;

/// <summary>16 random bytes that name a vault, a secret's incarnation, a slot, a commit or an audit chain; printed as 32 lower-case hexadecimal digits.</summary>
public readonly struct RandomId : IEquatable<RandomId>, IComparable<RandomId>
{
    private static readonly SearchValues<char> Digits = SearchValues.Create("0123456789abcdef");

    private readonly UInt128 _value;

    private RandomId(UInt128 value) => _value = value;

    /// <summary>The number of bytes, 16.</summary>
    public const int Size = 16;

    /// <summary>A new id from the system's random generator.</summary>
    public static RandomId New()
    {
        Span<byte> bytes = stackalloc byte[Size];
        RandomNumberGenerator.Fill(bytes);
        return new RandomId(BinaryPrimitives.ReadUInt128BigEndian(bytes));
    }

    /// <summary>Reads 16 bytes.</summary>
    /// <param name="bytes">Exactly 16 bytes.</param>
    public static RandomId FromBytes(ReadOnlySpan<byte> bytes)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(bytes.Length, Size);
        return new RandomId(BinaryPrimitives.ReadUInt128BigEndian(bytes));
    }

    /// <summary>Reads exactly 32 lower-case hexadecimal digits; anything else is refused.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, out RandomId id)
    {
        id = default;
        if (text is not { Length: 2 * Size } || text.AsSpan().ContainsAnyExcept(Digits))
            return false;
        id = new RandomId(UInt128.Parse(text, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture));
        return true;
    }

    /// <summary>Writes the 16 bytes.</summary>
    public void CopyTo(Span<byte> destination) => BinaryPrimitives.WriteUInt128BigEndian(destination, _value);

    /// <inheritdoc/>
    public override string ToString() => _value.ToString("x32", CultureInfo.InvariantCulture);

    /// <inheritdoc/>
    public bool Equals(RandomId other) => _value == other._value;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is RandomId other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => _value.GetHashCode();

    /// <inheritdoc/>
    public int CompareTo(RandomId other) => _value.CompareTo(other._value);

    /// <summary>Equality of the bytes.</summary>
    public static bool operator ==(RandomId left, RandomId right) => left.Equals(right);

    /// <summary>Inequality of the bytes.</summary>
    public static bool operator !=(RandomId left, RandomId right) => !left.Equals(right);

    /// <summary>Order of the bytes.</summary>
    public static bool operator <(RandomId left, RandomId right) => left.CompareTo(right) < 0;

    /// <summary>Order of the bytes.</summary>
    public static bool operator >(RandomId left, RandomId right) => left.CompareTo(right) > 0;

    /// <summary>Order of the bytes.</summary>
    public static bool operator <=(RandomId left, RandomId right) => left.CompareTo(right) <= 0;

    /// <summary>Order of the bytes.</summary>
    public static bool operator >=(RandomId left, RandomId right) => left.CompareTo(right) >= 0;
}
