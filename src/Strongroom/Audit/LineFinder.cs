using System.Buffers;
using Strongroom.Cryptography;
using Strongroom.Storage;

namespace Strongroom.Audit;

/// <summary>Finds lines in a chain without reading all of it.</summary>
internal static class LineFinder
{
    private const int Linear = 64 * 1024;

    /// <summary>A segment's first entry; null when it has no complete line, or that is no entry of this chain.</summary>
    public static AuditLine.Header? First(ChainFolder folder, int segment)
    {
        using IFile? file = folder.Files.OpenRead(folder.Segment(segment));
        return file is not null && new LineReader(file, 0, 4096).Next(out ReadOnlySpan<byte> line) ? HeaderOf(folder.Chain, line) : null;
    }

    /// <summary>A chain's very first entry; null when it is not there.</summary>
    public static AuditLine.Header? First(IChainLines chain)
    {
        if (chain.Segments() is not [1, ..])
            return null;
        using ILines? lines = chain.Open(1);
        return lines is not null && lines.Next(out ReadOnlySpan<byte> line) ? HeaderOf(chain.Chain, line) : null;
    }

    /// <summary>The index of a segment's first entry; -1 when there is none.</summary>
    public static long FirstIndex(ChainFolder folder, int segment) => First(folder, segment)?.Index ?? -1;

    /// <summary>The last segment whose first entry is at or before an index; 0 when there is none.</summary>
    public static int SegmentOf(ChainFolder folder, List<int> segments, long index)
    {
        for (int i = segments.Count - 1; i >= 0; i--)
        {
            long first = FirstIndex(folder, segments[i]);
            if (first >= 0 && first <= index)
                return segments[i];
        }

        return 0;
    }

    /// <summary>Whether a chain holds a line at its index, or has moved its segment away.</summary>
    public static bool Holds(ChainFolder folder, ReadOnlySpan<byte> line)
    {
        if (!AuditLine.TryParse(line, out AuditLine entry) || entry.Info.Chain != folder.Chain)
            return false;
        List<int> segments = folder.Segments();
        int segment = SegmentOf(folder, segments, entry.Info.Index);
        return segment == 0 ? segments.Count > 0 && segments[0] > 1 : Contains(folder, segment, entry.Info.Index, line);
    }

    /// <summary>The hash of the last complete line of a chain; null when there is none.</summary>
    public static Digest? End(ChainFolder folder)
    {
        List<int> segments = folder.Segments();
        for (int i = segments.Count - 1; i >= 0; i--)
        {
            using IFile? file = folder.Files.OpenRead(folder.Segment(segments[i]));
            if (file is not null && LastLine(file, out _) is { } line)
                return Digest.Sha256(line);
        }

        return null;
    }

    /// <summary>The last complete line of a file, and where it ends; null when there is none.</summary>
    public static byte[]? LastLine(IFile file, out long end)
    {
        long last = LastEnd(file, file.Status().Size);
        end = last + 1;
        if (last < 0)
            return null;
        long before = LastEnd(file, last);
        if (last - before > AuditLimits.MaxLineBytes || (before < 0 && last > AuditLimits.MaxLineBytes))
            return null;
        byte[] line = new byte[last - before - 1];
        return file.Read(line, before + 1) == line.Length ? line : null;
    }

    private static AuditLine.Header? HeaderOf(RandomId chain, ReadOnlySpan<byte> line) => AuditLine.TryParse(line, out AuditLine entry) && entry.Info.Chain == chain ? entry.Info : null;

    // The last LF before an offset, within the length of two lines; -1 when there is none. In pieces: a file without any must not cost memory.
    private static long LastEnd(IFile file, long offset)
    {
        byte[] chunk = ArrayPool<byte>.Shared.Rent(Linear);
        try
        {
            long least = Math.Max(0, offset - (2L * AuditLimits.MaxLineBytes));
            for (long to = offset; to > least;)
            {
                long from = Math.Max(0, to - chunk.Length);
                int read = file.Read(chunk.AsSpan(0, (int)(to - from)), from), found = chunk.AsSpan(0, read).LastIndexOf((byte)'\n');
                if (found >= 0)
                    return from + found;
                to = from;
            }

            return -1;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(chunk);
        }
    }

    /// <summary>Whether a segment holds exactly this line as the entry of an index. Entries ascend, so the place is found by halving.</summary>
    public static bool Contains(ChainFolder folder, int segment, long index, ReadOnlySpan<byte> expected)
    {
        using IFile? file = folder.Files.OpenRead(folder.Segment(segment));
        if (file is null)
            return false;
        long low = 0, high = file.Status().Size;
        while (high - low > Linear)
        {
            long middle = low + ((high - low) / 2);
            var probe = new LineReader(file, middle, 4096);
            if (probe.Next(out _) && probe.Next(out ReadOnlySpan<byte> found) && probe.LineStart < high && AuditLine.TryParse(found, out AuditLine entry) && entry.Info.Index <= index)
                low = probe.LineStart;
            else
                high = middle;
        }

        var reader = new LineReader(file, low);
        while (reader.Next(out ReadOnlySpan<byte> line))
        {
            if (!AuditLine.TryParse(line, out AuditLine entry) || entry.Info.Index > index)
                return false;
            if (entry.Info.Index == index)
                return line.SequenceEqual(expected); // public
        }

        return false;
    }
}
