using Strongroom.Cryptography;
using Strongroom.Storage;
using Strongroom.Vault;

namespace Strongroom.Audit;

/// <summary>
/// The lines of all chains as they were gathered in a database, each a row <c>a/CHAIN/INDEX</c>: a commit's entry, and all of its chain before it, with the commit; entries of reads some time later.
/// Rows are never changed, and as little believed as any other row: chain and MACs tell. Calls wait for the database, so they are made where waiting does no harm.
/// </summary>
internal sealed class GatheredLog(RecordStorage storage)
{
    private const int PageSize = 256, Probes = 16;

    /// <summary>How many bytes of lines go with one commit; what is more goes before it.</summary>
    public const int MaxBytes = 256 * 1024;

    /// <summary>Rows of lines that follow each other.</summary>
    public static List<StoredRow> Rows(RandomId chain, long first, IEnumerable<byte[]> lines) => [.. lines.Select((line, i) => new StoredRow(RowKey.AuditLine(chain, first + i), line))];

    /// <summary>Puts all rows but the last few, which are small enough to go with a commit and are given back.</summary>
    public async ValueTask<IReadOnlyList<StoredRow>> PutBacklogAsync(IReadOnlyList<StoredRow> rows, CancellationToken ct)
    {
        int from = 0;
        long left = rows.Sum(static row => (long)row.Bytes.Length);
        while (left > MaxBytes && from < rows.Count - 1)
        {
            var some = new List<StoredRow>();
            for (long size = 0; from < rows.Count - 1 && (some.Count == 0 || size + rows[from].Bytes.Length <= MaxBytes) && some.Count < PageSize; from++)
            {
                some.Add(rows[from]);
                size += rows[from].Bytes.Length;
                left -= rows[from].Bytes.Length;
            }

            await storage.AppendAsync(some, ct).ConfigureAwait(false);
        }

        return from == 0 ? rows : [.. rows.Skip(from)];
    }

    /// <summary>Puts rows.</summary>
    public async ValueTask PutAsync(IReadOnlyList<StoredRow> rows, CancellationToken ct)
    {
        IReadOnlyList<StoredRow> last = await PutBacklogAsync(rows, ct).ConfigureAwait(false);
        await storage.AppendAsync(last, ct).ConfigureAwait(false);
    }

    /// <summary>Puts the entries of a chain of another place, as they stand.</summary>
    public async ValueTask CopyAsync(IChainLines chain, CancellationToken ct)
    {
        foreach (int segment in chain.Segments())
        {
            using ILines? lines = chain.Open(segment);
            for (List<StoredRow> some = Some(lines, chain.Chain); some.Count > 0; some = Some(lines, chain.Chain))
                await storage.AppendAsync(some, ct).ConfigureAwait(false);
        }
    }

    /// <summary>Lines of a chain from one index to before another, up to the first that is missing.</summary>
    public IEnumerable<byte[]> Read(RandomId chain, long from, long to)
    {
        for (long at = from; at < to; at += PageSize)
        {
            RowKey[] keys = [.. Enumerable.Range(0, (int)Math.Min(PageSize, to - at)).Select(i => RowKey.AuditLine(chain, at + i))];
            foreach (ReadOnlyMemory<byte>? line in Wait(() => storage.Backend.ReadAsync(keys))?.Rows ?? [])
            {
                if (line is not { } bytes)
                    yield break;
                yield return bytes.ToArray();
            }
        }
    }

    /// <summary>How far a chain has been gathered beyond an index that has been, by looking.</summary>
    public long Reach(RandomId chain, long gathered, long last)
    {
        while (last > gathered)
        {
            long step = Math.Max(1, (last - gathered) / Probes);
            long[] probes = [.. Enumerable.Range(1, Probes).Select(i => gathered + (i * step)).TakeWhile(i => i <= last)];
            int found = Wait(() => storage.Backend.ReadAsync([.. probes.Select(i => RowKey.AuditLine(chain, i))]))?.Rows.TakeWhile(static row => row is not null).Count() ?? 0;
            last = found < probes.Length ? probes[found] - 1 : last;
            if (found > 0)
                gathered = probes[found - 1];
        }

        return gathered;
    }

    /// <summary>The chains of which there are lines.</summary>
    public List<RandomId> Chains()
    {
        var chains = new List<RandomId>();
        RowKey? after = null;
        while (Page(new ScanRequest("a/", after, 1, KeysOnly: true)) is [var row, ..])
        {
            string[] parts = row.Key.ToString().Split('/');
            if (parts.Length == 3 && RandomId.TryParse(parts[1], out RandomId id))
                chains.Add(id);
            // ':' follows the digits, so this is behind all lines of the chain and before those of the next.
            after = RowKey.FromStored($"a/{parts.ElementAtOrDefault(1)}/:");
        }

        return chains;
    }

    /// <summary>A chain's lines.</summary>
    public IChainLines Of(RandomId chain) => new GatheredChain(this, chain);

    private static List<StoredRow> Some(ILines? lines, RandomId chain)
    {
        var rows = new List<StoredRow>();
        for (long size = 0; lines is not null && rows.Count < PageSize && size < MaxBytes && lines.Next(out ReadOnlySpan<byte> line); size += line.Length)
        {
            if (AuditLine.TryParse(line, out AuditLine entry) && entry.Info.Chain == chain)
                rows.Add(new StoredRow(RowKey.AuditLine(chain, entry.Info.Index), line.ToArray()));
        }

        return rows;
    }

    private List<StoredRow> Page(ScanRequest scan) => Wait(async () =>
    {
        var rows = new List<StoredRow>();
        await foreach (StoredRow row in storage.Backend.ScanAsync(scan).ConfigureAwait(false))
            rows.Add(row);
        return rows;
    });

    private T Wait<T>(Func<ValueTask<T>> call) => Synchronous.Wait(storage.Backend, call);

    private sealed class GatheredChain(GatheredLog log, RandomId chain) : IChainLines
    {
        private readonly string _prefix = $"a/{chain}/";

        public RandomId Chain => chain;

        public bool IsGathered => true;

        // One without the first entry is not the first segment: it has been moved away, as files may be.
        public List<int> Segments() => log.Page(new ScanRequest(_prefix, null, 1, KeysOnly: true)) is [var row, ..] ? [row.Key == RowKey.AuditLine(chain, 0) ? 1 : 2] : [];

        public ILines? Open(int segment) => new RowLines(after => log.Page(new ScanRequest(_prefix, after, PageSize)));

        public string NameOf(int segment) => $"{_prefix}… in the database";
    }

    private sealed class RowLines(Func<RowKey?, List<StoredRow>> read) : ILines
    {
        private List<StoredRow> _page = [];
        private RowKey? _last;
        private int _next;

        public long Rest => 0;

        public long FromLine => _page[_next - 1].Bytes.Length;

        public bool Next(out ReadOnlySpan<byte> line)
        {
            if (_next == _page.Count)
                (_page, _next) = (read(_last), 0);
            line = _page.Count > 0 ? _page[_next].Bytes.Span : default;
            if (_page.Count == 0)
                return false;
            _last = _page[_next++].Key;
            return true;
        }

        public void Dispose()
        {
        }
    }
}
