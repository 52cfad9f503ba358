using Strongroom.Storage;

namespace Strongroom.Testing.Conformance;

/// <summary>Random operations on few keys, so that they meet.</summary>
internal static class OperationGenerator
{
    public const int Handles = 3;

    private static readonly string[] Prefixes = ["", "s/", "v/", "t/", "s/a", "s/a/", "s/co", "t/a"];

    public static IReadOnlyList<Operation> Generate(Random random, int count, IReadOnlyList<RowKey> allKeys)
    {
        RowKey[] keys = [.. allKeys];
        random.Shuffle(keys);
        keys = keys[..Math.Min(keys.Length, 16)];
        return [.. Enumerable.Range(0, count).Select(_ => Next(random, keys))];
    }

    private static Operation Next(Random random, RowKey[] keys)
    {
        int handle = random.Next(Handles);
        return random.Next(20) switch
        {
            < 8 => Commit(random, handle, keys),
            < 13 => new ReadOperation(handle, [.. random.GetItems(keys, random.Next(7))]),
            < 16 => new ScanOperation(handle, new ScanRequest(
                random.GetItems(Prefixes, 1)[0], random.Next(2) == 0 ? random.GetItems(keys, 1)[0] : null, random.Next(2) == 0 ? random.Next(1, 6) : int.MaxValue, random.Next(2) == 0)),
            < 19 => new ChangesOperation(handle, random.Next(6)),
            _ => new ReopenOperation(handle),
        };
    }

    private static CommitOperation Commit(Random random, int handle, RowKey[] keys)
    {
        ExpectedHead expected = random.Next(8) switch { 0 => ExpectedHead.Older, 1 => ExpectedHead.None, 2 => ExpectedHead.Foreign, _ => ExpectedHead.Current };
        RowKey[] touched = [.. random.GetItems(keys, random.Next(6)).Distinct()];
        RowKey[] deletes = [.. touched.Where(_ => random.Next(3) == 0)];
        return new CommitOperation(handle, expected, [.. touched.Except(deletes).Select(key => (key, random.Next(1, 10_000)))], deletes);
    }
}
