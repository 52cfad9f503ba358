using Strongroom.Cryptography;

namespace Strongroom.Storage;

/// <summary>
/// The hash tree that summarises the records of a vault in a database (format, section 6). Its root stands in the MAC'd head, and the path of a name is known beforehand, so one snapshot read of
/// head, path and record is fully verified: a record that was edited, swapped, rolled back, deleted or hidden is found, and that a name does not exist is proved. Opening a vault costs
/// nothing, a commit rewrites the few nodes of its paths (<see cref="HashTreeUpdate"/>). Pure computation: reading rows is the caller's part.
/// </summary>
internal static class HashTree
{
    /// <summary>Children of a branch.</summary>
    public const int Fanout = 16;

    /// <summary>Names in a leaf; a subtree of more is a branch.</summary>
    public const int LeafCapacity = 16;

    /// <summary>How many nodes, from the top, to fetch for one name so that a second read is as good as never needed.</summary>
    /// <param name="count">The number of records, as in the head.</param>
    /// <returns>1 to 64: ceil(log16(count/16)) + 2, and 1 when all fit into the top.</returns>
    public static int GuessDepth(long count)
    {
        if (count <= LeafCapacity)
            return 1;
        int depth = 2;
        for (long left = count; left > LeafCapacity; left = (left / Fanout) + (left % Fanout == 0 ? 0 : 1))
            depth++;
        return Math.Min(depth, HashTreePath.Length);
    }

    /// <summary>Adds the row keys <c>t/</c>, <c>t/a</c>, <c>t/a3</c> … of a name, to be read in one snapshot with the head and the record.</summary>
    /// <param name="path">The name's path.</param>
    /// <param name="from">The first depth.</param>
    /// <param name="to">The depth after the last.</param>
    /// <param name="rows">Where to add them.</param>
    public static void AddPathRows(in HashTreePath path, int from, int to, ICollection<RowKey> rows)
    {
        string hex = path.Hex(Math.Max(0, to - 1));
        for (int length = from; length < to; length++)
            rows.Add(RowKey.TreeNode(hex[..length]));
    }

    /// <summary>The root over all records, computed from nothing but them: what a full verification compares with the head.</summary>
    /// <param name="entries">One entry for each record, in any order; sorted here.</param>
    /// <param name="emitted">Told of every node: a path through it, its depth, its digest.</param>
    /// <exception cref="ArgumentException">A path occurs twice.</exception>
    public static Digest Summarise(Span<HashTreeEntry> entries, Action<HashTreePath, int, Digest>? emitted = null)
    {
        entries.Sort(static (a, b) => HashTreePath.Compare(a.Path, b.Path));
        for (int i = 1; i < entries.Length; i++)
        {
            if (entries[i - 1].Path == entries[i].Path)
                throw new ArgumentException("A path occurs twice.", nameof(entries));
        }

        var writer = new HashTreeWriter(collect: false, emitted);
        return writer.Emit(writer.Build(default, 0, entries));
    }
}

/// <summary>What the nodes of a path say of a name.</summary>
internal enum HashTreeOutcome
{
    /// <summary>There is no such record: proved.</summary>
    Absent,

    /// <summary>There is one, with the digest given.</summary>
    Found,

    /// <summary>The path goes on below the nodes at hand: read again, head included, with more of them.</summary>
    NeedDeeper,
}

/// <summary>The answer of <see cref="TreeWalk"/>.</summary>
/// <param name="Outcome">What was found.</param>
/// <param name="Digest">The digest of the record when <see cref="HashTreeOutcome.Found"/>.</param>
internal readonly record struct HashTreeLookup(HashTreeOutcome Outcome, Digest Digest);
