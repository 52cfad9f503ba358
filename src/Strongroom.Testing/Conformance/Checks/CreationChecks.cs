using Strongroom.Storage;

namespace Strongroom.Testing.Conformance;

/// <summary>Storage without a vault, and the first commit.</summary>
internal static class CreationChecks
{
    public static async Task NoVaultReadsAsNull(ConformanceRun run)
    {
        IVaultBackend backend = await run.OpenAsync().ConfigureAwait(false);
        await run.RequireStateAsync(backend, null, []).ConfigureAwait(false);
        await run.RequireStateAsync(backend, null, [], [KitRows.Records[0], KitRows.Versions[0]]).ConfigureAwait(false);
        foreach (string prefix in new[] { "s/", "v/", "t/" })
            ConformanceRun.Require((await run.ScanAsync(backend, new ScanRequest(prefix)).ConfigureAwait(false)).Count == 0, $"a scan of {prefix} finds rows where there is no vault");
        KitHead? head = await run.CommitAsync(backend, KitHead.After(null), [KitRows.Row(KitRows.Records[0], 1)]).ConfigureAwait(false);
        ConformanceRun.Require(head is null, "a commit on a head that does not exist was not a conflict");
        await run.RequireStateAsync(backend, null, []).ConfigureAwait(false);
        ChangeSet changes = await backend.ChangesSinceAsync(0, run.Cancellation).ConfigureAwait(false);
        ConformanceRun.Require(changes.Revision == 0 && changes.Rows.Count == 0, "changes are reported where there is no vault");
    }

    public static async Task CreateWinsOnce(ConformanceRun run)
    {
        (IVaultBackend first, KitHead head) = await run.CreateAsync(KitRows.Row(KitRows.Records[0], 1)).ConfigureAwait(false);
        IVaultBackend second = await run.OpenAsync().ConfigureAwait(false);
        foreach (IVaultBackend backend in new[] { first, second })
            ConformanceRun.Require(await run.CommitAsync(backend, null, [KitRows.Row(KitRows.Records[0], 2)]).ConfigureAwait(false) is null, "a vault was created in place of another");
        await run.RequireStateAsync(second, head, [KitRows.Row(KitRows.Records[0], 1)]).ConfigureAwait(false);
    }

    public static async Task OneOfManyCreates(ConformanceRun run)
    {
        var backends = new List<IVaultBackend>();
        for (int i = 0; i < run.Options.Writers; i++)
            backends.Add(await run.OpenAsync().ConfigureAwait(false));
        using var start = new Barrier(backends.Count);
        KitHead?[] heads = await Task.WhenAll(backends.Select((backend, i) => Task.Factory.StartNew(
            async () =>
            {
                start.SignalAndWait(run.Cancellation);
                return await Transient.RetryAsync(run, () => run.CommitAsync(backend, null, [KitRows.Row(KitRows.Record("creator", i), i)])).ConfigureAwait(false);
            },
            run.Cancellation,
            TaskCreationOptions.LongRunning,
            TaskScheduler.Default).Unwrap())).ConfigureAwait(false);
        int[] winners = [.. Enumerable.Range(0, heads.Length).Where(i => heads[i] is not null)];
        ConformanceRun.Require(winners.Length == 1, $"{winners.Length} of {heads.Length} created the same vault");
        foreach (IVaultBackend backend in backends)
        {
            await run.RequireStateAsync(
                backend, heads[winners[0]], [KitRows.Row(KitRows.Record("creator", winners[0]), winners[0])],
                [.. Enumerable.Range(0, heads.Length).Where(i => i != winners[0]).Select(i => KitRows.Record("creator", i))]).ConfigureAwait(false);
        }
    }

    public static async Task Reopened(ConformanceRun run)
    {
        StoredRow[] rows = [.. KitRows.Records.Select(KitRows.Row)];
        (IVaultBackend backend, KitHead head) = await run.CreateAsync(rows).ConfigureAwait(false);
        KitHead next = await run.CommitAsync(backend, head, [], [rows[3].Key]).ConfigureAwait(false) ?? throw new ConformanceFailure("a commit on the current head was a conflict");
        await run.DisposeAsync().ConfigureAwait(false);
        await run.RequireStateAsync(await run.OpenAsync().ConfigureAwait(false), next, [.. rows.Where((_, i) => i != 3)], [rows[3].Key]).ConfigureAwait(false);
    }
}
