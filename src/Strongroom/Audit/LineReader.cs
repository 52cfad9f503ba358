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

    private bool Fill()
    {
        if (_start > 0)
        {
            _buffer.AsSpan(_start, _filled).CopyTo(_buffer);
            _start = 0;
        }

        if (_filled == _buffer.Length)
            Array.Resize(ref _buffer, 2 * _buffer.Length);
        int read = _file.Read(_buffer.AsSpan(_filled), Offset + _filled);
        _filled += read;
        return read > 0;
    }
}
