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
    /// <param name="depth">How many.</param>
    /// <param name="rows">Where to add them.</param>
    public static void AddPathRows(in HashTreePath path, int depth, List<RowKey> rows)
    {
        string hex = path.Hex(depth - 1);
        for (int length = 0; length < depth; length++)
            rows.Add(RowKey.TreeNode(hex[..length]));
    }

    /// <summary>Looks a name up in the nodes of its path, verifying every byte of them that is used.</summary>
    /// <param name="root">The digest of the top, from a verified head.</param>
    /// <param name="count">The number of records, from the same head.</param>
    /// <param name="path">The name's path.</param>
    /// <param name="rows">Rows of the snapshot that the head is from; null is a row that is not there.</param>
    /// <param name="offset">Where in <paramref name="rows"/> the nodes of the path begin.</param>
    /// <param name="depth">How many nodes there are. More than needed do no harm: what is below a leaf is not looked at.</param>
    /// <exception cref="VaultIntegrityException">A node is missing or is not the one that the head vouches for.</exception>
    public static HashTreeLookup Verify(in Digest root, long count, in HashTreePath path, IReadOnlyList<ReadOnlyMemory<byte>?> rows, int offset, int depth)
    {
        if (count == 0)
            return root == default ? default : throw HashTreeErrors.BadSummary();
        Span<byte> scratch = stackalloc byte[HashTreeNode.ContextSize];
        (Digest expected, long names) = (root, count);
        for (int at = 0; at < depth; at++)
        {
            ReadOnlyMemory<byte> bytes = rows[offset + at] ?? throw HashTreeErrors.Missing(path, at);
            HashTreeNode node = HashTreeNode.Open(bytes.Span, expected, names, path, at, scratch);
            if (node.IsLeaf)
                return node.TryFind(path, out Digest digest) ? new HashTreeLookup(HashTreeOutcome.Found, digest) : default;
            if (!node.TryChild(path.Nibble(at), out names, out expected))
                return default;
        }

        return new HashTreeLookup(HashTreeOutcome.NeedDeeper, default);
    }

    /// <summary>The root over all records, computed from nothing but them: what a full verification compares with the head.</summary>
    /// <param name="entries">One entry for each record, in any order; sorted here.</param>
    /// <exception cref="ArgumentException">A path occurs twice.</exception>
    public static Digest Summarise(Span<HashTreeEntry> entries)
    {
        entries.Sort(static (a, b) => HashTreePath.Compare(a.Path, b.Path));
        for (int i = 1; i < entries.Length; i++)
        {
            if (entries[i - 1].Path == entries[i].Path)
                throw new ArgumentException("A path occurs twice.", nameof(entries));
        }

        var writer = new HashTreeWriter(collect: false);
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

/// <summary>The answer of <see cref="HashTree.Verify"/>.</summary>
/// <param name="Outcome">What was found.</param>
/// <param name="Digest">The digest of the record when <see cref="HashTreeOutcome.Found"/>.</param>
internal readonly record struct HashTreeLookup(HashTreeOutcome Outcome, Digest Digest);
