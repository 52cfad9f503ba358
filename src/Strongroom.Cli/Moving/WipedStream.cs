using System.Buffers;
using Strongroom.Cli.Input;

namespace Strongroom.Cli.Moving;

/// <summary>Lets what writes to streams write into a wiped buffer.</summary>
internal sealed class WipedStream(WipedBuffer buffer) : Stream
{
    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => buffer.Length;

    public override long Position
    {
        get => buffer.Length;
        set => throw new NotSupportedException("The stream is only written, from its beginning to its end.");
    }

    public override void Flush()
    {
    }

    public override void Write(ReadOnlySpan<byte> bytes) => buffer.Write(bytes);

    public override void Write(byte[] bytes, int offset, int count) => buffer.Write(bytes.AsSpan(offset, count));

    public override int Read(byte[] bytes, int offset, int count) => throw new NotSupportedException("The stream is only written.");

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException("The stream is only written.");

    public override void SetLength(long value) => throw new NotSupportedException("The stream is only written.");
}
