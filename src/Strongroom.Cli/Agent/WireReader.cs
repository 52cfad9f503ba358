using System.Buffers.Binary;
using System.Text;
using Strongroom.Cryptography;

namespace Strongroom.Cli.Agent;

/// <summary>Reads one frame, which may be anything: whatever does not fit is a <see cref="WireException"/>, and no length is believed before its bytes are there.</summary>
internal ref struct WireReader(ReadOnlySpan<byte> frame)
{
    private ReadOnlySpan<byte> _rest = frame;

    /// <summary>How many bytes are left.</summary>
    public readonly int Left => _rest.Length;

    /// <summary>Whether all was read.</summary>
    public readonly bool IsAtEnd => _rest.IsEmpty;

    public byte Byte() => Take(1)[0];

    public bool Flag() => Byte() switch
    {
        0 => false,
        1 => true,
        _ => throw new WireException(),
    };

    public long Number() => BinaryPrimitives.ReadInt64LittleEndian(Take(sizeof(long)));

    public long? NumberOrNull() => Flag() ? Number() : null;

    public ReadOnlySpan<byte> Bytes() => Take(BinaryPrimitives.ReadUInt32LittleEndian(Take(sizeof(uint))));

    public string Text() => TextOrNull() ?? throw new WireException();

    public string? TextOrNull()
    {
        var length = BinaryPrimitives.ReadUInt32LittleEndian(Take(sizeof(uint)));
        if (length == WireWriter.Absent)
            return null;
        try
        {
            return Utf8.Strict.GetString(Take(length));
        }
        catch (DecoderFallbackException)
        {
            throw new WireException();
        }
    }

    public DateTimeOffset Time() => TimeOrNull() ?? throw new WireException();

    public DateTimeOffset? TimeOrNull() => NumberOrNull() switch
    {
        null => null,
        { } ticks when ticks >= 0 && ticks <= DateTimeOffset.MaxValue.Ticks => new DateTimeOffset(ticks, TimeSpan.Zero),
        _ => throw new WireException(),
    };

    public RandomId Id() => RandomId.FromBytes(Take(RandomId.Size));

    public SecretName Name() => SecretName.Parse(Text());

    /// <summary>The number of items that follow, each of which has at least one byte.</summary>
    public int Count()
    {
        var count = BinaryPrimitives.ReadUInt32LittleEndian(Take(sizeof(uint)));
        return count <= _rest.Length ? (int)count : throw new WireException();
    }

    private ReadOnlySpan<byte> Take(uint length)
    {
        if (length > (uint)_rest.Length)
            throw new WireException();
        var taken = _rest[..(int)length];
        _rest = _rest[(int)length..];
        return taken;
    }
}

/// <summary>A frame is not what the protocol says.</summary>
internal sealed class WireException() : Exception("A frame is not what the protocol of the agent says.");
