using System.Buffers.Binary;

namespace Strongroom.Cryptography;

/// <summary>The length-prefixed encodings <c>lp</c> and <c>ctx</c> of the format, section 1. Injective by construction.</summary>
public ref struct ContextBuilder
{
    private static ReadOnlySpan<byte> Format => "strongroom/v1"u8;

    private readonly Span<byte> _buffer;
    private int _length;

    /// <summary>Starts <c>ctx(label)</c> in <paramref name="buffer"/>.</summary>
    /// <param name="buffer">Room for everything: a context that does not fit is an <see cref="ArgumentException"/>, never cut.</param>
    /// <param name="label">The label, UTF-8.</param>
    public ContextBuilder(Span<byte> buffer, scoped ReadOnlySpan<byte> label)
    {
        _buffer = buffer;
        Add(Format);
        Add(label);
    }

    private ContextBuilder(Span<byte> buffer) => _buffer = buffer;

    /// <summary>Starts <c>lp()</c>, an encoding without format and label.</summary>
    /// <param name="buffer">Room for everything.</param>
    public static ContextBuilder LengthPrefixed(Span<byte> buffer) => new(buffer);

    /// <summary>Adds bytes.</summary>
    /// <exception cref="ArgumentException">The buffer is full.</exception>
    public void Add(scoped ReadOnlySpan<byte> field)
    {
        if (_buffer.Length - _length - sizeof(uint) < field.Length)
            throw new ArgumentException("The buffer is too small for the context.", nameof(field));
        BinaryPrimitives.WriteInt32BigEndian(_buffer[_length..], field.Length);
        field.CopyTo(_buffer[(_length + sizeof(uint))..]);
        _length += sizeof(uint) + field.Length;
    }

    /// <summary>Adds a number as <c>u64</c>.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Negative.</exception>
    public void Add(long number)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(number);
        Span<byte> bytes = stackalloc byte[sizeof(ulong)];
        BinaryPrimitives.WriteInt64BigEndian(bytes, number);
        Add(bytes);
    }

    /// <summary>Adds an id.</summary>
    public void Add(RandomId id)
    {
        Span<byte> bytes = stackalloc byte[RandomId.Size];
        id.CopyTo(bytes);
        Add(bytes);
    }

    /// <summary>What has been written.</summary>
    public readonly ReadOnlySpan<byte> Written => _buffer[.._length];
}
