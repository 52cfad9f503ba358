using System.Collections.Immutable;
using Strongroom.Cryptography;
using Strongroom.Storage;

namespace Strongroom.Testing;

/// <summary>A head and rows at one revision; never changes, so a reader that holds it reads in one snapshot.</summary>
internal sealed class InMemorySnapshot
{
    private readonly ImmutableSortedSet<StoredRow> _rows;

    private InMemorySnapshot(ReadOnlyMemory<byte> head, in Digest headMac, long revision, ImmutableSortedSet<StoredRow> rows)
    {
        (Head, Revision, _rows) = (head, revision, rows);
        HeadMac = headMac;
    }

    public static InMemorySnapshot Empty { get; } = new(default, default, 0, ImmutableSortedSet.Create<StoredRow>(Comparer<StoredRow>.Create(static (a, b) => a.Key.CompareTo(b.Key))));

    public ReadOnlyMemory<byte> Head { get; }

    public Digest HeadMac { get; }

    public long Revision { get; }

    public ReadOnlyMemory<byte>? Find(RowKey key) => _rows.TryGetValue(new StoredRow(key, default), out StoredRow row) ? row.Bytes : (ReadOnlyMemory<byte>?)null;

    public IEnumerable<StoredRow> Scan(ScanRequest scan)
    {
        int start = Position(RowKey.FromStored(scan.Prefix), after: false);
        if (scan.After is { } after)
            start = Math.Max(start, Position(after, after: true));
        for (int i = start, left = scan.Limit; i < _rows.Count && left > 0; i++, left--)
        {
            StoredRow row = _rows[i];
            if (!row.Key.ToString().StartsWith(scan.Prefix, StringComparison.Ordinal))
                yield break;
            yield return scan.KeysOnly ? new StoredRow(row.Key, default) : row;
        }
    }

    public InMemorySnapshot Apply(VaultCommit commit)
    {
        ImmutableSortedSet<StoredRow>.Builder rows = _rows.ToBuilder();
        var named = new HashSet<RowKey>();
        foreach (RowKey key in commit.Deletes)
        {
            RequireOnce(named, key);
            rows.Remove(new StoredRow(key, default));
        }

        foreach (StoredRow put in commit.Puts)
        {
            RequireOnce(named, put.Key);
            rows.Remove(put);
            rows.Add(new StoredRow(put.Key, put.Bytes.ToArray()));
        }

        return new InMemorySnapshot(commit.Head.ToArray(), commit.HeadMac, commit.Revision, rows.ToImmutable());
    }

    private static void RequireOnce(HashSet<RowKey> named, RowKey key)
    {
        if (!named.Add(key))
            throw new ArgumentException($"The commit names {key} twice.", nameof(key));
    }

    private int Position(RowKey key, bool after)
    {
        int index = _rows.IndexOf(new StoredRow(key, default));
        return index < 0 ? ~index : index + (after ? 1 : 0);
    }
}
