using Strongroom.Cryptography;

namespace Strongroom.Storage;

/// <summary>
/// Makes nodes. A subtree is first made (<see cref="Build"/>, <see cref="Branch"/>) and becomes a row only when its parent has decided to keep it (<see cref="Emit"/>): until then
/// the parent may still shrink to a leaf and swallow it.
/// </summary>
/// <param name="collect">Whether rows are kept, or only the root is wanted.</param>
/// <param name="emitted">Told of every node that becomes a row.</param>
internal sealed class HashTreeWriter(bool collect, Action<HashTreePath, int, Digest>? emitted = null)
{
    private readonly byte[] _scratch = new byte[HashTreeNode.ContextSize];

    /// <summary>Rows to write.</summary>
    public List<StoredRow> Puts { get; } = [];

    /// <summary>Their digests.</summary>
    public List<Digest> Digests { get; } = [];

    /// <summary>Rows to remove.</summary>
    public List<RowKey> Deletes { get; } = [];

    /// <summary>The subtree of some names: nothing, a leaf or a branch, by their number alone, so that a set of records has exactly one tree.</summary>
    /// <param name="at">A path that leads to it.</param>
    /// <param name="depth">Its distance from the top.</param>
    /// <param name="entries">The names, sorted and distinct.</param>
    public HashTreeSubtree Build(in HashTreePath at, int depth, ReadOnlySpan<HashTreeEntry> entries)
    {
        if (entries.Length <= HashTree.LeafCapacity)
            return new HashTreeSubtree { At = at, Depth = depth, Names = entries.Length, Entries = entries.ToArray(), Changed = true };
        long names = entries.Length;
        var children = new HashTreeSubtree?[HashTree.Fanout];
        for (int nibble = 0; nibble < HashTree.Fanout; nibble++)
        {
            int length = 0;
            while (length < entries.Length && entries[length].Path.Nibble(depth) == nibble)
                length++;
            if (length > 0)
                children[nibble] = Build(at.With(depth, nibble), depth + 1, entries[..length]);
            entries = entries[length..];
        }

        return Branch(at, depth, names, default, children);
    }

    /// <summary>A branch that keeps its children.</summary>
    /// <param name="at">A path that leads to it.</param>
    /// <param name="depth">Its distance from the top.</param>
    /// <param name="names">The number of names below it now.</param>
    /// <param name="before">The branch as it was; the default value when there was none.</param>
    /// <param name="children">16 places: a child that was looked into, or null to keep what was there.</param>
    public HashTreeSubtree Branch(in HashTreePath at, int depth, long names, in HashTreeNode before, ReadOnlySpan<HashTreeSubtree?> children)
    {
        foreach (HashTreeSubtree? child in children)
        {
            if (child is not null)
                Emit(child);
        }

        return new HashTreeSubtree { At = at, Depth = depth, Names = names, BranchBytes = HashTreeNode.Branch(before, children), Changed = true };
    }

    /// <summary>Keeps a subtree: its node becomes a row, or its row goes when no name is left (one that never had a name is not a change).</summary>
    /// <returns>Its digest; 32 zero bytes for no names.</returns>
    public Digest Emit(HashTreeSubtree subtree)
    {
        if (!subtree.Changed)
            return subtree.Digest;
        if (subtree.Names == 0)
        {
            Drop(subtree.At, subtree.Depth);
            return default;
        }

        byte[] bytes = subtree.BranchBytes ?? HashTreeNode.Leaf(subtree.Entries);
        subtree.Digest = HashTreeNode.ComputeDigest(subtree.At, subtree.Depth, bytes, _scratch);
        emitted?.Invoke(subtree.At, subtree.Depth, subtree.Digest);
        if (collect)
        {
            Puts.Add(new StoredRow(subtree.At.RowKey(subtree.Depth), bytes));
            Digests.Add(subtree.Digest);
        }

        return subtree.Digest;
    }

    /// <summary>Removes a row.</summary>
    public void Drop(in HashTreePath at, int depth)
    {
        if (collect)
            Deletes.Add(at.RowKey(depth));
    }
}

/// <summary>A subtree in the making.</summary>
internal sealed class HashTreeSubtree
{
    /// <summary>A path that leads to it.</summary>
    public required HashTreePath At { get; init; }

    /// <summary>Its distance from the top.</summary>
    public required int Depth { get; init; }

    /// <summary>The number of names below it.</summary>
    public required long Names { get; init; }

    /// <summary>Whether it differs from the stored one.</summary>
    public required bool Changed { get; init; }

    /// <summary>The names of a leaf; null for a branch, and for a subtree that was not looked into.</summary>
    public HashTreeEntry[]? Entries { get; init; }

    /// <summary>The node of a changed branch.</summary>
    public byte[]? BranchBytes { get; init; }

    /// <summary>Its digest, once it has been emitted or when it is unchanged.</summary>
    public Digest Digest { get; set; }
}
