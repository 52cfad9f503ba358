using Strongroom.Cryptography;
using Strongroom.Storage;

namespace Strongroom.Audit;

/// <summary>A chain as it can be read: from the files of this machine, or as its lines were gathered in a database.</summary>
internal interface IChainLines
{
    /// <summary>The chain.</summary>
    RandomId Chain { get; }

    /// <summary>Whether these are the lines in a database: there is no state beside them, and only a head vouches for their end.</summary>
    bool IsGathered { get; }

    /// <summary>The numbers of the segments that are there, ascending; 1 is the one with the chain's first entry.</summary>
    List<int> Segments();

    /// <summary>The lines of a segment; null when it has gone.</summary>
    ILines? Open(int segment);

    /// <summary>A segment for messages.</summary>
    string NameOf(int segment);
}

/// <summary>Lines, one after the other.</summary>
internal interface ILines : IDisposable
{
    /// <summary>The next line without its LF, valid until the next call; false when there is no other complete line.</summary>
    bool Next(out ReadOnlySpan<byte> line);

    /// <summary>When no line is left: the bytes that follow and are none.</summary>
    long Rest { get; }

    /// <summary>The bytes from the start of the line last given to the end.</summary>
    long FromLine { get; }
}

/// <summary>The lines of a segment's file, which it owns.</summary>
internal sealed class SegmentLines(IFile file, int bufferSize) : ILines
{
    private readonly LineReader _reader = new(file, 0, bufferSize);

    public long Rest => _reader.Rest;

    public long FromLine => file.Status().Size - _reader.LineStart;

    public bool Next(out ReadOnlySpan<byte> line) => _reader.Next(out line);

    public void Dispose() => file.Dispose();
}
