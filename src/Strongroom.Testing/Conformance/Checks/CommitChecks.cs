using Strongroom.Storage;

namespace Strongroom.Testing.Conformance;

/// <summary>What commits do, one after the other.</summary>
internal static class CommitChecks
{
    public static async Task SeenByOtherHandles(ConformanceRun run)
    {
        StoredRow row = KitRows.Row(KitRows.Records[0], 1);
        (IVaultBackend writer, KitHead head) = await run.CreateAsync(row).ConfigureAwait(false);
        IVaultBackend opened = await run.OpenAsync().ConfigureAwait(false);
        await run.RequireStateAsync(opened, head, [row]).ConfigureAwait(false);
        for (int i = 2; i < 12; i++)
        {
            // Handles take turns, so each commits on what another has written.
            IVaultBackend turn = i % 2 == 0 ? writer : opened;
            row = KitRows.Row(row.Key, i);
            head = await MustCommitAsync(run, turn, head, [row]).ConfigureAwait(false);
            await run.RequireStateAsync(writer, head, [row]).ConfigureAwait(false);
            await run.RequireStateAsync(opened, head, [row]).ConfigureAwait(false);
            await run.RequireStateAsync(await run.OpenAsync().ConfigureAwait(false), head, [row]).ConfigureAwait(false);
        }
    }

    public static async Task OnlyTheExpectedHeadIsReplaced(ConformanceRun run)
    {
        StoredRow row = KitRows.Row(KitRows.Records[0], 1);
        (IVaultBackend backend, KitHead first) = await run.CreateAsync(row).ConfigureAwait(false);
        KitHead second = await MustCommitAsync(run, backend, first, []).ConfigureAwait(false);
        IVaultBackend other = await run.OpenAsync().ConfigureAwait(false);
        foreach (IVaultBackend handle in new[] { backend, other })
        {
            // An older head, none, and one of the same revision from another history, as after a restore.
            foreach (KitHead? wrong in new[] { first, null, KitHead.After(first) })
            {
                KitHead? won = await run.CommitAsync(handle, wrong, [KitRows.Row(row.Key, 2), KitRows.Row(KitRows.Records[1], 2)], [KitRows.Records[2]]).ConfigureAwait(false);
                ConformanceRun.Require(won is null, $"a commit that expected {(wrong is null ? "no vault" : $"another head of revision {wrong.Revision}")} replaced the head of revision {second.Revision}");
                await run.RequireStateAsync(handle, second, [row], [KitRows.Records[1]]).ConfigureAwait(false);
            }
        }
    }

    public static async Task AllOrNothing(ConformanceRun run)
    {
        RowKey[] keys = [.. KitRows.Keys(await run.OpenAsync().ConfigureAwait(false))];
        (RowKey[] even, RowKey[] odd) = ([.. keys.Where((_, i) => i % 2 == 0)], [.. keys.Where((_, i) => i % 2 == 1)]);
        (IVaultBackend backend, KitHead head) = await run.CreateAsync([.. even.Select(KitRows.Row)]).ConfigureAwait(false);
        for (int round = 0; round < 6; round++)
        {
            ConformanceRun.Require(await run.CommitAsync(backend, KitHead.After(head), [.. odd.Select(KitRows.Row)], even).ConfigureAwait(false) is null, "a commit on another head was not a conflict");
            await run.RequireStateAsync(backend, head, [.. even.Select(KitRows.Row)], odd).ConfigureAwait(false);
            head = await MustCommitAsync(run, backend, head, [.. odd.Select(KitRows.Row)], even).ConfigureAwait(false);
            await run.RequireStateAsync(backend, head, [.. odd.Select(KitRows.Row)], even).ConfigureAwait(false);
            (even, odd) = (odd, even);
        }
    }

