using System.Runtime.CompilerServices;
using System.Text;
using Strongroom.Cryptography;
using Strongroom.Storage;
using Strongroom.Testing;

namespace Strongroom.Tests.Storage;

/// <summary>Mistakes that people make in backends, each with the check that has to find it. A kit that can't fail proves nothing.</summary>
internal static class DefectiveBackends
{
    private static readonly BackendLimits Narrow = new(RecordIndex.Tree, 128, 1_500_000, 1_000_000);

    public static readonly (string Defect, string Check, Func<IVaultBackend, Mistake> Make)[] All =
    [
        ("head and rows are read one after the other", "a read is one snapshot", inner => new Mistake(inner)
        {
            Read = async (next, rows, ct) =>
            {
                VaultRead? head = await next([], ct);
                await Task.Delay(1, ct);
                return head is null ? null : head with { Rows = (await next(rows, ct))!.Rows };
            },
        }),
        ("revisions are compared instead of MACs", "only the expected head is replaced", inner => new Mistake(inner)
        {
            Commit = async (next, commit, ct) => await inner.ReadAsync([], ct) is { } now && commit.Revision == RevisionOf(now) + 1 ? await next(commit with { ExpectedHeadMac = MacOf(now) }, ct) : await next(commit, ct),
        }),
        ("the last writer wins", "racing writers with handles of their own", inner => new Mistake(inner)
        {
            Commit = async (next, commit, ct) =>
            {
                await Task.Delay(1, ct);
                return await next(commit with { ExpectedHeadMac = await inner.ReadAsync([], ct) is { } now ? MacOf(now) : null }, ct);
            },
        }),
        ("creating replaces", "a vault is created once", inner => new Mistake(inner)
        {
            Commit = async (next, commit, ct) => await next(commit.ExpectedHeadMac is null && await inner.ReadAsync([], ct) is { } now ? commit with { ExpectedHeadMac = MacOf(now) } : commit, ct),
        }),
        ("deletes are forgotten", "deletes delete", inner => new Mistake(inner) { Commit = (next, commit, ct) => next(commit with { Deletes = [] }, ct) }),
        ("deleting what is not there fails", "deletes delete", inner => new Mistake(inner)
        {
            Commit = async (next, commit, ct) => commit.Deletes.Count > 0 && (await inner.ReadAsync(commit.Deletes, ct))!.Rows.Any(row => row is null) ? CommitOutcome.Conflict : await next(commit, ct),
        }),
        ("rows of a refused commit stay", "a batch is all or nothing", inner => new Mistake(inner)
        {
            Commit = async (next, commit, ct) =>
            {
                CommitOutcome outcome = await next(commit, ct);
                if (outcome == CommitOutcome.Conflict && await inner.ReadAsync([], ct) is { } now)
                    await next(new VaultCommit(MacOf(now), RevisionOf(now), MacOf(now), now.Head, commit.Puts, []), ct);
                return outcome;
            },
        }),
        ("half of a commit over a limit is written", "what is over a limit is refused before anything is written", inner => new Mistake(inner)
        {
            Commit = async (next, commit, ct) =>
            {
                if (commit.Puts.Count > Narrow.MaxRows)
                    await next(commit with { Puts = [.. commit.Puts.Take(5)] }, ct);
                return await next(commit, ct);
            },
        }),
        ("a commit at the limit is refused", "what is at a limit is taken", inner => new Mistake(inner)
        {
            Commit = (next, commit, ct) => commit.Puts.Count == Narrow.MaxRows ? throw new VaultLimitException("SR1260", "Off by one.") : next(commit, ct),
        }),
        ("rows under a head that stays are refused", "a commit that keeps the head puts rows and nothing else", inner => new Mistake(inner)
        {
            Commit = (next, commit, ct) => commit.KeepsHead ? ValueTask.FromResult(CommitOutcome.Conflict) : next(commit, ct),
        }),
        ("a commit without rows is skipped", "a commit may have no rows", inner => new Mistake(inner)
        {
            Commit = (next, commit, ct) => commit.Puts.Count + commit.Deletes.Count == 0 ? ValueTask.FromResult(CommitOutcome.Committed) : next(commit, ct),
        }),
        ("bytes go through a text of another encoding", "bytes come back as they were stored", inner => new Mistake(inner)
        {
            Read = async (next, rows, ct) => await next(rows, ct) is { } read ? read with { Rows = [.. read.Rows.Select(row => row is { } bytes ? Encoding.ASCII.GetBytes(Encoding.ASCII.GetString(bytes.Span)) : row)] } : null,
        }),
        ("rows come in the order of storage", "each row comes in its place", inner => new Mistake(inner)
        {
            Read = async (next, rows, ct) => await next(rows, ct) is { } read ? read with { Rows = [.. rows.Zip(read.Rows).OrderBy(row => row.First).Select(row => row.Second)] } : null,
        }),
        ("missing rows are empty rows", "each row comes in its place", inner => new Mistake(inner)
        {
            Read = async (next, rows, ct) => await next(rows, ct) is { } read ? read with { Rows = [.. read.Rows.Select(row => row ?? ReadOnlyMemory<byte>.Empty)] } : null,
        }),
        ("no vault is an empty vault", "no vault reads as null", inner => new Mistake(inner)
        {
            Read = async (next, rows, ct) => await next(rows, ct) ?? new VaultRead(default, [.. rows.Select(_ => (ReadOnlyMemory<byte>?)null)]),
        }),
        ("scans sort without regard to case", "scans are in the order of bytes", inner => new Mistake(inner)
        {
            Scan = (rows, scan) => rows.OrderBy(row => row.Key.ToString(), StringComparer.OrdinalIgnoreCase).ToList(),
        }),
        ("a prefix means a folder", "scans are in the order of bytes", inner => new Mistake(inner)
        {
            Scan = (rows, scan) => [.. rows.Where(row => row.Key.ToString() is var key && (scan.Prefix.EndsWith('/') || scan.Prefix.Length == 0 || key == scan.Prefix || key.StartsWith(scan.Prefix + "/", StringComparison.Ordinal)))],
        }),
        ("pages lose their last row", "scans come in pages", inner => new Mistake(inner) { Scan = (rows, scan) => rows.Count > 1 && rows.Count == scan.Limit ? [.. rows.SkipLast(1)] : rows }),
        ("scans for keys bring bytes", "scans come in pages", inner => new Mistake(inner) { Scan = (rows, scan) => [.. rows.Select(row => row with { Bytes = new byte[1] })] }),
        ("changes leave out the newest commit", "changes since a revision", inner => new Mistake(inner)
        {
            Changes = async (next, since, ct) => await next(since, ct) is { Rows.Count: > 0 } changes ? changes with { Rows = [.. changes.Rows.SkipLast(1)] } : await next(since, ct),
        }),
        ("a reader from the future is told that nothing changed", "changes since a revision", inner => new Mistake(inner) { Changes = async (next, since, ct) => (await next(since, ct)) with { Resynchronise = false } }),
        ("a watch is silent", "a watch gives hints", inner => new Mistake(inner) { Watch = (_, ct) => Silence(ct) }),
        ("a watch ends at once", "a watch gives hints", inner => new Mistake(inner) { Watch = (_, _) => Nothing() }),
        ("a watch can't be cancelled", "a cancelled watch ends", inner => new Mistake(inner) { Watch = (_, _) => Silence(CancellationToken.None) }),
        ("cancellation is ignored", "a cancelled call does nothing", inner => new Mistake(inner)
        {
            Read = (next, rows, _) => next(rows, CancellationToken.None),
            Commit = (next, commit, _) => next(commit, CancellationToken.None),
        }),
        ("a cancelled commit is made", "a commit cancelled on the way is not half made", inner => new Mistake(inner)
        {
            Commit = async (next, commit, ct) =>
            {
                CommitOutcome outcome = await next(commit, CancellationToken.None);
                await Task.Delay(commit.ExpectedHeadMac is null ? 0 : 2, ct);
                return outcome;
            },
        }),
        ("a handle keeps the head that it has read", "a commit is seen by other handles", inner => new Mistake(inner)
        {
            Read = Remembering(),
        }),
        ("calls return before they complete", "synchronous: calls complete before they return", inner => new Mistake(inner)
        {
            Read = async (next, rows, ct) =>
            {
                await Task.Delay(50, ct);
                return await next(rows, ct);
            },
        }),
        ("every head is current", "freshness: no replaced head is current", inner => new Mistake(inner) { Current = _ => true }),
        ("no head is current", "freshness: no replaced head is current", inner => new Mistake(inner) { Current = _ => false }),
        ("commits are acknowledged and lost", "random operations against a model", inner => new Mistake(inner)
        {
            Commit = (next, commit, ct) => commit.Puts.Count == 3 && commit.ExpectedHeadMac is not null ? ValueTask.FromResult(CommitOutcome.Committed) : next(commit, ct),
        }),
    ];

