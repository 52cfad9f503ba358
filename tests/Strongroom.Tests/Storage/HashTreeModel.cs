using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Strongroom.Cryptography;
using Strongroom.Storage;

namespace Strongroom.Tests.Storage;

/// <summary>Node rows kept in a dictionary, changed through <see cref="HashTreeUpdate"/>, and beside them the same set of records as a plain map with the tree rebuilt from scratch in the most naive way.</summary>
internal sealed class HashTreeModel
{
    public Dictionary<string, byte[]> Rows { get; } = [];

    public SortedDictionary<string, Digest> Records { get; } = new(StringComparer.Ordinal);

    public Digest Root { get; private set; }

    public long Count { get; private set; }

    public int Rounds { get; private set; }

    public static HashTreePath Path(string hex) => HashTreePath.FromBytes(Convert.FromHexString(hex));

    public static Digest DigestOf(int value) => Digest.Sha256(BitConverter.GetBytes(value));

    public HashTreeResult Apply(params IEnumerable<(string Hex, Digest? Digest)> changes)
    {
        (string Hex, Digest? Digest)[] list = [.. changes];
        var update = new HashTreeUpdate(Root, Count, list.Select(c => new HashTreeChange(Path(c.Hex), c.Digest)));
        Rounds = 0;
        for (IReadOnlyList<RowKey> needed = update.Prepare(); needed.Count > 0; needed = update.Prepare())
        {
            Assert.True(++Rounds < 70, "the update asks for ever");
            Assert.Equal(needed.Count, needed.Distinct().Count());
            update.Supply(needed, [.. needed.Select(Read)]);
        }

        HashTreeResult result = update.Result!;
        Assert.Equal(result.Puts.Count + result.Deletes.Count, result.Puts.Select(p => p.Key).Concat(result.Deletes).Distinct().Count());
        foreach (RowKey key in result.Deletes)
            Assert.True(Rows.Remove(PathOf(key)), $"{key} is deleted and was not there");
        foreach (StoredRow row in result.Puts)
            Rows[PathOf(row.Key)] = row.Bytes.ToArray();
        (Root, Count) = (result.Root, result.Count);
        foreach ((string hex, Digest? digest) in list)
        {
            if (digest is { } value)
                Records[hex] = value;
            else
                Records.Remove(hex);
        }

        return result;
    }

    /// <summary>Looks a name up in nodes of its path that nobody has seen before.</summary>
    public static HashTreeLookup Verify(in Digest root, long count, in HashTreePath path, IReadOnlyList<ReadOnlyMemory<byte>?> rows, int offset, int depth)
    {
        var fetched = new Dictionary<RowKey, ReadOnlyMemory<byte>?>();
        for (int at = 0; at < depth; at++)
            fetched[path.RowKey(at)] = rows[offset + at];
        return new TreeWalk(new RowCache(1 << 20), root, count, fetched).Find(path).Lookup;
    }

    public HashTreeLookup Look(string hex, int depth) => Verify(Root, Count, Path(hex), PathNodes(hex, depth), 0, depth);

    public HashTreeLookup Look(string hex)
    {
        int depth = HashTree.GuessDepth(Count);
        HashTreeLookup found = Look(hex, depth);
        for (; found.Outcome == HashTreeOutcome.NeedDeeper; found = Look(hex, depth))
            depth++;
        return found;
    }

    public List<ReadOnlyMemory<byte>?> PathNodes(string hex, int depth)
    {
        var keys = new List<RowKey>();
        HashTree.AddPathRows(Path(hex), 0, depth, keys);
        return [.. keys.Select(Read)];
    }

    /// <summary>Stored rows, root and count are exactly those of the set of records, whatever led to it.</summary>
    public void AssertCanonical()
    {
        var expected = new Dictionary<string, byte[]>();
        byte[] root = Rebuild([.. Records], "", expected);
        Assert.Equal(Records.Count, Count);
        Assert.Equal(Convert.ToHexString(root), Convert.ToHexString(Root.Span));
        Assert.Equal(expected.OrderBy(r => r.Key, StringComparer.Ordinal).Select(Text), Rows.OrderBy(r => r.Key, StringComparer.Ordinal).Select(Text));
        HashTreeEntry[] entries = [.. Records.Reverse().Select(r => new HashTreeEntry(Path(r.Key), r.Value))];
        Assert.Equal(Root, HashTree.Summarise(entries));

        static string Text(KeyValuePair<string, byte[]> row) => row.Key + "=" + Convert.ToHexString(row.Value);
    }

    private static byte[] Rebuild(KeyValuePair<string, Digest>[] records, string path, Dictionary<string, byte[]> rows)
    {
        if (records.Length == 0)
            return new byte[32];
        var node = new List<byte>();
        if (records.Length <= 16)
        {
            node.Add(0);
            node.AddRange(U32(records.Length));
            foreach ((string hex, Digest digest) in records)
                node.AddRange([.. Convert.FromHexString(hex), .. digest.Span]);
        }
        else
        {
            int bitmap = 0;
            for (int nibble = 0; nibble < 16; nibble++)
            {
                string child = path + "0123456789abcdef"[nibble];
                KeyValuePair<string, Digest>[] below = [.. records.Where(r => r.Key.StartsWith(child, StringComparison.Ordinal))];
                if (below.Length == 0)
                    continue;
                bitmap |= 1 << nibble;
                node.AddRange([.. U32(below.Length), .. Rebuild(below, child, rows)]);
            }

            node.InsertRange(0, [1, (byte)(bitmap >> 8), (byte)bitmap]);
        }

        rows[path] = [.. node];
        return SHA256.HashData([.. U32(13), .. "strongroom/v1"u8, .. U32(9), .. "tree-node"u8, .. U32(path.Length), .. Encoding.ASCII.GetBytes(path), .. U32(node.Count), .. node]);
    }

    private ReadOnlyMemory<byte>? Read(RowKey key) => Rows.TryGetValue(PathOf(key), out byte[]? bytes) ? (ReadOnlyMemory<byte>?)bytes : null;

    private static string PathOf(RowKey key) => key.ToString()["t/".Length..];

    private static byte[] U32(int number)
    {
        byte[] bytes = new byte[4];
        BinaryPrimitives.WriteInt32BigEndian(bytes, number);
        return bytes;
    }
}
