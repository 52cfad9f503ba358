using Strongroom.Cryptography;

namespace Strongroom.Audit;

/// <summary>Finds the place in a log from which its end is read: the entry that the state has reached.</summary>
internal static class ChainOpening
{
    /// <summary>A cursor at the state's entry, or at the first entry that is there when no state opens.</summary>
    /// <param name="folder">The chain.</param>
    /// <param name="state">Its state, as read.</param>
    /// <param name="stateKey">The key of the state; meaningless without one.</param>
    /// <param name="first">K₀; null when it was printed.</param>
    /// <param name="headIndex">The index of the head's line.</param>
    public static ChainCursor Start(ChainFolder folder, StateFile state, ReadOnlySpan<byte> stateKey, SecretBuffer? first, long headIndex)
    {
        List<int> segments = folder.Segments();
        if (segments.Count == 0)
            throw AuditErrors.Missing(folder.Segment(1));
        if (state.Index < 0)
            return FromFirstKey(folder, segments[0], first ?? throw AuditErrors.StateMissing(folder.State), headIndex);
        return AtEnd(folder, segments, state.Index, stateKey) ?? Seek(folder, segments, state.Index, stateKey);
    }

    // The common case: the last line is the one before the state's entry.
    private static ChainCursor? AtEnd(ChainFolder folder, List<int> segments, long index, ReadOnlySpan<byte> stateKey)
    {
        var cursor = new ChainCursor(folder.Chain, index);
        try
        {
            cursor.Enter(segments[^1], folder.Files.OpenOrCreate(folder.Segment(segments[^1])));
            byte[]? line = LineFinder.LastLine(cursor.File!, out long end);
            if (line is null && segments.Count > 1)
            {
                // A crash came between the new segment and its first line.
                using Storage.IFile? before = folder.Files.OpenRead(folder.Segment(segments[^2]));
                line = before is null ? null : LineFinder.LastLine(before, out _);
                end = 0;
            }

            if (line is not null && AuditLine.TryParse(line, out AuditLine entry) && entry.Info.Chain == folder.Chain && entry.Info.Index == index - 1)
            {
                stateKey.CopyTo(cursor.Key);
                cursor.Last = Digest.Sha256(line);
                cursor.Offset = end;
                ChainCursor found = cursor;
                cursor = null;
                return found;
            }

            return null;
        }
        finally
        {
            cursor?.Dispose();
        }
    }

    // The log is ahead of its state, or damaged: lines that the state stands for are taken without their keys, which are gone; what follows can be verified.
    private static ChainCursor Seek(ChainFolder folder, List<int> segments, long index, ReadOnlySpan<byte> stateKey)
    {
        int segment = LineFinder.SegmentOf(folder, segments, index);
        if (segment == 0)
            throw AuditErrors.Truncated(folder.Path, Math.Max(0, LineFinder.FirstIndex(folder, segments[^1])), index - 1, "its state has reached");
        ChainCursor? cursor = new(folder.Chain, LineFinder.FirstIndex(folder, segment));
        try
        {
            cursor.Enter(segment, folder.Files.OpenOrCreate(folder.Segment(segment)));
            var reader = new LineReader(cursor.File!, 0);
            while (cursor.Index < index)
            {
                if (!reader.Next(out ReadOnlySpan<byte> line))
                    throw AuditErrors.Truncated(folder.Segment(segment), cursor.Index, index - 1, "its state has reached");
                if (!AuditLine.TryParse(line, out AuditLine entry) || entry.Info.Chain != folder.Chain || entry.Info.Index != cursor.Index || (cursor.Last is { } last && entry.Info.Previous != last))
                    throw AuditErrors.Tampered(folder.Segment(segment), cursor.Index, "is not in its place");
                cursor.TakeWithoutKey(line, cursor.Index);
            }

            stateKey.CopyTo(cursor.Key);
            ChainCursor found = cursor;
            cursor = null;
            return found;
        }
        finally
        {
            cursor?.Dispose();
        }
    }

    private static ChainCursor FromFirstKey(ChainFolder folder, int segment, SecretBuffer first, long headIndex)
    {
        long index = LineFinder.FirstIndex(folder, segment);
        if (index < 0 || (segment == 1 && index != 0) || index > headIndex + AuditLimits.MaxAhead)
            throw AuditErrors.Tampered(folder.Segment(segment), Math.Max(0, index), "can't be its first");
        var cursor = new ChainCursor(folder.Chain, 0);
        cursor.RatchetTo(first.Span, index);
        cursor.Enter(segment, folder.Files.OpenOrCreate(folder.Segment(segment)));
        return cursor;
    }
}
