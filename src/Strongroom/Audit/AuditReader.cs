using Strongroom.Cryptography;
using Strongroom.Storage;

namespace Strongroom.Audit;

/// <summary>Reads entries as they stand.</summary>
internal static class AuditReader
{
    /// <summary>The entries of all chains that have a folder, merged by time; within a chain they keep their order, whatever the clock did.</summary>
    public static IEnumerable<AuditEntry> Merge(IFileSystem files, string folder, CancellationToken ct)
    {
        var queue = new PriorityQueue<IEnumerator<AuditEntry>, (DateTimeOffset Time, RandomId Chain)>();
        var chains = new List<IEnumerator<AuditEntry>>();
        try
        {
            foreach (RandomId id in ChainFolder.All(files, folder))
            {
                IEnumerator<AuditEntry> chain = Chain(new ChainFolder(files, folder, id), ct).GetEnumerator();
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

    private static IEnumerable<AuditEntry> Chain(ChainFolder folder, CancellationToken ct)
    {
        foreach (int segment in folder.Segments())
        {
            using IFile? file = folder.Files.OpenRead(folder.Segment(segment));
            if (file is null)
                continue;
            var reader = new LineReader(file, 0);
            for (long number = 1; ; number++)
            {
                ct.ThrowIfCancellationRequested();
                AuditEntry? entry = Next(reader, folder.Segment(segment), number);
                if (entry is null)
                    break;
                yield return entry;
            }
        }
    }

    // What follows the last LF is being written, or was torn by a crash and will be recorded: no line.
    private static AuditEntry? Next(LineReader reader, string path, long number)
    {
        if (!reader.Next(out ReadOnlySpan<byte> line))
            return null;
        return AuditLine.TryParse(line, out AuditLine entry) ? entry.ToEntry() : throw AuditErrors.Malformed(path, number);
    }
}