    public static async Task KeptHead(ConformanceRun run)
    {
        (IVaultBackend backend, KitHead first) = await run.CreateAsync().ConfigureAwait(false);
        KitHead head = await MustCommitAsync(run, backend, first, [KitRows.Row(KitRows.Records[0], 1)]).ConfigureAwait(false);
        StoredRow[] rows = [.. Enumerable.Range(0, 20).Select(i => KitRows.Row(KitRows.Lines[i], i))];
        IVaultBackend other = await run.OpenAsync().ConfigureAwait(false);
        for (int i = 0; i < rows.Length; i += 2)
        {
            CommitOutcome outcome = await (i % 4 == 0 ? other : backend).TryCommitAsync(head.Commit(head, [rows[i], rows[i + 1]], []), run.Cancellation).ConfigureAwait(false);
            ConformanceRun.Require(outcome == CommitOutcome.Committed, $"rows under the head in place were not taken: {outcome}");
            // Again, as after an answer that was lost.
            await backend.TryCommitAsync(head.Commit(head, [rows[i]], []), run.Cancellation).ConfigureAwait(false);
            await run.RequireStateAsync(other, head, rows[..(i + 2)]).ConfigureAwait(false);
        }

        ChangeSet changes = await backend.ChangesSinceAsync(first.Revision, run.Cancellation).ConfigureAwait(false);
        ConformanceRun.Require(changes.Resynchronise || changes.Rows.SequenceEqual([KitRows.Records[0]]), "the list of changes was not left alone"); // public
        CommitOutcome late = await backend.TryCommitAsync(first.Commit(first, [KitRows.Row(KitRows.Lines[^1], 1)], []), run.Cancellation).ConfigureAwait(false);
        ConformanceRun.Require(late == CommitOutcome.Conflict, $"rows under a head that is not in place any more: {late}");
        KitHead next = await MustCommitAsync(run, other, head, [KitRows.Row(KitRows.Records[0], 2)]).ConfigureAwait(false);
        await run.RequireStateAsync(backend, next, rows, [KitRows.Lines[^1]]).ConfigureAwait(false);
    }

    public static async Task Deletes(ConformanceRun run)
    {
        (RowKey key, RowKey beside) = (KitRows.Records[8], KitRows.Records[4]);
        (IVaultBackend backend, KitHead head) = await run.CreateAsync(KitRows.Row(key, 1), KitRows.Row(beside, 1)).ConfigureAwait(false);
        head = await MustCommitAsync(run, backend, head, [], [key]).ConfigureAwait(false);
        await run.RequireStateAsync(backend, head, [KitRows.Row(beside, 1)], [key]).ConfigureAwait(false);
        ConformanceRun.Require((await run.ScanAsync(backend, new ScanRequest("s/")).ConfigureAwait(false)).Count == 1, "a deleted row is still scanned");
        head = await MustCommitAsync(run, backend, head, [], [key, KitRows.Records[1]]).ConfigureAwait(false);
        head = await MustCommitAsync(run, backend, head, [KitRows.Row(key, 2)]).ConfigureAwait(false);
        await run.RequireStateAsync(backend, head, [KitRows.Row(key, 2), KitRows.Row(beside, 1)]).ConfigureAwait(false);
    }

    public static async Task NothingButAHead(ConformanceRun run)
    {
        (IVaultBackend backend, KitHead head) = await run.CreateAsync().ConfigureAwait(false);
        for (int i = 0; i < 3; i++)
        {
            head = await MustCommitAsync(run, backend, head, []).ConfigureAwait(false);
            await run.RequireStateAsync(backend, head, [], [KitRows.Records[0]]).ConfigureAwait(false);
        }
    }

