using System.Buffers.Binary;
using System.Text;
using Strongroom.Cli.Input;
using Strongroom.Cryptography;

namespace Strongroom.Cli.Agent;

/// <summary>Writes one frame into memory that is zeroed: numbers little-endian, texts and bytes with their length before them.</summary>
internal sealed class WireWriter : IDisposable
{
    /// <summary>The length of a text that is null.</summary>
    public const uint Absent = uint.MaxValue;

    private readonly WipedBuffer _buffer = new(1024);

    public WireWriter() => Begin();

    /// <summary>The frame so far, with its length in front.</summary>
    public ReadOnlyMemory<byte> Frame()
    {
        var frame = _buffer.Written;
        BinaryPrimitives.WriteUInt32LittleEndian(frame.Span, (uint)(frame.Length - sizeof(uint)));
        return frame;
    }

    /// <summary>Forgets what was written, for the next frame.</summary>
    public void Reset()
    {
        _buffer.Clear();
        Begin();
    }

    public void Byte(byte value)
    {
        _buffer.GetSpan(1)[0] = value;
        _buffer.Advance(1);
    }

    public void Flag(bool value) => Byte(value ? (byte)1 : (byte)0);

    public void Length(uint value)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(_buffer.GetSpan(sizeof(uint)), value);
        _buffer.Advance(sizeof(uint));
    }

    public void Number(long value)
    {
        BinaryPrimitives.WriteInt64LittleEndian(_buffer.GetSpan(sizeof(long)), value);
        _buffer.Advance(sizeof(long));
    }

    public void Number(long? value)
    {
        Flag(value is not null);
        if (value is { } number)
            Number(number);
    }

    public void Bytes(ReadOnlySpan<byte> value)
    {
        Length((uint)value.Length);
        _buffer.Write(value);
    }

    public void Text(string? value)
    {
        if (value is null)
        {
            Length(Absent);
            return;
        }

        Length((uint)Utf8.Strict.GetByteCount(value));
        EncodingExtensions.GetBytes(Utf8.Strict, value, _buffer);
    }

    public void Time(DateTimeOffset? value) => Number(value?.UtcTicks);

    public void Id(RandomId value)
    {
        value.CopyTo(_buffer.GetSpan(RandomId.Size));
        _buffer.Advance(RandomId.Size);
    }

    public void Items<T>(IReadOnlyCollection<T> items, Action<WireWriter, T> write)
    {
        Length((uint)items.Count);
        foreach (var item in items)
            write(this, item);
    }

    public void Dispose() => _buffer.Dispose();

    private void Begin() => Length(0);
}
