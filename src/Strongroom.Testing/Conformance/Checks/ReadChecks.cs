using Strongroom.Storage;

namespace Strongroom.Testing.Conformance;

/// <summary>What reads and scans give back.</summary>
internal static class ReadChecks
{
    public static async Task BytesAsStored(ConformanceRun run)
    {
        IReadOnlyList<RowKey> keys = KitRows.Keys(await run.OpenAsync().ConfigureAwait(false));
        (IVaultBackend backend, KitHead head) = await run.CreateAsync().ConfigureAwait(false);
        IVaultBackend reader = await run.OpenAsync().ConfigureAwait(false);
        for (int round = 0; round < 8; round++)
        {
            StoredRow[] rows = [.. keys.Select((key, i) => KitRows.Row(key, (round * 31) + i))];
            head = await CommitChecks.MustCommitAsync(run, backend, head, rows).ConfigureAwait(false);
            await run.RequireStateAsync(reader, head, rows).ConfigureAwait(false);
            foreach (StoredRow row in (await run.ScanAsync(reader, new ScanRequest("")).ConfigureAwait(false)).Join(rows, row => row.Key, row => row.Key, (found, row) => row with { Bytes = found.Bytes }))
                ConformanceRun.RequireBytes(row.Key, row.Bytes, rows.First(expected => expected.Key == row.Key).Bytes);
        }
    }

    public static async Task EachRowInItsPlace(ConformanceRun run)
    {
        StoredRow[] rows = [.. KitRows.Records.Select(KitRows.Row)];
        (IVaultBackend backend, KitHead head) = await run.CreateAsync(rows).ConfigureAwait(false);
        await run.RequireStateAsync(backend, head, []).ConfigureAwait(false);
        await run.RequireStateAsync(backend, head, rows, [KitRows.Versions[0], KitRows.Record("not", 1)]).ConfigureAwait(false);

        // Missing ones in between, in no order, and each twice: an answer that is matched by key or by order of storage gives itself away.
        RowKey[] asked = [.. Enumerable.Range(0, 300).Select(_ => run.Random.Next(3) == 0 ? KitRows.Record("not", run.Random.Next(5)) : rows[run.Random.Next(rows.Length)].Key)];
        VaultRead? read = await backend.ReadAsync(asked, run.Cancellation).ConfigureAwait(false);
        ConformanceRun.Require(read?.Rows.Count == asked.Length, "the read does not have one entry for each row asked for");
        for (int i = 0; i < asked.Length; i++)
        {
            int index = Array.FindIndex(rows, row => row.Key == asked[i]);
            if (index < 0)
                ConformanceRun.Require(read!.Rows[i] is null, $"row {asked[i]} was never written, and there are bytes for it");
            else
                ConformanceRun.RequireBytes(asked[i], read!.Rows[i], rows[index].Bytes);
        }
    }

    public static async Task ScansInOrder(ConformanceRun run)
    {
        IReadOnlyList<RowKey> keys = KitRows.Keys(await run.OpenAsync().ConfigureAwait(false));
        StoredRow[] rows = [.. keys.Select(KitRows.Row)];
        (IVaultBackend backend, KitHead _) = await run.CreateAsync([.. rows.OrderBy(_ => run.Random.Next())]).ConfigureAwait(false);
        foreach (string prefix in new[] { "s/", "v/", "t/", "s/a", "s/a/", "s/A", "s/co", "s/x", "s/s/s/", "v/0", $"{KitRows.Versions[0]}", "s/none", "t/a", "" })
        {
            StoredRow[] expected = [.. rows.Where(row => row.Key.ToString().StartsWith(prefix, StringComparison.Ordinal)).OrderBy(row => row.Key)];
            await RequireScanAsync(run, backend, new ScanRequest(prefix), expected).ConfigureAwait(false);
            foreach (RowKey after in expected.Select(row => row.Key).Concat([RowKey.FromStored("s/a!"), RowKey.FromStored("s/~"), RowKey.FromStored("a"), RowKey.FromStored("z")]))
                await RequireScanAsync(run, backend, new ScanRequest(prefix, after), [.. expected.Where(row => row.Key > after)]).ConfigureAwait(false);
        }
    }

    public static async Task ScansInPages(ConformanceRun run)
    {
        StoredRow[] rows = [.. Enumerable.Range(0, 257).Select(i => KitRows.Row(KitRows.Record("page", i), i)).OrderBy(row => row.Key)];
        (IVaultBackend backend, KitHead head) = await run.CreateAsync().ConfigureAwait(false);
        foreach (StoredRow[] chunk in rows.Chunk(Math.Min(backend.Limits.MaxRows, 50)))
            head = await CommitChecks.MustCommitAsync(run, backend, head, chunk).ConfigureAwait(false);
        foreach ((int limit, bool keysOnly) in new[] { (1, true), (2, false), (16, true), (100, false), (256, false), (257, true), (258, false), (int.MaxValue, false), (int.MaxValue, true) })
        {
            var all = new List<StoredRow>();
            for (RowKey? after = null; ;)
            {
                List<StoredRow> page = await run.ScanAsync(backend, new ScanRequest("s/page/", after, limit, keysOnly)).ConfigureAwait(false);
                ConformanceRun.Require(page.Count <= limit, $"a page of {limit} rows has {page.Count}");
                all.AddRange(page);
                if (page.Count < limit)
                    break;
                after = page[^1].Key;
            }

            RequireRows(all, rows, keysOnly, $"pages of {limit}");
        }
    }

    private static async ValueTask RequireScanAsync(ConformanceRun run, IVaultBackend backend, ScanRequest scan, StoredRow[] expected)
    {
        RequireRows(await run.ScanAsync(backend, scan).ConfigureAwait(false), expected, false, $"{scan}");
        RequireRows(await run.ScanAsync(backend, scan with { KeysOnly = true, Limit = 3 }).ConfigureAwait(false), [.. expected.Take(3)], true, $"{scan}, keys of the first 3");
    }

    private static void RequireRows(List<StoredRow> found, StoredRow[] expected, bool keysOnly, string what)
    {
        string[] keys = [.. found.Select(row => row.Key.ToString())], wanted = [.. expected.Select(row => row.Key.ToString())];
        int differs = Enumerable.Range(0, Math.Max(keys.Length, wanted.Length)).FirstOrDefault(i => i >= keys.Length || i >= wanted.Length || keys[i] != wanted[i], -1);
        ConformanceRun.Require(differs < 0, $"{what}: {keys.Length} rows instead of {wanted.Length}; at {differs} {keys.ElementAtOrDefault(differs) ?? "nothing"} instead of {wanted.ElementAtOrDefault(differs) ?? "nothing"}");
        for (int i = 0; i < found.Count; i++)
        {
            if (keysOnly)
                ConformanceRun.Require(found[i].Bytes.IsEmpty, $"{what}: row {found[i].Key} has bytes though only keys were asked for");
            else
                ConformanceRun.RequireBytes(found[i].Key, found[i].Bytes, expected[i].Bytes);
        }
    }
}