    public static InMemoryBackend NewStorage() => new(Narrow);

    private static Func<Func<IReadOnlyList<RowKey>, CancellationToken, ValueTask<VaultRead?>>, IReadOnlyList<RowKey>, CancellationToken, ValueTask<VaultRead?>> Remembering()
    {
        VaultRead? first = null;
        return async (next, rows, ct) =>
        {
            VaultRead? read = await next(rows, ct);
            first ??= read;
            return read is null ? null : read with { Head = first!.Head };
        };
    }

    private static Digest MacOf(VaultRead read) => StorageHead(read).Mac;

    private static long RevisionOf(VaultRead read) => StorageHead(read).Revision;

    private static HeadPeek StorageHead(VaultRead read) => HeadPeek.Read(read.Head.Span);

    private static async IAsyncEnumerable<long> Silence([EnumeratorCancellation] CancellationToken ct)
    {
        await Task.Delay(TimeSpan.FromSeconds(30), ct);
        yield break;
    }

    private static async IAsyncEnumerable<long> Nothing()
    {
        await Task.CompletedTask;
        yield break;
    }

    public sealed class Mistake(IVaultBackend inner) : BackendInterceptor(inner)
    {
        public Func<Func<IReadOnlyList<RowKey>, CancellationToken, ValueTask<VaultRead?>>, IReadOnlyList<RowKey>, CancellationToken, ValueTask<VaultRead?>>? Read { get; init; }

