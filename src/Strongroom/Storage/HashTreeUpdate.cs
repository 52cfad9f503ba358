using Strongroom.Cryptography;

namespace Strongroom.Storage;

/// <summary>
/// The change of a hash tree by one commit: from digests that records get or lose, to the node rows that the commit writes and removes, the new root and the new count. Changes share the nodes
/// that their paths share. The nodes that it needs come in rounds: <see cref="Prepare"/> says which, <see cref="Supply"/> takes them, until none is missing.
/// Every node is verified against the root that the update began with, so rows of a newer snapshot can't slip in: when a round's head is another one, begin anew with it.
/// </summary>
internal sealed class HashTreeUpdate
{
    private readonly Digest _root;
    private readonly long _count;
    private readonly HashTreeChange[] _changes;
    private readonly Dictionary<RowKey, ReadOnlyMemory<byte>?> _nodes = [];
    private readonly List<RowKey> _missing = [];
    private HashTreeWriter _writer = new(collect: true);

    /// <summary>Begins an update.</summary>
    /// <param name="root">The digest of the top, from a verified head.</param>
    /// <param name="count">The number of records, from the same head.</param>
    /// <param name="changes">What is to change; to remove a name that is not there is no error.</param>
    /// <exception cref="ArgumentException">A path occurs twice.</exception>
    public HashTreeUpdate(in Digest root, long count, IEnumerable<HashTreeChange> changes)
    {
        if (count == 0 && root != default)
            throw HashTreeErrors.BadSummary();
        (_root, _count) = (root, count);
        _changes = [.. changes];
        Array.Sort(_changes, static (a, b) => HashTreePath.Compare(a.Path, b.Path));
        for (int i = 1; i < _changes.Length; i++)
        {
            if (_changes[i - 1].Path == _changes[i].Path)
                throw new ArgumentException("A path occurs twice.", nameof(changes));
        }
    }

    /// <summary>The outcome; null until <see cref="Prepare"/> needs nothing more.</summary>
    public HashTreeResult? Result { get; private set; }

    /// <summary>Takes nodes as read; rows that are not of the tree are ignored, and null is a row that is not there.</summary>
    public void Supply(IReadOnlyList<RowKey> keys, IReadOnlyList<ReadOnlyMemory<byte>?> rows)
    {
        for (int i = 0; i < keys.Count; i++)
        {
            if (keys[i].ToString().StartsWith("t/", StringComparison.Ordinal))
                _nodes[keys[i]] = rows[i];
        }
    }

    /// <summary>Goes as far as the nodes at hand allow.</summary>
    /// <returns>The node rows still needed, each once; empty when <see cref="Result"/> is there.</returns>
    /// <exception cref="VaultIntegrityException">A node is missing in the storage or is not the one that the head vouches for.</exception>
    public IReadOnlyList<RowKey> Prepare()
    {
        if (Result is not null)
            return [];
        _missing.Clear();
        _writer = new HashTreeWriter(collect: true);
        Span<byte> scratch = stackalloc byte[HashTreeNode.ContextSize];
        HashTreeSubtree? top = Update(default, 0, _count, _root, _changes, scratch);
        if (top is null)
            return [.. _missing.Distinct()];
        Digest root = _writer.Emit(top);
        Result = new HashTreeResult(root, top.Names, _writer.Puts, _writer.Digests, _writer.Deletes);
        return [];
    }

    // The subtree after the changes, or null when nodes are missing.
    private HashTreeSubtree? Update(in HashTreePath at, int depth, long names, in Digest digest, ReadOnlySpan<HashTreeChange> changes, Span<byte> scratch)
    {
        if (changes.IsEmpty)
            return Unchanged(at, depth, names, digest, null);
        if (names == 0)
            return Rebuild(at, depth, digest, [], changes);
        if (!TryGet(at, depth, names, changes, out ReadOnlyMemory<byte> bytes))
            return null;
        HashTreeNode node = HashTreeNode.Open(bytes.Span, digest, names, at, depth, scratch);
        return node.IsLeaf ? Rebuild(at, depth, digest, EntriesOf(node), changes) : UpdateBranch(at, depth, names, digest, node, changes, scratch);
    }

    private HashTreeSubtree Rebuild(in HashTreePath at, int depth, in Digest digest, HashTreeEntry[] before, ReadOnlySpan<HashTreeChange> changes)
    {
        HashTreeEntry[] after = Merge(before, changes);
        return after.AsSpan().SequenceEqual(before) ? Unchanged(at, depth, before.Length, digest, before) : _writer.Build(at, depth, after); // public
    }

