using System.Buffers;
using Strongroom.Storage;

namespace Strongroom.Audit;

/// <summary>The lines of a segment, one after the other, without loading it. Does not own the file.</summary>
internal sealed class LineReader
{
    private readonly IFile _file;
    private byte[] _buffer;
    private int _start;
    private int _filled;

    /// <summary>Reads from an offset, which is the start of a line.</summary>
    public LineReader(IFile file, long offset, int bufferSize = 64 * 1024)
    {
        _file = file;
        _buffer = new byte[bufferSize];
        LineStart = Offset = offset;
    }

    /// <summary>Where the line last given begins; after the last one, where the rest begins.</summary>
    public long LineStart { get; private set; }

    /// <summary>Behind the line last given and its LF.</summary>
    public long Offset { get; private set; }

    /// <summary>When no line is left: the bytes that follow without an LF, or that are too many for a line.</summary>
    public long Rest { get; private set; }

    /// <summary>The next line without its LF, valid until the next call; false when there is no other complete line.</summary>
    public bool Next(out ReadOnlySpan<byte> line)
    {
        int searched = 0;
        LineStart = Offset;
        while (true)
        {
            int end = _buffer.AsSpan(_start + searched, _filled - searched).IndexOf((byte)'\n');
            if (end >= 0)
            {
                end += searched;
                line = _buffer.AsSpan(_start, end);
                _start += end + 1;
                _filled -= end + 1;
                Offset += end + 1;
                return true;
            }

            searched = _filled;
            if (_filled > AuditLimits.MaxLineBytes || !Fill())
            {
                Rest = Math.Max(_filled, _file.Status().Size - Offset);
                line = default;
                return false;
            }
        }
    }

    // Where the LF is behind what has been read; -1 when there is none within the length of a line.
    private long FindEnd()
    {
        byte[] chunk = ArrayPool<byte>.Shared.Rent(64 * 1024);
        try
        {
            long most = Offset + AuditLimits.MaxLineBytes;
            for (long at = Offset + _filled; at <= most; at += chunk.Length)
            {
                int read = _file.Read(chunk, at), found = chunk.AsSpan(0, read).IndexOf((byte)'\n');
                if (found >= 0)
                    return at + found;
                if (read < chunk.Length)
                    break;
            }

            return -1;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(chunk);
        }
    }

    private bool Fill()
    {
        if (_start > 0)
        {
            _buffer.AsSpan(_start, _filled).CopyTo(_buffer);
            _start = 0;
        }

        if (_filled == _buffer.Length)
        {
            // A file without line ends, as somebody could make it, must not cost the memory of the longest line.
            long end = FindEnd();
            if (end < 0)
                return false;
            Array.Resize(ref _buffer, (int)Math.Max(end + 1 - Offset, 2L * _buffer.Length));
        }

        int read = _file.Read(_buffer.AsSpan(_filled), Offset + _filled);
        _filled += read;
        return read > 0;
    }
}
