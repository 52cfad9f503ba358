using CsCheck;
using Strongroom.Cryptography;
using Strongroom.Storage;

namespace Strongroom.Tests.Storage;

/// <summary>Random histories against a plain sorted map whose tree is rebuilt from scratch.</summary>
public class HashTreePropertyTests
{
    // Few first nibbles and long common runs make leaves split and branches shrink all the time, and deep.
    private static readonly Gen<string> Hash =
        Gen.Select(Gen.Int[0, 40], Gen.Int[0, 2], Gen.Int[0, 3], Gen.Int[0, 15], Gen.Int[0, 15])
            .Select((run, a, b, c, d) => new string("0f7"[a], run) + $"{b:x}{c:x}{d:x}").Select(prefix => prefix.PadRight(64, '5'));

    private static readonly Gen<(string Hex, Digest? Digest)> Change =
        Gen.Select(Hash, Gen.Int[-2, 5]).Select((hex, value) => (hex, value < 0 ? (Digest?)null : HashTreeModel.DigestOf(value)));

    private static readonly Gen<(string Hex, Digest? Digest)[]> Batch = Change.Array[1, 60].Select(batch => batch.DistinctBy(c => c.Hex).ToArray());

    [Fact]
    public void Any_history_gives_the_tree_of_the_set() =>
        Batch.Array[1, 12].Sample(
            batches =>
            {
                var tree = new HashTreeModel();
                foreach ((string Hex, Digest? Digest)[] batch in batches)
                {
                    tree.Apply(batch);
                    tree.AssertCanonical();
                }
            },
            iter: 80);

    [Fact]
    public void The_order_and_grouping_of_changes_leave_no_trace() =>
        Gen.Select(Hash.HashSet[1, 120], Gen.Int[0, int.MaxValue]).Sample(
            (hashes, seed) =>
            {
                var random = new Random(seed);
                (HashTreeModel once, HashTreeModel single) = (new(), new());
                once.Apply(hashes.Select(h => (h, (Digest?)HashTreeModel.DigestOf(h.GetHashCode(StringComparison.Ordinal)))));
                string[] shuffled = [.. hashes];
                random.Shuffle(shuffled);
                foreach (string hash in shuffled)
                    single.Apply((hash, HashTreeModel.DigestOf(hash.GetHashCode(StringComparison.Ordinal))));
                foreach (string extra in shuffled.Take(5).Select(h => new string([.. h.Reverse()])).Where(h => !hashes.Contains(h)).Distinct())
                {
                    single.Apply((extra, HashTreeModel.DigestOf(0)));
                    single.Apply((extra, null));
                }

                Assert.Equal(once.Root, single.Root);
                Assert.Equal(once.Rows.Keys.Order(StringComparer.Ordinal), single.Rows.Keys.Order(StringComparer.Ordinal));
            },
            iter: 60);

    [Fact]
    public void Every_name_is_found_and_every_other_proved_absent() =>
        Gen.Select(Hash.HashSet[0, 150], Hash.Array[1, 40]).Sample(
            (hashes, others) =>
            {
                var tree = new HashTreeModel();
                tree.Apply(hashes.Select((h, i) => (h, (Digest?)HashTreeModel.DigestOf(i))));
                foreach ((string hash, Digest digest) in tree.Records)
                    Assert.Equal(new HashTreeLookup(HashTreeOutcome.Found, digest), tree.Look(hash));
                foreach (string other in others.Where(o => !hashes.Contains(o)))
                    Assert.Equal(HashTreeOutcome.Absent, tree.Look(other).Outcome);
            },
            iter: 80);
}