        public Func<Func<VaultCommit, CancellationToken, ValueTask<CommitOutcome>>, VaultCommit, CancellationToken, ValueTask<CommitOutcome>>? Commit { get; init; }

        public Func<Func<long, CancellationToken, ValueTask<ChangeSet>>, long, CancellationToken, ValueTask<ChangeSet>>? Changes { get; init; }

        public Func<List<StoredRow>, ScanRequest, List<StoredRow>>? Scan { get; init; }

        public Func<long, CancellationToken, IAsyncEnumerable<long>>? Watch { get; init; }

        public Func<Digest, bool>? Current { get; init; }

        protected internal override ValueTask<VaultRead?> ReadAsync(IReadOnlyList<RowKey> rows, CancellationToken ct) => Read is null ? base.ReadAsync(rows, ct) : Read(base.ReadAsync, rows, ct);

        protected internal override ValueTask<CommitOutcome> TryCommitAsync(VaultCommit commit, CancellationToken ct) => Commit is null ? base.TryCommitAsync(commit, ct) : Commit(base.TryCommitAsync, commit, ct);

        protected internal override ValueTask<ChangeSet> ChangesSinceAsync(long revision, CancellationToken ct) => Changes is null ? base.ChangesSinceAsync(revision, ct) : Changes(base.ChangesSinceAsync, revision, ct);

        protected internal override IAsyncEnumerable<StoredRow> ScanAsync(ScanRequest scan, CancellationToken ct) => Scan is null ? base.ScanAsync(scan, ct) : ScanWronglyAsync(scan, ct);

        protected internal override IAsyncEnumerable<long> WatchAsync(long after, CancellationToken ct) => Watch is null ? base.WatchAsync(after, ct) : Watch(after, ct);

        protected internal override bool IsCurrent(in Digest headMac) => Current?.Invoke(headMac) ?? base.IsCurrent(headMac);

        private async IAsyncEnumerable<StoredRow> ScanWronglyAsync(ScanRequest scan, [EnumeratorCancellation] CancellationToken ct)
        {
            var rows = new List<StoredRow>();
            await foreach (StoredRow row in Inner.ScanAsync(scan, ct))
                rows.Add(row);
            foreach (StoredRow row in Scan!(rows, scan))
                yield return row;
        }
    }
}
