using Strongroom.Cryptography;
using Strongroom.Storage;

namespace Strongroom.Tests.Storage;

/// <summary>Depths, shapes at the edges, and what an update asks for.</summary>
public class HashTreeTests
{
    [Theory]
    [InlineData(0, 1)]
    [InlineData(16, 1)]
    [InlineData(17, 3)]
    [InlineData(256, 3)]
    [InlineData(257, 4)]
    [InlineData(1_000_000, 6)]
    [InlineData(1_048_576, 6)]
    [InlineData(1_048_577, 7)]
    [InlineData(long.MaxValue, 17)]
    public void The_depth_to_ask_for(long count, int depth) => Assert.Equal(depth, HashTree.GuessDepth(count));

    [Fact]
    public void The_rows_of_a_path_are_the_prefixes_of_its_digits()
    {
        var rows = new List<RowKey> { RowKey.FromStored("before") };
        HashTree.AddPathRows(HashTreeModel.Path("a3f0" + new string('1', 60)), 0, 4, rows);
        Assert.Equal(["before", "t/", "t/a", "t/a3", "t/a3f"], rows.Select(r => r.ToString()));
    }

    [Fact]
    public void No_records_are_no_nodes()
    {
        var tree = new HashTreeModel();
        Assert.Equal(HashTreeOutcome.Absent, tree.Look(Hash("a")).Outcome);
        HashTreeResult result = tree.Apply((Hash("a"), null));
        Assert.Empty(result.Puts);
        Assert.Empty(result.Deletes);
        Assert.Equal(default, HashTree.Summarise([]));
    }

    [Fact]
    public void A_leaf_of_sixteen_becomes_a_branch_with_the_seventeenth_and_a_leaf_again_without_it()
    {
        var tree = new HashTreeModel();
        tree.Apply(Enumerable.Range(0, 16).Select(i => (Hash($"{i:x}"), Some(i))));
        Assert.Equal([""], tree.Rows.Keys);
        Digest before = tree.Root;

        tree.Apply((Hash("7a"), Some(99)));
        Assert.Equal(17, tree.Rows.Count);
        tree.AssertCanonical();

        HashTreeResult shrunk = tree.Apply((Hash("7a"), null));
        Assert.Equal(16, shrunk.Deletes.Count);
        Assert.Equal(before, tree.Root);
        tree.AssertCanonical();
    }

    [Fact]
    public void Names_that_agree_in_almost_all_digits_make_a_deep_tree_that_shrinks_back()
    {
        var tree = new HashTreeModel();
        string run = new('c', 62);
        tree.Apply(Enumerable.Range(0, 17).Select(i => ($"{run}{i:x2}", Some(i))));
        tree.AssertCanonical();
        // 63 branches (the last splits the digit before the last) and two leaves.
        Assert.Equal(65, tree.Rows.Count);
        Assert.Equal(HashTreeOutcome.Found, tree.Look($"{run}10").Outcome);
        Assert.Equal(HashTreeOutcome.NeedDeeper, tree.Look($"{run}10", 63).Outcome);
        Assert.Equal(HashTreeOutcome.Found, tree.Look($"{run}10", 64).Outcome);
        Assert.Equal(HashTreeOutcome.Absent, tree.Look(new string('c', 61) + "d00").Outcome);

        tree.Apply(($"{run}03", null));
        Assert.Equal([""], tree.Rows.Keys);
        tree.AssertCanonical();
    }

    [Fact]
    public void All_the_way_down_to_nothing()
    {
        var tree = new HashTreeModel();
        string[] hashes = [.. Enumerable.Range(0, 400).Select(i => Convert.ToHexStringLower(HashTreeModel.DigestOf(i).Span))];
        tree.Apply(hashes.Select((h, i) => (h, Some(i))));
        foreach (string hash in hashes)
        {
            tree.Apply((hash, null));
            if (tree.Count % 7 == 0 || tree.Count < 40)
                tree.AssertCanonical();
        }

        Assert.Equal((0, default), (tree.Count, tree.Root));
        Assert.Empty(tree.Rows);
    }

    [Fact]
    public void An_update_that_changes_nothing_writes_nothing()
    {
        HashTreeModel tree = Random(300);
        Digest root = tree.Root;
        string known = tree.Records.Keys.First();
        HashTreeResult result = tree.Apply((known, tree.Records[known]), (Hash("123456"), null));
        Assert.Empty(result.Puts);
        Assert.Empty(result.Deletes);
        Assert.Equal(root, result.Root);
    }

    [Fact]
    public void An_update_asks_for_its_paths_only_and_in_one_round()
    {
        HashTreeModel tree = Random(3000);
        var update = new HashTreeUpdate(tree.Root, tree.Count, [new HashTreeChange(HashTreeModel.Path(Hash("abcd")), HashTreeModel.DigestOf(1))]);
        Assert.Equal(["t/", "t/a", "t/ab", "t/abc"], update.Prepare().Select(r => r.ToString()));
        tree.Apply((Hash("abcd"), Some(1)), (Hash("9"), Some(2)));
        Assert.Equal(1, tree.Rounds);
        tree.AssertCanonical();
    }

    [Fact]
    public void Siblings_are_asked_for_only_when_a_branch_shrinks_to_a_leaf()
    {
        var tree = new HashTreeModel();
        tree.Apply(Enumerable.Range(0, 18).Select(i => (Hash($"{i % 3:x}{i / 3:x}"), Some(i))));
        tree.Apply((Hash("00"), null));
        Assert.Equal(1, tree.Rounds);
        tree.Apply((Hash("01"), null));
        Assert.Equal(2, tree.Rounds);
        Assert.Equal([""], tree.Rows.Keys);
        tree.AssertCanonical();
    }

    [Fact]
    public void One_change_of_many_rewrites_its_path_only()
    {
        HashTreeModel tree = Random(5000);
        string known = tree.Records.Keys.ElementAt(1234);
        HashTreeResult result = tree.Apply((known, HashTreeModel.DigestOf(-1)));
        Assert.InRange(result.Puts.Count, 3, 5);
        Assert.All(result.Puts, put => Assert.StartsWith(put.Key.ToString()[2..], known, StringComparison.Ordinal));
        Assert.Empty(result.Deletes);
    }

    [Fact]
    public void A_change_may_name_a_path_only_once()
    {
        HashTreeChange change = new(HashTreeModel.Path(Hash("a")), null);
        Assert.Throws<ArgumentException>(() => new HashTreeUpdate(default, 0, [change, change]));
        HashTreeEntry entry = new(HashTreeModel.Path(Hash("a")), default);
        Assert.Throws<ArgumentException>(() => HashTree.Summarise(new[] { entry, entry }));
    }

    internal static HashTreeModel Random(int count)
    {
        var tree = new HashTreeModel();
        tree.Apply(Enumerable.Range(0, count).Select(i => (Convert.ToHexStringLower(HashTreeModel.DigestOf(i).Span), Some(i))));
        return tree;
    }

    internal static string Hash(string prefix) => prefix.PadRight(64, '0');

    private static Digest? Some(int value) => HashTreeModel.DigestOf(value);
}
