using Strongroom.Cryptography;
using Strongroom.Storage;

namespace Strongroom.Testing;

/// <summary>What a storage that is not to be trusted may do.</summary>
public static class Lies
{
    /// <summary>Changes a row's bytes.</summary>
    public static Lie EditRow(RowKey key, Func<byte[], byte[]> edit) => new RowLie([], (asked, honest, _) => asked == key && honest is { } bytes ? edit(bytes.ToArray()) : honest);

    /// <summary>Hides a row from reads and scans: a deletion nobody asked for.</summary>
    public static Lie HideRow(RowKey key) => new RowLie([], (asked, honest, _) => asked == key ? null : honest);

    /// <summary>Shows a row that was never written, or other bytes in its place.</summary>
    public static Lie InsertRow(RowKey key, ReadOnlyMemory<byte> bytes) => new RowLie([key], (asked, honest, _) => asked == key ? bytes : honest);

    /// <summary>Shows each of two rows in the other's place.</summary>
    public static Lie SwapRows(RowKey first, RowKey second) =>
        new RowLie([first, second], (asked, honest, beside) => asked == first ? beside(second) : asked == second ? beside(first) : honest);

    /// <summary>Shows a row as it was, missing included, with all else as it is.</summary>
    public static Lie OldRow(StorageCopy old, RowKey key) => new RowLie([key], (asked, honest, _) => asked == key ? old.Find(key) : honest);

    /// <summary>Shows all rows as they were, below the head as it is.</summary>
    public static Lie OldRows(StorageCopy old) => new RowLie([.. old.Rows.Keys], (asked, _, _) => old.Find(asked));

    /// <summary>Shows the head as it was, above the rows as they are.</summary>
    public static Lie OldHead(StorageCopy old) => new OldHeadLie(old);

    /// <summary>Shows everything as it was: a lagging replica, a frozen view, a whole database put back.</summary>
    public static Lie OldSnapshot(StorageCopy old) => All(OldHead(old), OldRows(old));

    /// <summary>Changes the head's bytes.</summary>
    public static Lie EditHead(Func<byte[], byte[]> edit) => new HeadLie(honest => edit(honest.ToArray()));

    /// <summary>Shows no vault at all.</summary>
    public static Lie NoVault() => new HeadLie(static _ => null);

    /// <summary>Acknowledges commits, and leaves one row of them as it was.</summary>
    public static Lie DropWrite(RowKey key) =>
        new CommitLie(commit => commit with { Puts = [.. commit.Puts.Where(put => put.Key != key)], Deletes = [.. commit.Deletes.Where(delete => delete != key)] });

    /// <summary>Acknowledges commits and writes nothing.</summary>
    public static Lie LoseCommits() => new CommitLie(static _ => null);

    /// <summary>Gives the first page of a scan again and again, whatever comes after.</summary>
    public static Lie SamePage() => new PageLie(static (lie, scan, all) => lie.Honest(scan with { After = null }, all));

    /// <summary>Gives the pages of a scan from the end.</summary>
    public static Lie ReversedScan() => new PageLie(static (lie, scan, all) => lie.Honest(scan with { After = null }, [.. all.Reverse().Where(row => scan.After is not { } after || row.Key < after)]));

    /// <summary>Puts a row with a key of any form at the front of scans.</summary>
    public static Lie StrangeKey(string key) => new PageLie((lie, scan, all) => lie.Honest(scan, all).Prepend(new StoredRow(RowKey.FromStored(key), scan.KeysOnly ? default : "{}"u8.ToArray())));

    /// <summary>Several lies, each told about what the one before made of the truth.</summary>
    public static Lie All(params ReadOnlySpan<Lie> lies) => new ManyLies(lies.ToArray());

    private sealed class RowLie(IReadOnlyList<RowKey> beside, Func<RowKey, ReadOnlyMemory<byte>?, Func<RowKey, ReadOnlyMemory<byte>?>, ReadOnlyMemory<byte>?> row) : Lie
    {
        public override IReadOnlyList<RowKey> Beside => beside;

        public override ReadOnlyMemory<byte>? Row(RowKey key, ReadOnlyMemory<byte>? honest, Func<RowKey, ReadOnlyMemory<byte>?> beside) => row(key, honest, beside);
    }

    private sealed class HeadLie(Func<ReadOnlyMemory<byte>, ReadOnlyMemory<byte>?> head) : Lie
    {
        public override ReadOnlyMemory<byte>? Head(ReadOnlyMemory<byte> honest) => head(honest);
    }

    private sealed class CommitLie(Func<VaultCommit, VaultCommit?> commit) : Lie
    {
        public override VaultCommit? Commit(VaultCommit commit1) => commit(commit1);
    }

    private sealed class OldHeadLie(StorageCopy old) : Lie
    {
        public override ReadOnlyMemory<byte>? Head(ReadOnlyMemory<byte> honest) => old.Head;

        public override ChangeSet Changes(long since, ChangeSet honest) => new(old.Revision, since != old.Revision, []);

        public override bool IsCurrent(in Digest headMac) => headMac == old.HeadMac;
    }

    private sealed class PageLie(Func<PageLie, ScanRequest, IReadOnlyList<StoredRow>, IEnumerable<StoredRow>> page) : Lie
    {
        public override IEnumerable<StoredRow> Page(ScanRequest scan, IReadOnlyList<StoredRow> all) => page(this, scan, all);

        public IEnumerable<StoredRow> Honest(ScanRequest scan, IReadOnlyList<StoredRow> all) => base.Page(scan, all);
    }

    private sealed class ManyLies(Lie[] lies) : Lie
    {
        public override IReadOnlyList<RowKey> Beside { get; } = [.. lies.SelectMany(lie => lie.Beside).Distinct()];

        public override ReadOnlyMemory<byte>? Head(ReadOnlyMemory<byte> honest)
        {
            ReadOnlyMemory<byte>? head = honest;
            foreach (Lie lie in lies)
                head = head is { } shown ? lie.Head(shown) : null;
            return head;
        }

        public override ReadOnlyMemory<byte>? Row(RowKey key, ReadOnlyMemory<byte>? honest, Func<RowKey, ReadOnlyMemory<byte>?> beside) =>
            lies.Aggregate(honest, (row, lie) => lie.Row(key, row, beside));

        // Pages can't be made of pages: the last lie about them is the one that is told.
        public override IEnumerable<StoredRow> Page(ScanRequest scan, IReadOnlyList<StoredRow> all) => lies.LastOrDefault(lie => lie is PageLie) is { } lie ? lie.Page(scan, all) : base.Page(scan, all);

        public override ChangeSet Changes(long since, ChangeSet honest) => lies.Aggregate(honest, (changes, lie) => lie.Changes(since, changes));

        public override bool IsCurrent(in Digest headMac)
        {
            foreach (Lie lie in lies)
            {
                if (lie.IsCurrent(headMac))
                    return true;
            }

            return false;
        }

        public override VaultCommit? Commit(VaultCommit commit) => lies.Aggregate<Lie, VaultCommit?>(commit, static (shown, lie) => shown is null ? null : lie.Commit(shown));
    }
}
