using System.Buffers.Binary;
using System.Numerics;
using Strongroom.Cryptography;

namespace Strongroom.Storage;

/// <summary>
/// A node of the hash tree, parsed in place (format, section 6). <see cref="Open"/> is the way to one, so whoever holds a node holds one that the head vouches for and that has the single
/// form allowed: sizes, order, bitmap, counts and the place of every hash have been checked.
/// </summary>
internal readonly ref struct HashTreeNode
{
    private const int LeafHeader = 1 + sizeof(uint), EntrySize = 2 * Digest.Size;
    private const int BranchHeader = 1 + sizeof(ushort), ChildSize = sizeof(uint) + Digest.Size;

    /// <summary>The largest node: a full leaf.</summary>
    public const int MaxSize = LeafHeader + (HashTree.LeafCapacity * EntrySize);

    /// <summary>Room for <c>ctx("tree-node", PATH, bytes)</c> of the largest node.</summary>
    public const int ContextSize = 48 + HashTreePath.Length + MaxSize;

    private readonly ReadOnlySpan<byte> _bytes;

    private HashTreeNode(ReadOnlySpan<byte> bytes) => _bytes = bytes;

    /// <summary>Whether this is a leaf; else a branch.</summary>
    public bool IsLeaf => _bytes[0] == 0;

    /// <summary>The number of entries of a leaf.</summary>
    public int EntryCount => (_bytes.Length - LeafHeader) / EntrySize;

    private int Bitmap => BinaryPrimitives.ReadUInt16BigEndian(_bytes[1..]);

    /// <summary>Authenticates and parses a node.</summary>
    /// <param name="bytes">The row as stored.</param>
    /// <param name="expected">The digest that the parent, or the head, has for it.</param>
    /// <param name="names">The number of names that the parent, or the head, has for it.</param>
    /// <param name="path">A path that leads through it.</param>
    /// <param name="depth">Its distance from the top.</param>
    /// <param name="scratch"><see cref="ContextSize"/> bytes.</param>
    /// <exception cref="VaultIntegrityException">It is not the node that the head vouches for, or has not the one form.</exception>
    public static HashTreeNode Open(ReadOnlySpan<byte> bytes, in Digest expected, long names, in HashTreePath path, int depth, Span<byte> scratch)
    {
        // The length is checked before anything is hashed: storage may hand out rows of any size.
        if (bytes.Length > MaxSize || ComputeDigest(path, depth, bytes, scratch) != expected)
            throw HashTreeErrors.Changed(path, depth);
        var node = new HashTreeNode(bytes);
        long found = bytes.IsEmpty ? 0 : bytes[0] switch { 0 => node.CheckLeaf(path, depth), 1 => node.CheckBranch(depth), _ => 0 };
        return found > 0 && found == names ? node : throw HashTreeErrors.Malformed(path, depth);
    }

    /// <summary>A node whose very bytes <see cref="Open"/> has checked before, for the digest that is expected now.</summary>
    public static HashTreeNode OpenedBefore(ReadOnlySpan<byte> bytes) => new(bytes);

    /// <summary>The digest of a node: SHA-256 of <c>ctx("tree-node", PATH, bytes)</c>.</summary>
    public static Digest ComputeDigest(in HashTreePath path, int depth, ReadOnlySpan<byte> bytes, Span<byte> scratch)
    {
        Span<byte> hex = stackalloc byte[HashTreePath.Length];
        path.WriteHex(hex);
        var context = new ContextBuilder(scratch, "tree-node"u8);
        context.Add(hex[..depth]);
        context.Add(bytes);
        return Digest.Sha256(context.Written);
    }

    /// <summary>The digest of a node under its key as stored; none for what is too large to be one.</summary>
    public static Digest ComputeDigest(RowKey key, ReadOnlySpan<byte> bytes)
    {
        Span<byte> hex = stackalloc byte[HashTreePath.Length], scratch = stackalloc byte[ContextSize];
        string path = key.ToString()[2..];
        if (bytes.Length > MaxSize || path.Length > hex.Length)
            return default;
        var context = new ContextBuilder(scratch, "tree-node"u8);
        context.Add(hex[..System.Text.Encoding.ASCII.GetBytes(path, hex)]);
        context.Add(bytes);
        return Digest.Sha256(context.Written);
    }

    /// <summary>An entry of a leaf.</summary>
    public HashTreeEntry Entry(int index)
    {
        ReadOnlySpan<byte> entry = EntryBytes(index);
        return new HashTreeEntry(HashTreePath.FromBytes(entry[..Digest.Size]), Digest.FromBytes(entry[Digest.Size..]));
    }

    /// <summary>Finds a name in a leaf.</summary>
    public bool TryFind(in HashTreePath path, out Digest digest)
    {
        for (int i = 0; i < EntryCount; i++)
        {
            ReadOnlySpan<byte> entry = EntryBytes(i);
            if (!entry[..Digest.Size].SequenceEqual(path.Span)) // public
                continue;
            digest = Digest.FromBytes(entry[Digest.Size..]);
            return true;
        }

        digest = default;
        return false;
    }

    /// <summary>A child of a branch.</summary>
    /// <param name="nibble">Which.</param>
    /// <param name="names">The number of names below it, at least 1; 0 when it is not there.</param>
    /// <param name="digest">Its digest.</param>
    public bool TryChild(int nibble, out long names, out Digest digest)
    {
        (names, digest) = (0, default);
        if (_bytes.IsEmpty || (Bitmap >> nibble & 1) == 0)
            return false;
        ReadOnlySpan<byte> child = _bytes.Slice(BranchHeader + (BitOperations.PopCount((uint)Bitmap & ((1u << nibble) - 1)) * ChildSize), ChildSize);
        names = BinaryPrimitives.ReadUInt32BigEndian(child);
        digest = Digest.FromBytes(child[sizeof(uint)..]);
        return true;
    }

    /// <summary>The bytes of a leaf.</summary>
    /// <param name="entries">1 to 16, sorted.</param>
    public static byte[] Leaf(ReadOnlySpan<HashTreeEntry> entries)
    {
        byte[] bytes = new byte[LeafHeader + (entries.Length * EntrySize)];
        BinaryPrimitives.WriteInt32BigEndian(bytes.AsSpan(1), entries.Length);
        for (int i = 0; i < entries.Length; i++)
        {
            Span<byte> entry = bytes.AsSpan(LeafHeader + (i * EntrySize), EntrySize);
            entries[i].Path.Span.CopyTo(entry);
            entries[i].Digest.Span.CopyTo(entry[Digest.Size..]);
        }

        return bytes;
    }

    /// <summary>The bytes of a branch.</summary>
    /// <param name="before">The branch as it was; the default value when there was none.</param>
    /// <param name="children">16 places: a child that has changed (one without names goes), or null to keep what was there.</param>
    public static byte[] Branch(in HashTreeNode before, ReadOnlySpan<HashTreeSubtree?> children)
    {
        Span<byte> bytes = stackalloc byte[BranchHeader + (HashTree.Fanout * ChildSize)];
        int length = BranchHeader, bitmap = 0;
        for (int nibble = 0; nibble < HashTree.Fanout; nibble++)
        {
            before.TryChild(nibble, out long names, out Digest digest);
            if (children[nibble] is { } child)
                (names, digest) = (child.Names, child.Digest);
            if (names == 0)
                continue;
            bitmap |= 1 << nibble;
            BinaryPrimitives.WriteUInt32BigEndian(bytes[length..], checked((uint)names));
            digest.Span.CopyTo(bytes[(length + sizeof(uint))..]);
            length += ChildSize;
        }

        bytes[0] = 1;
        BinaryPrimitives.WriteUInt16BigEndian(bytes[1..], (ushort)bitmap);
        return bytes[..length].ToArray();
    }

    private ReadOnlySpan<byte> EntryBytes(int index) => _bytes.Slice(LeafHeader + (index * EntrySize), EntrySize);

    // The number of names; 0 when malformed.
    private long CheckLeaf(in HashTreePath path, int depth)
    {
        if (_bytes.Length < LeafHeader + EntrySize || (_bytes.Length - LeafHeader) % EntrySize != 0 || BinaryPrimitives.ReadUInt32BigEndian(_bytes[1..]) != EntryCount)
            return 0;
        for (int i = 0; i < EntryCount; i++)
        {
            ReadOnlySpan<byte> hash = EntryBytes(i)[..Digest.Size];
            if (!path.SharesPrefix(hash, depth) || (i > 0 && EntryBytes(i - 1)[..Digest.Size].SequenceCompareTo(hash) >= 0))
                return 0;
        }

        return EntryCount;
    }

    // A branch of at most 16 names would be a second form of a leaf. No branch can be at the last depth: it would need 17 names that agree in all nibbles but one.
    private long CheckBranch(int depth)
    {
        if (_bytes.Length < BranchHeader || _bytes.Length != BranchHeader + (BitOperations.PopCount((uint)Bitmap) * ChildSize) || depth >= HashTreePath.Length - 1)
            return 0;
        long names = 0;
        for (int at = BranchHeader; at < _bytes.Length; at += ChildSize)
        {
            uint below = BinaryPrimitives.ReadUInt32BigEndian(_bytes[at..]);
            if (below == 0)
                return 0;
            names += below;
        }

        return names > HashTree.LeafCapacity ? names : 0;
    }
}

/// <summary>A name's place in the tree with the digest of its record.</summary>
internal readonly record struct HashTreeEntry(HashTreePath Path, Digest Digest);
