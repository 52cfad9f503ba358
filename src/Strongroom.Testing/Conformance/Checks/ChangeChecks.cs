using Strongroom.Storage;

namespace Strongroom.Testing.Conformance;

/// <summary>Changes since a revision, and hints that there are some.</summary>
internal static class ChangeChecks
{
    public static async Task ChangesSince(ConformanceRun run)
    {
        (IVaultBackend backend, KitHead head) = await run.CreateAsync().ConfigureAwait(false);
        IVaultBackend reader = await run.OpenAsync().ConfigureAwait(false);
        var history = new List<(long Revision, Dictionary<RowKey, int> Records, RowKey[] Touched)> { (head.Revision, [], []) };
        for (int i = 0; i < 10; i++)
        {
            Dictionary<RowKey, int> records = new(history[^1].Records) { [KitRows.Record("changed", i)] = i, [KitRows.Record("changed", i / 2)] = i + 1 };
            RowKey[] deletes = [.. records.Keys.Where(_ => i > 6).Take(1)];
            records = records.ExceptBy(deletes, record => record.Key).ToDictionary();
            RowKey[] puts = [.. records.Except(history[^1].Records).Select(record => record.Key)];
            head = await CommitChecks.MustCommitAsync(run, backend, head, [.. puts.Select(key => KitRows.Row(key, records[key])), KitRows.Row(KitRows.Versions[i % 3], i)], deletes).ConfigureAwait(false);
            history.Add((head.Revision, records, [.. puts, .. deletes]));
        }

        for (int since = 0; since < history.Count; since++)
        {
            RowKey[] touched = [.. history.Skip(since + 1).SelectMany(commit => commit.Touched).Distinct()];
            RowKey[] differ = [.. touched.Where(key => history[since].Records.GetValueOrDefault(key, -1) != history[^1].Records.GetValueOrDefault(key, -1))];
            foreach (IVaultBackend handle in new[] { backend, reader })
                RequireChanges(await handle.ChangesSinceAsync(history[since].Revision, run.Cancellation).ConfigureAwait(false), head.Revision, differ, touched);
        }

        // A revision that this vault has not had yet: the reader has seen a newer history, and must not be told that nothing has changed.
        ChangeSet ahead = await backend.ChangesSinceAsync(head.Revision + 5, run.Cancellation).ConfigureAwait(false);
        ConformanceRun.Require(ahead.Resynchronise, "a reader that is ahead of the vault was not told to resynchronise");
    }

    internal static void RequireChanges(ChangeSet changes, long revision, IReadOnlyCollection<RowKey> atLeast, IReadOnlyCollection<RowKey> atMost)
    {
        ConformanceRun.Require(changes.Revision == revision, $"changes reach revision {changes.Revision} instead of {revision}");
        if (changes.Resynchronise)
            return;
        ConformanceRun.Require(changes.Rows.Distinct().Count() == changes.Rows.Count, "a changed row is reported twice");
        RowKey[] missing = [.. atLeast.Except(changes.Rows)], extra = [.. changes.Rows.Except(atMost)];
        ConformanceRun.Require(missing.Length == 0, $"not reported as changed: {string.Join(", ", missing)}");
        ConformanceRun.Require(extra.Length == 0, $"reported as changed and was not, or is no record: {string.Join(", ", extra)}");
    }

    public static async Task WatchHints(ConformanceRun run)
    {
        (IVaultBackend backend, KitHead head) = await run.CreateAsync().ConfigureAwait(false);
        IVaultBackend watcher = await run.OpenAsync().ConfigureAwait(false);
        var watch = new Watch(run, watcher, head.Revision);
        await using (watch.ConfigureAwait(false))
        {
            for (int i = 0; i < 3; i++)
            {
                watch.Begin();
                head = await CommitChecks.MustCommitAsync(run, backend, head, []).ConfigureAwait(false);
                await watch.UntilAsync(head.Revision).ConfigureAwait(false);
            }
        }

        // The head has moved before this watch begins.
        var late = new Watch(run, watcher, head.Revision - 1);
        await using (late.ConfigureAwait(false))
            await late.UntilAsync(head.Revision).ConfigureAwait(false);
    }
}
