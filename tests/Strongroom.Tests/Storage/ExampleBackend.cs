using System.Runtime.CompilerServices;
using Strongroom.Storage;

namespace Strongroom.Tests.Storage;

// docs/backends.md shows what follows, word for word; a test compares.
public sealed class ExampleBackend(ExampleBackend.Shared storage) : IVaultBackend
{
    public string Location => "example:1";

    public BackendLimits Limits { get; } = new(RecordIndex.Tree, MaxRows: 1000, MaxCommitBytes: 16 << 20, MaxRowBytes: 2 << 20);

    public ValueTask<VaultRead?> ReadAsync(IReadOnlyList<RowKey> rows, CancellationToken ct = default)
    {
        ct.ThrowIfCancellationRequested();
        lock (storage) // head and rows from one moment
            return new(storage.Last is null ? null : new VaultRead(storage.Last.Head, [.. rows.Select(key => storage.Rows.TryGetValue(key, out var bytes) ? bytes : (ReadOnlyMemory<byte>?)null)]));
    }

    public ValueTask<CommitOutcome> TryCommitAsync(VaultCommit commit, CancellationToken ct = default)
    {
        Limits.Require(commit); // before anything is written
        ct.ThrowIfCancellationRequested();
        lock (storage)
        {
            if (storage.Last?.HeadMac != commit.ExpectedHeadMac)
                return new(CommitOutcome.Conflict);
            foreach (RowKey key in commit.Deletes)
                storage.Rows.Remove(key);
            foreach (StoredRow put in commit.Puts)
                storage.Rows[put.Key] = put.Bytes;
            storage.Last = commit;
            return new(CommitOutcome.Committed);
        }
    }

    public async IAsyncEnumerable<StoredRow> ScanAsync(ScanRequest scan, [EnumeratorCancellation] CancellationToken ct = default)
    {
        await Task.Yield();
        ct.ThrowIfCancellationRequested();
        StoredRow[] page;
        lock (storage)
            page = [.. storage.Rows.Where(row => row.Key.ToString().StartsWith(scan.Prefix, StringComparison.Ordinal) && (scan.After is not { } after || row.Key > after)).Take(scan.Limit).Select(row => new StoredRow(row.Key, scan.KeysOnly ? default : row.Value))];
        foreach (StoredRow row in page)
            yield return row;
    }

    public ValueTask<ChangeSet> ChangesSinceAsync(long revision, CancellationToken ct = default)
    {
        ct.ThrowIfCancellationRequested();
        return new(new ChangeSet(storage.Revision, Resynchronise: storage.Revision != revision, [])); // always right, if not always cheap
    }

    public async IAsyncEnumerable<long> WatchAsync(long after, [EnumeratorCancellation] CancellationToken ct = default)
    {
        for (; ; await Task.Delay(20, ct)) // a poll is a watch
            if (storage.Revision > after)
                yield return after = storage.Revision;
    }

    public ValueTask DisposeAsync() => default;

    public sealed class Shared
    {
        public SortedDictionary<RowKey, ReadOnlyMemory<byte>> Rows { get; } = [];

        internal volatile VaultCommit? Last;

        public long Revision => Last?.Revision ?? 0;
    }
}
