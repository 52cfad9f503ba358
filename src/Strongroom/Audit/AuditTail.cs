using Strongroom.Storage;

namespace Strongroom.Audit;

/// <summary>What the newest entries say, for <c>last_accessed</c>. Not verified: it moves a time in the metadata and nothing else.</summary>
internal static class AuditTail
{
    private const long Bound = 1024 * 1024, Window = 64 * 1024, Widening = 8;

    /// <summary>When each secret was last read, by the entries after an index in the last MiB.</summary>
    public static Dictionary<string, DateTimeOffset> RecentReads(ChainFolder folder, int lastSegment, long after)
    {
        var times = new Dictionary<string, DateTimeOffset>(StringComparer.Ordinal);
        long left = Bound;
        for (int number = lastSegment; number > 0 && left > 0; number--)
        {
            using IFile? file = folder.Files.OpenRead(folder.Segment(number));
            if (file is null)
                break;
            long size = file.Status().Size;
            bool reached = Scan(file, Math.Max(0, size - left), after, times);
            left -= size;
            if (reached)
                break;
        }

        return times;
    }

    /// <summary>The lines after an index, without reading more of the log than the end of it that has them.</summary>
    public static List<byte[]> LinesAfter(ChainFolder folder, int lastSegment, long index)
    {
        var lines = new List<byte[]>();
        bool reached = false;
        for (int number = lastSegment; number > 0 && !reached; number--)
        {
            using IFile? file = folder.Files.OpenRead(folder.Segment(number));
            if (file is null)
                break;
            List<byte[]> some = [];
            long size = file.Status().Size;
            for (long window = Window; !reached; window *= Widening)
            {
                some = LinesAfter(file, Math.Max(0, size - window), index, out reached);
                if (window >= size)
                    break;
            }

            lines.InsertRange(0, some);
        }

        return lines;
    }

    private static List<byte[]> LinesAfter(IFile file, long from, long index, out bool reached)
    {
        var lines = new List<byte[]>();
        var reader = new LineReader(file, from);
        reached = false;
        if (from > 0)
            reader.Next(out _);
        while (reader.Next(out ReadOnlySpan<byte> line))
        {
            if (!AuditLine.TryParse(line, out AuditLine entry))
                continue;
            reached |= entry.Info.Index <= Math.Max(0, index);
            if (entry.Info.Index > index)
                lines.Add(line.ToArray());
        }

        return lines;
    }

    // Whether an entry at or before the index was met, so that older segments have nothing more.
    private static bool Scan(IFile file, long from, long after, Dictionary<string, DateTimeOffset> times)
    {
        var reader = new LineReader(file, from);
        bool reached = false;
        if (from > 0)
            reader.Next(out _);
        while (reader.Next(out ReadOnlySpan<byte> line))
        {
            if (!AuditLine.TryParse(line, out AuditLine entry))
                continue;
            reached |= entry.Info.Index <= after;
            if (entry.Info.Index > after && entry.HasReads)
                Note(entry.ToEntry(), times);
        }

        return reached;
    }

    private static void Note(AuditEntry entry, Dictionary<string, DateTimeOffset> times)
    {
        foreach (AuditSecret secret in entry.Secrets)
        {
            if (secret.Operation == AuditOperation.Read && (!times.TryGetValue(secret.Name, out DateTimeOffset known) || known < entry.Time))
                times[secret.Name] = entry.Time;
        }
    }
}
