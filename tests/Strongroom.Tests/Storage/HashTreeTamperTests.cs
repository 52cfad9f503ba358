using System.Buffers.Binary;
using Strongroom.Cryptography;
using Strongroom.Storage;

namespace Strongroom.Tests.Storage;

/// <summary>What a database may do to the nodes of a path: the answer is the true one or a refusal, never another.</summary>
public class HashTreeTamperTests
{
    [Fact]
    public void Every_bit_flip_in_every_node_of_a_path_is_refused()
    {
        HashTreeModel tree = HashTreeTests.Random(600);
        string name = tree.Records.Keys.ElementAt(77), absent = name[..63] + (name[63] == '0' ? '1' : '0');
        foreach (string asked in new[] { name, absent })
        {
            int depth = Enumerable.Range(1, 64).First(d => tree.Look(asked, d).Outcome != HashTreeOutcome.NeedDeeper);
            List<ReadOnlyMemory<byte>?> nodes = tree.PathNodes(asked, depth);
            for (int at = 0; at < depth; at++)
            {
                byte[] bytes = nodes[at]!.Value.ToArray();
                for (int bit = 0; bit < bytes.Length * 8; bit++)
                {
                    byte[] flipped = [.. bytes];
                    flipped[bit / 8] ^= (byte)(1 << (bit % 8));
                    nodes[at] = flipped;
                    AssertRefused("SR1251", () => HashTreeModel.Verify(tree.Root, tree.Count, HashTreeModel.Path(asked), nodes, 0, depth));
                }

                nodes[at] = bytes;
            }
        }
    }

    [Fact]
    public void A_flip_in_root_or_count_is_refused()
    {
        HashTreeModel tree = HashTreeTests.Random(40);
        string name = tree.Records.Keys.First();
        List<ReadOnlyMemory<byte>?> nodes = tree.PathNodes(name, 3);
        AssertRefused("SR1251", () => HashTreeModel.Verify(HashTreeModel.DigestOf(1), 40, HashTreeModel.Path(name), nodes, 0, 3));
        AssertRefused("SR1252", () => HashTreeModel.Verify(tree.Root, 41, HashTreeModel.Path(name), nodes, 0, 3));
        AssertRefused("SR1253", () => HashTreeModel.Verify(tree.Root, 0, HashTreeModel.Path(name), nodes, 0, 3));
        AssertRefused("SR1253", () => new HashTreeUpdate(tree.Root, 0, []));
        AssertRefused("SR1251", () => HashTreeModel.Verify(default, 40, HashTreeModel.Path(name), nodes, 0, 3));
    }

    [Fact]
    public void A_hidden_cut_or_grown_node_is_refused()
    {
        HashTreeModel tree = HashTreeTests.Random(600);
        string name = tree.Records.Keys.First();
        List<ReadOnlyMemory<byte>?> nodes = tree.PathNodes(name, 4);
        for (int at = 0; nodes[at] is { } honest; at++)
        {
            foreach ((ReadOnlyMemory<byte>? lie, string code) in new (ReadOnlyMemory<byte>?, string)[]
                { (null, "SR1250"), (honest[..^1], "SR1251"), (ReadOnlyMemory<byte>.Empty, "SR1251"), (new byte[] { 0 }, "SR1251"), (new byte[1 << 20], "SR1251"), (honest.ToArray().Append((byte)0).ToArray(), "SR1251") })
            {
                nodes[at] = lie;
                AssertRefused(code, () => HashTreeModel.Verify(tree.Root, tree.Count, HashTreeModel.Path(name), nodes, 0, 4));
            }

            nodes[at] = honest;
        }
    }

    [Fact]
    public void Nodes_that_were_swapped_moved_or_rolled_back_are_refused()
    {
        HashTreeModel tree = HashTreeTests.Random(600);
        string name = tree.Records.Keys.First();
        List<ReadOnlyMemory<byte>?> old = tree.PathNodes(name, 3);
        foreach (string other in tree.Rows.Keys.Where(k => k.Length == 1 && k[0] != name[0]))
            AssertRefused("SR1251", () => HashTreeModel.Verify(tree.Root, tree.Count, HashTreeModel.Path(name), [old[0], tree.Rows[other], old[2]], 0, 3));
        AssertRefused("SR1251", () => HashTreeModel.Verify(tree.Root, tree.Count, HashTreeModel.Path(name), [old[1], old[0], old[2]], 0, 3));
        AssertRefused("SR1251", () => HashTreeModel.Verify(tree.Root, tree.Count, HashTreeModel.Path(name), old, 1, 2));

        tree.Apply((name, HashTreeModel.DigestOf(-5)));
        List<ReadOnlyMemory<byte>?> now = tree.PathNodes(name, 3);
        for (int mask = 1; mask < 8; mask++)
        {
            ReadOnlyMemory<byte>?[] mixed = [.. Enumerable.Range(0, 3).Select(i => (mask >> i & 1) == 1 ? old[i] : now[i])];
            AssertRefused("SR1251", () => HashTreeModel.Verify(tree.Root, tree.Count, HashTreeModel.Path(name), mixed, 0, 3));
        }
    }

