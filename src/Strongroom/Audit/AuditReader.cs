using Strongroom.Cryptography;

namespace Strongroom.Audit;

/// <summary>Reads entries as they stand.</summary>
internal static class AuditReader
{
    /// <summary>The entries of all chains, merged by time; within a chain they keep their order, whatever the clock did.</summary>
    public static IEnumerable<AuditEntry> Merge(AuditShelf shelf, RandomId? own, CancellationToken ct)
    {
        var queue = new PriorityQueue<IEnumerator<AuditEntry>, (DateTimeOffset Time, RandomId Chain)>();
        var chains = new List<IEnumerator<AuditEntry>>();
        try
        {
            foreach (RandomId id in shelf.Chains())
            {
                IEnumerator<AuditEntry> chain = Chain(shelf.Lines(id, isOwn: own is null || id == own), ct).GetEnumerator();
                chains.Add(chain);
                if (chain.MoveNext())
                    queue.Enqueue(chain, (chain.Current.Time, id));
            }

            while (queue.TryDequeue(out IEnumerator<AuditEntry>? chain, out _))
            {
                AuditEntry entry = chain.Current;
                yield return entry;
                if (chain.MoveNext())
                    queue.Enqueue(chain, (chain.Current.Time, entry.Chain));
            }
        }
        finally
        {
            foreach (IEnumerator<AuditEntry> chain in chains)
                chain.Dispose();
        }
    }

    private static IEnumerable<AuditEntry> Chain(IChainLines chain, CancellationToken ct)
    {
        foreach (int segment in chain.Segments())
        {
            using ILines? lines = chain.Open(segment);
            if (lines is null)
                continue;
            for (long number = 1; ; number++)
            {
                ct.ThrowIfCancellationRequested();
                AuditEntry? entry = Next(lines, chain.NameOf(segment), number);
                if (entry is null)
                    break;
                yield return entry;
            }
        }
    }

    // What follows the last LF is being written, or was torn by a crash and will be recorded: no line.
    private static AuditEntry? Next(ILines lines, string path, long number)
    {
        if (!lines.Next(out ReadOnlySpan<byte> line))
            return null;
        return AuditLine.TryParse(line, out AuditLine entry) ? entry.ToEntry() : throw AuditErrors.Malformed(path, number);
    }
}
