using Strongroom.Cryptography;

namespace Strongroom.Storage;

/// <summary>
/// Goes down a hash tree along the path of a name, with nodes that are cached or that were read in the head's own snapshot. Every node is the one that its parent, the first one that the head, vouches for.
/// </summary>
/// <param name="cache">Nodes that were checked before; takes those that are checked now.</param>
/// <param name="root">The digest of the top, from a verified head.</param>
/// <param name="count">The number of records, from the same head.</param>
/// <param name="fetched">Rows of the head's snapshot; null is a row that is not there.</param>
internal sealed class TreeWalk(RowCache cache, Digest root, long count, IReadOnlyDictionary<RowKey, ReadOnlyMemory<byte>?>? fetched = null)
{
    /// <summary>Looks a name up.</summary>
    /// <param name="path">Its path.</param>
    /// <param name="nodes">Takes the nodes on the way; null if nobody wants them.</param>
    /// <returns>The outcome, and at which depth the first node is that is not at hand.</returns>
    public (HashTreeLookup Lookup, int Depth) Find(in HashTreePath path, Action<RowKey, ReadOnlyMemory<byte>>? nodes = null)
    {
        (Digest expected, long names) = (root, count);
        if (names == 0)
            return expected == default ? default : throw HashTreeErrors.BadSummary();
        Span<byte> scratch = stackalloc byte[HashTreeNode.ContextSize];
        for (int depth = 0; depth < HashTreePath.Length; depth++)
        {
            RowKey key = path.RowKey(depth);
            if (!TryNode(key, path, depth, names, expected, scratch, out ReadOnlyMemory<byte> bytes))
                return (new HashTreeLookup(HashTreeOutcome.NeedDeeper, default), depth);
            nodes?.Invoke(key, bytes);
            HashTreeNode node = HashTreeNode.OpenedBefore(bytes.Span);
            if (node.IsLeaf)
                return (node.TryFind(path, out Digest digest) ? new HashTreeLookup(HashTreeOutcome.Found, digest) : default, depth + 1);
            if (!node.TryChild(path.Nibble(depth), out names, out expected))
                return (default, depth + 1);
        }

        throw HashTreeErrors.Malformed(path, HashTreePath.Length - 1);
    }

    // What was fetched is from the view's snapshot, so there a wrong node is a lie; what is cached may only be old.
    private bool TryNode(RowKey key, in HashTreePath path, int depth, long names, in Digest expected, Span<byte> scratch, out ReadOnlyMemory<byte> bytes)
    {
        if (cache.TryGet(key, expected, out bytes))
            return true;
        if (fetched is null || !fetched.TryGetValue(key, out ReadOnlyMemory<byte>? row))
            return false;
        bytes = row ?? throw HashTreeErrors.Missing(path, depth);
        HashTreeNode.Open(bytes.Span, expected, names, path, depth, scratch);
        cache.Add(key, expected, bytes);
        return true;
    }
}