    [Fact]
    public void A_node_of_equal_content_belongs_to_its_place_only()
    {
        byte[] bytes = HashTreeNode.Leaf([new HashTreeEntry(HashTreeModel.Path(HashTreeTests.Hash("a")), default)]);
        byte[] scratch = new byte[HashTreeNode.ContextSize];
        HashTreePath path = HashTreeModel.Path(HashTreeTests.Hash("a"));
        Assert.Equal(4, Enumerable.Range(0, 4).Select(depth => HashTreeNode.ComputeDigest(path, depth, bytes, scratch)).Distinct().Count());
        Assert.NotEqual(HashTreeNode.ComputeDigest(path, 1, bytes, scratch), HashTreeNode.ComputeDigest(path.With(0, 3), 1, bytes, scratch));
    }

    [Fact]
    public void What_lies_below_a_leaf_or_beside_the_tree_is_not_looked_at()
    {
        HashTreeModel tree = HashTreeTests.Random(10);
        string name = tree.Records.Keys.First();
        ReadOnlyMemory<byte> top = tree.PathNodes(name, 1)[0]!.Value;
        Assert.Equal(HashTreeOutcome.Found, HashTreeModel.Verify(tree.Root, 10, HashTreeModel.Path(name), [top, new byte[] { 9 }], 0, 2).Outcome);
        Assert.Equal(HashTreeOutcome.Absent, HashTreeModel.Verify(default, 0, HashTreeModel.Path(name), [top], 0, 1).Outcome);
    }

    [Fact]
    public void An_update_refuses_what_a_reader_refuses()
    {
        HashTreeModel tree = HashTreeTests.Random(600);
        string name = tree.Records.Keys.First();
        for (int at = 0; at < 3; at++)
        {
            string path = name[..at];
            byte[] honest = tree.Rows[path];
            tree.Rows[path] = [.. honest[..^1], (byte)(honest[^1] ^ 1)];
            AssertRefused("SR1251", () => tree.Apply((name, null)));
            tree.Rows.Remove(path);
            AssertRefused("SR1250", () => tree.Apply((name, null)));
            tree.Rows[path] = honest;
        }
    }

    [Fact]
    public void An_update_refuses_a_lie_about_the_siblings_it_swallows()
    {
        var tree = new HashTreeModel();
        tree.Apply(Enumerable.Range(0, 17).Select(i => (HashTreeTests.Hash($"{i % 3:x}{i / 3:x}"), (Digest?)HashTreeModel.DigestOf(i))));
        byte[] honest = tree.Rows["2"];
        tree.Rows["2"] = tree.Rows["1"];
        AssertRefused("SR1251", () => tree.Apply((HashTreeTests.Hash("00"), null)));
        tree.Rows["2"] = honest;
        tree.Apply((HashTreeTests.Hash("00"), null));
        tree.AssertCanonical();
    }

    public static TheoryData<string> Malformed =>
    [
        "02",
        "00" + "00000000",
        Leaf(2, "a1"),
        Leaf(2, "a2", "a1"),
        Leaf(2, "a1", "a1"),
        Leaf(1, "b1"),
        Leaf(1, "a1") + "00",
        Leaf(0x01000001, "a1"),
        "01" + "0000",
        "01" + "0001" + Child(17) + "00",
        "01" + "0003" + Child(17),
        "01" + "0001" + Child(9) + Child(9),
        "01" + "0001" + Child(16),
        "01" + "0003" + Child(17) + Child(0),
    ];

    [Theory]
    [MemberData(nameof(Malformed))]
    public void An_authentic_node_in_another_form_is_refused(string hex)
    {
        byte[] bytes = Convert.FromHexString(hex);
        HashTreePath path = HashTreeModel.Path(HashTreeTests.Hash("a1"));
        Digest digest = HashTreeNode.ComputeDigest(path, 1, bytes, new byte[HashTreeNode.ContextSize]);
        for (long names = 0; names <= 18; names++)
            AssertRefused("SR1252", () => HashTreeNode.Open(bytes, digest, names, path, 1, new byte[HashTreeNode.ContextSize]));
    }

    [Fact]
    public void A_branch_at_the_last_depth_is_refused()
    {
        byte[] bytes = Convert.FromHexString("01" + "0001" + Child(17));
        HashTreePath path = HashTreeModel.Path(HashTreeTests.Hash("a1"));
        byte[] scratch = new byte[HashTreeNode.ContextSize];
        Assert.False(HashTreeNode.Open(bytes, HashTreeNode.ComputeDigest(path, 62, bytes, scratch), 17, path, 62, scratch).IsLeaf);
        AssertRefused("SR1252", () => HashTreeNode.Open(bytes, HashTreeNode.ComputeDigest(path, 63, bytes, scratch), 17, path, 63, scratch));
    }

    private static string Leaf(int count, params string[] prefixes) => $"00{count:x8}" + string.Concat(prefixes.Select(p => HashTreeTests.Hash(p) + new string('e', 64)));

    private static string Child(int names)
    {
        byte[] bytes = new byte[36];
        BinaryPrimitives.WriteInt32BigEndian(bytes, names);
        return Convert.ToHexString(bytes);
    }

    private static void AssertRefused(string code, Action action) => Assert.Equal(code, Assert.Throws<VaultIntegrityException>(action).Code);

    private static void AssertRefused(string code, Func<object?> action) => AssertRefused(code, () => { action(); });
}