    private HashTreeSubtree? UpdateBranch(in HashTreePath at, int depth, long names, in Digest digest, in HashTreeNode node, ReadOnlySpan<HashTreeChange> changes, Span<byte> scratch)
    {
        var children = new HashTreeSubtree?[HashTree.Fanout];
        (bool pending, bool changed, long total) = (false, false, names);
        while (!changes.IsEmpty)
        {
            int nibble = changes[0].Path.Nibble(depth), length = 1;
            while (length < changes.Length && changes[length].Path.Nibble(depth) == nibble)
                length++;
            node.TryChild(nibble, out long before, out Digest childDigest);
            HashTreeSubtree? child = Update(at.With(depth, nibble), depth + 1, before, childDigest, changes[..length], scratch);
            children[nibble] = child;
            pending |= child is null;
            changed |= child is { Changed: true };
            total += (child?.Names ?? 0) - before;
            changes = changes[length..];
        }

        if (pending)
            return null;
        if (!changed)
            return Unchanged(at, depth, names, digest, null);
        return total > HashTree.LeafCapacity ? _writer.Branch(at, depth, total, node, children) : Shrink(at, depth, node, children, scratch);
    }

    // A branch that is left with 16 names or fewer becomes a leaf, which takes the names of the children that the changes did not touch: the only time that siblings are read.
    private HashTreeSubtree? Shrink(in HashTreePath at, int depth, in HashTreeNode node, ReadOnlySpan<HashTreeSubtree?> children, Span<byte> scratch)
    {
        var entries = new List<HashTreeEntry>(HashTree.LeafCapacity);
        bool pending = false;
        for (int nibble = 0; nibble < HashTree.Fanout; nibble++)
        {
            bool existed = node.TryChild(nibble, out long names, out Digest digest);
            HashTreePath child = at.With(depth, nibble);
            if (existed)
                _writer.Drop(child, depth + 1);
            if (children[nibble]?.Entries is { } known)
                entries.AddRange(known);
            else if (existed && TryGet(child, depth + 1, names, [], out ReadOnlyMemory<byte> bytes))
                entries.AddRange(EntriesOf(HashTreeNode.Open(bytes.Span, digest, names, child, depth + 1, scratch)));
            else
                pending |= existed;
        }

        return pending ? null : _writer.Build(at, depth, [.. entries]);
    }

    private bool TryGet(in HashTreePath at, int depth, long names, ReadOnlySpan<HashTreeChange> changes, out ReadOnlyMemory<byte> bytes)
    {
        RowKey key = at.RowKey(depth);
        if (_nodes.TryGetValue(key, out ReadOnlyMemory<byte>? row))
        {
            bytes = row ?? throw HashTreeErrors.Missing(at, depth);
            return true;
        }

        // What lies below is asked for in the same round, as deep as so many names are likely to go.
        bytes = default;
        _missing.Add(key);
        int end = Math.Min(depth + HashTree.GuessDepth(names), HashTreePath.Length);
        foreach (HashTreeChange change in changes)
        {
            for (int below = depth + 1; below < end; below++)
                _missing.Add(change.Path.RowKey(below));
        }

        return false;
    }

    private static HashTreeSubtree Unchanged(in HashTreePath at, int depth, long names, in Digest digest, HashTreeEntry[]? entries) =>
        new() { At = at, Depth = depth, Names = names, Digest = digest, Entries = entries, Changed = false };

    private static HashTreeEntry[] EntriesOf(in HashTreeNode leaf)
    {
        var entries = new HashTreeEntry[leaf.EntryCount];
        for (int i = 0; i < entries.Length; i++)
            entries[i] = leaf.Entry(i);
        return entries;
    }

    private static HashTreeEntry[] Merge(ReadOnlySpan<HashTreeEntry> before, ReadOnlySpan<HashTreeChange> changes)
    {
        var after = new List<HashTreeEntry>(before.Length + changes.Length);
        int next = 0;
        foreach (HashTreeChange change in changes)
        {
            while (next < before.Length && HashTreePath.Compare(before[next].Path, change.Path) < 0)
                after.Add(before[next++]);
            if (next < before.Length && before[next].Path == change.Path)
                next++;
            if (change.Digest is { } digest)
                after.Add(new HashTreeEntry(change.Path, digest));
        }

        after.AddRange(before[next..]);
        return [.. after];
    }
}

/// <summary>What becomes of one name.</summary>
/// <param name="Path">The name's path.</param>
/// <param name="Digest">The digest of its new record; null when it goes.</param>
internal readonly record struct HashTreeChange(HashTreePath Path, Digest? Digest);

/// <summary>The tree after a commit.</summary>
/// <param name="Root">The digest of the top; 32 zero bytes for no records.</param>
/// <param name="Count">The number of records.</param>
/// <param name="Puts">Node rows to write.</param>
/// <param name="Digests">The digests of these.</param>
/// <param name="Deletes">Node rows to remove.</param>
internal sealed record HashTreeResult(Digest Root, long Count, IReadOnlyList<StoredRow> Puts, IReadOnlyList<Digest> Digests, IReadOnlyList<RowKey> Deletes);