    public static async Task Limits(ConformanceRun run)
    {
        StoredRow row = KitRows.Row(KitRows.Records[0], 1);
        (IVaultBackend backend, KitHead head) = await run.CreateAsync(row).ConfigureAwait(false);
        BackendLimits limits = backend.Limits;
        ConformanceRun.Require(limits.MaxRows > 0 && limits.MaxRowBytes > 0 && limits.MaxCommitBytes >= limits.MaxRowBytes, $"these limits make no sense: {limits}");
        RowKey other = KitRows.Records[1];
        if (limits.MaxRowBytes < run.Options.MaxProbeBytes)
            await MustRefuseAsync("a row over the limit", [new StoredRow(other, KitRows.JsonOfSize(limits.MaxRowBytes + 1))], []).ConfigureAwait(false);
        if (limits.MaxRows < run.Options.MaxProbeRows)
        {
            StoredRow[] rows = [.. Enumerable.Range(0, limits.MaxRows).Select(i => KitRows.Row(KitRows.Record("many", i), 0))];
            await MustRefuseAsync("a commit of one row too many", [.. rows, KitRows.Row(other, 1)], []).ConfigureAwait(false);
            await MustRefuseAsync("a commit of one delete too many", rows, [other]).ConfigureAwait(false);
        }

        int size = (int)Math.Min(limits.MaxRowBytes, run.Options.MaxProbeBytes);
        if (limits.MaxCommitBytes < run.Options.MaxProbeBytes && limits.MaxCommitBytes / size < limits.MaxRows)
            await MustRefuseAsync("a commit over the limit of bytes", [.. Enumerable.Range(0, (int)(limits.MaxCommitBytes / size) + 1).Select(i => new StoredRow(KitRows.Record("big", i), KitRows.JsonOfSize(size)))], []).ConfigureAwait(false);

        async Task MustRefuseAsync(string what, StoredRow[] puts, RowKey[] deletes)
        {
            await ConformanceRun.RequireThrowsAsync<VaultLimitException>(async () => await run.CommitAsync(backend, head, puts, deletes).ConfigureAwait(false), what).ConfigureAwait(false);
            await run.RequireStateAsync(backend, head, [row], [.. puts.Select(put => put.Key).Where(key => key != row.Key)]).ConfigureAwait(false);
        }
    }

    public static async Task UpToTheLimits(ConformanceRun run)
    {
        (IVaultBackend backend, KitHead head) = await run.CreateAsync().ConfigureAwait(false);
        BackendLimits limits = backend.Limits;
        long room = Math.Min(limits.MaxCommitBytes, run.Options.MaxProbeBytes) - KitHead.After(head).Bytes.Length;
        StoredRow large = new(KitRows.Records[0], KitRows.JsonOfSize((int)Math.Min(limits.MaxRowBytes, room)));
        head = await MustCommitAsync(run, backend, head, [large]).ConfigureAwait(false);
        await run.RequireStateAsync(await run.OpenAsync().ConfigureAwait(false), head, [large]).ConfigureAwait(false);
        int count = Math.Min(limits.MaxRows, run.Options.MaxProbeRows);
        StoredRow[] many = [.. Enumerable.Range(0, count).Select(i => KitRows.Row(KitRows.Record("many", i), 0))];
        if (many.Sum(row => (long)row.Bytes.Length) > room)
            return;
        head = await MustCommitAsync(run, backend, head, many).ConfigureAwait(false);
        await run.RequireStateAsync(backend, head, many).ConfigureAwait(false);
        head = await MustCommitAsync(run, backend, head, [], [.. many.Select(row => row.Key)]).ConfigureAwait(false);
        await run.RequireStateAsync(backend, head, [large], [.. many.Select(row => row.Key)]).ConfigureAwait(false);
    }

    internal static async ValueTask<KitHead> MustCommitAsync(ConformanceRun run, IVaultBackend backend, KitHead head, IReadOnlyList<StoredRow> puts, IReadOnlyList<RowKey>? deletes = null) =>
        await run.CommitAsync(backend, head, puts, deletes).ConfigureAwait(false) ?? throw new ConformanceFailure($"a commit on the current head, of revision {head.Revision}, was a conflict");
}
