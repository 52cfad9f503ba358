using System.Security.Cryptography;
using Strongroom.Bench.Harness;
using Strongroom.Cryptography;
using Strongroom.Storage;

namespace Strongroom.Bench.Rows;

/// <summary>The hash tree of databases, a million names held in memory: one verified read, one commit of one name. A database's own time comes on top.</summary>
internal static class TreeRow
{
    private const int Names = 1_000_000, Operations = 10_000;

    public static IEnumerable<Measured> Measure()
    {
        byte[] indexKey = RandomNumberGenerator.GetBytes(32), record = RandomNumberGenerator.GetBytes(800);
        Digest digest = Digest.Sha256(record);
        SecretName[] names = [.. Enumerable.Range(0, Names).Select(Samples.Name)];
        var build = new HashTreeUpdate(default, 0, names.Select(name => new HashTreeChange(HashTreePath.Of(indexKey, name), digest)));
        build.Prepare();
        Dictionary<RowKey, ReadOnlyMemory<byte>> rows = build.Result!.Puts.ToDictionary(put => put.Key, put => put.Bytes);
        Digest root = build.Result.Root;
        Random random = new(1);
        double read = Interleaved.One(Rounds.Of(15), Operations, count =>
        {
            for (int i = 0; i < count; i++)
                Read(rows, root, HashTreePath.Of(indexKey, names[random.Next(Names)]), record);
        });
        double commit = Interleaved.One(Rounds.Of(15), Operations, count =>
        {
            for (int i = 0; i < count; i++)
                root = Commit(rows, root, HashTreePath.Of(indexKey, names[random.Next(Names)]), random);
        });
        yield return Measured.Time("hash tree of 10⁶ names: verified read", read, 25e-6);
        yield return Measured.Time("hash tree of 10⁶ names: commit of one", commit, 50e-6);
    }

    private static void Read(Dictionary<RowKey, ReadOnlyMemory<byte>> rows, in Digest root, in HashTreePath path, byte[] record)
    {
        int depth = HashTree.GuessDepth(Names);
        List<RowKey> keys = new(depth);
        HashTree.AddPathRows(path, 0, depth, keys);
        HashTreeLookup found = new TreeWalk(new RowCache(1 << 20), root, Names, keys.Zip(Fetch(rows, keys)).ToDictionary()).Find(path).Lookup;
        if (found.Outcome != HashTreeOutcome.Found)
            throw new InvalidOperationException("A name was not found.");
        // The digest in the tree is another one once the name has been committed to; hashing the record is part of a read all the same.
        GC.KeepAlive(found.Digest == Digest.Sha256(record));
    }

    private static Digest Commit(Dictionary<RowKey, ReadOnlyMemory<byte>> rows, in Digest root, in HashTreePath path, Random random)
    {
        byte[] digest = new byte[Digest.Size];
        random.NextBytes(digest);
        var update = new HashTreeUpdate(root, Names, [new HashTreeChange(path, Digest.FromBytes(digest))]);
        for (IReadOnlyList<RowKey> needed = update.Prepare(); needed.Count > 0; needed = update.Prepare())
            update.Supply(needed, Fetch(rows, needed));
        foreach (StoredRow put in update.Result!.Puts)
            rows[put.Key] = put.Bytes;
        return update.Result.Root;
    }

    private static ReadOnlyMemory<byte>?[] Fetch(Dictionary<RowKey, ReadOnlyMemory<byte>> rows, IReadOnlyList<RowKey> keys)
    {
        var fetched = new ReadOnlyMemory<byte>?[keys.Count];
        for (int i = 0; i < keys.Count; i++)
            fetched[i] = rows.TryGetValue(keys[i], out ReadOnlyMemory<byte> bytes) ? bytes : (ReadOnlyMemory<byte>?)null;
        return fetched;
    }
}
