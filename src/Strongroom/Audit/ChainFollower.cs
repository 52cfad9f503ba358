using Strongroom.Storage;

namespace Strongroom.Audit;

/// <summary>Reads and verifies what has been appended behind a cursor, by this process or another.</summary>
internal static class ChainFollower
{
    private const int MaxRead = 64 * 1024;

    /// <summary>Moves a cursor to the end of the log.</summary>
    /// <param name="folder">The chain.</param>
    /// <param name="cursor">Has the key of its entry.</param>
    /// <param name="anchored">The index that the state has reached; -1 when there is none.</param>
    /// <param name="durable">Entries below this index are durable, so a crash can't have harmed them; -1 when nothing says how far that goes.</param>
    /// <returns>The bytes behind the last entry that are none; null when another file has taken the place of the cursor's.</returns>
    public static long? Follow(ChainFolder folder, ChainCursor cursor, long anchored, long durable)
    {
        while (true)
        {
            string path = folder.Segment(cursor.Segment);
            FileStatus status = folder.Files.Status(path) ?? throw AuditErrors.Missing(path);
            if (status.Inode != cursor.Identity.Inode || status.Device != cursor.Identity.Device)
                return null;
            if (status.Size < cursor.Offset)
                throw AuditErrors.Truncated(path, Math.Max(0, cursor.Index - 1), cursor.Index - 1, "this process has seen");
            string next = folder.Segment(cursor.Segment + 1);
            bool isLast = folder.Files.Status(next) is null;
            long rest = status.Size > cursor.Offset ? ReadOn(path, cursor, status.Size, isLast ? durable : -1) : 0;
            if (isLast)
            {
                return cursor.Index < anchored ? throw AuditErrors.Truncated(path, cursor.Index, anchored - 1, "its state has reached") : rest;
            }

            // A segment is durable before the next one is begun.
            if (rest > 0)
                throw AuditErrors.Tampered(path, cursor.Index, "is not readable");
            cursor.Enter(cursor.Segment + 1, folder.Files.OpenOrCreate(next));
        }
    }

    private static long ReadOn(string path, ChainCursor cursor, long size, long durable)
    {
        var reader = new LineReader(cursor.File!, cursor.Offset, (int)Math.Min(MaxRead, size - cursor.Offset + 1));
        while (reader.Next(out ReadOnlySpan<byte> line))
        {
            if (!AuditLine.TryParse(line, out AuditLine entry))
            {
                // Not yet durable lines that a power loss took leave zeros, perhaps with later lines behind them. Durable ones do not.
                return durable >= 0 && cursor.Index >= durable ? size - cursor.Offset : throw AuditErrors.Tampered(path, cursor.Index, "is not readable");
            }

            if (cursor.Reject(entry) is { } why)
                throw AuditErrors.Tampered(path, cursor.Index, why);
            cursor.Take(line);
        }

        return reader.Rest;
    }
}
