using System.Buffers;
using System.Security.Cryptography;

namespace Strongroom.Cli.Input;

/// <summary>
/// A growing buffer for what is typed, read or about to be printed. Pinned, so the collector makes no copies when it moves things; every array is zeroed when it is outgrown or disposed of.
/// </summary>
internal sealed class WipedBuffer : IBufferWriter<byte>, IDisposable
{
    private byte[] _bytes;

    public WipedBuffer(int capacity = 512) => _bytes = GC.AllocateUninitializedArray<byte>(Math.Max(capacity, 16), pinned: true);

    /// <summary>How many bytes it holds.</summary>
    public int Length { get; private set; }

    /// <summary>The bytes. Not to be kept beyond the buffer's life.</summary>
    public ReadOnlySpan<byte> Span => _bytes.AsSpan(0, Length);

    public void Advance(int count)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)count, (uint)(_bytes.Length - Length));
        Length += count;
    }

    public Memory<byte> GetMemory(int sizeHint = 0)
    {
        Reserve(sizeHint);
        return _bytes.AsMemory(Length);
    }

    public Span<byte> GetSpan(int sizeHint = 0)
    {
        Reserve(sizeHint);
        return _bytes.AsSpan(Length);
    }

    /// <summary>What it holds, to be changed in place.</summary>
    public Memory<byte> Written => _bytes.AsMemory(0, Length);

    /// <summary>Appends bytes.</summary>
    public void Write(ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(GetSpan(bytes.Length));
        Length += bytes.Length;
    }

    /// <summary>Zeroes what it holds; it can be filled again.</summary>
    public void Clear()
    {
        CryptographicOperations.ZeroMemory(_bytes.AsSpan(0, Length));
        Length = 0;
    }

    /// <summary>Drops one final LF or CRLF: it ends the line of a file or pipe and does not belong to the text.</summary>
    public void DropFinalNewline()
    {
        if (Length > 0 && Span[^1] == (byte)'\n')
            Length--;
        else
            return;
        if (Length > 0 && Span[^1] == (byte)'\r')
            Length--;
    }

    public void Dispose()
    {
        CryptographicOperations.ZeroMemory(_bytes);
        Length = 0;
    }

    private void Reserve(int sizeHint)
    {
        var needed = Length + Math.Max(sizeHint, 1);
        if (needed <= _bytes.Length)
            return;
        var larger = GC.AllocateUninitializedArray<byte>(Math.Max(needed, _bytes.Length * 2), pinned: true);
        Span.CopyTo(larger);
        CryptographicOperations.ZeroMemory(_bytes);
        _bytes = larger;
    }
}
