using Strongroom.Storage;

namespace Strongroom.Testing.Conformance;

/// <summary>Calls that are cancelled before they begin, and while they run.</summary>
internal static class CancellationChecks
{
    private const int Commits = 60;

    public static async Task BeforeTheCall(ConformanceRun run)
    {
        StoredRow row = KitRows.Row(KitRows.Records[0], 1);
        (IVaultBackend backend, KitHead head) = await run.CreateAsync(row).ConfigureAwait(false);
        var cancelled = new CancellationToken(canceled: true);
        await ConformanceRun.RequireThrowsAsync<OperationCanceledException>(async () => await backend.ReadAsync([row.Key], cancelled).ConfigureAwait(false), "a cancelled read").ConfigureAwait(false);
        await ConformanceRun.RequireThrowsAsync<OperationCanceledException>(async () => await backend.ChangesSinceAsync(0, cancelled).ConfigureAwait(false), "a cancelled question for changes").ConfigureAwait(false);
        await ConformanceRun.RequireThrowsAsync<OperationCanceledException>(() => EnumerateAsync(backend.ScanAsync(new ScanRequest("s/"), cancelled)), "a cancelled scan").ConfigureAwait(false);
        await ConformanceRun.RequireThrowsAsync<OperationCanceledException>(() => EnumerateAsync(backend.WatchAsync(0, cancelled)), "a cancelled watch").ConfigureAwait(false);
        await ConformanceRun.RequireThrowsAsync<OperationCanceledException>(
            async () => await run.CommitAsync(backend, head, [KitRows.Row(row.Key, 2)], null, cancelled).ConfigureAwait(false), "a cancelled commit").ConfigureAwait(false);
        await run.RequireStateAsync(backend, head, [row]).ConfigureAwait(false);
    }

    // Cancelled at any moment, a commit has happened, has not happened, or says that it does not know; a cancellation means that it has not.
    public static async Task DuringACommit(ConformanceRun run)
    {
        (IVaultBackend backend, KitHead head) = await run.CreateAsync(KitRows.Row(KitRows.Records[0], 0)).ConfigureAwait(false);
        IVaultBackend reader = await run.OpenAsync().ConfigureAwait(false);
        int value = 0;
        for (int i = 1; i <= Commits; i++)
        {
            using var cancel = new CancellationTokenSource(TimeSpan.FromMicroseconds(run.Random.Next(1, 3000)));
            try
            {
                if (await run.CommitAsync(backend, head, [KitRows.Row(KitRows.Records[0], i)], null, cancel.Token).ConfigureAwait(false) is { } next)
                    (head, value) = (next, i);
                else
                    ConformanceRun.Require(await run.HeadAsync(reader).ConfigureAwait(false) is { } now && now.Mac == head.Mac, "a commit was a conflict although its head was in place, or was made although it said that it was not");
            }
            catch (OperationCanceledException) when (cancel.IsCancellationRequested)
            {
                run.Note("cancelled");
            }

            await run.RequireStateAsync(reader, head, [KitRows.Row(KitRows.Records[0], value)]).ConfigureAwait(false);
        }
    }

    public static async Task OfAWatch(ConformanceRun run)
    {
        (IVaultBackend backend, KitHead head) = await run.CreateAsync().ConfigureAwait(false);
        var watch = new Watch(run, backend, head.Revision);
        await using (watch.ConfigureAwait(false))
        {
            watch.Begin();
            await watch.CancelAsync().ConfigureAwait(false);
        }

        // The storage is none the worse for it.
        head = await CommitChecks.MustCommitAsync(run, backend, head, []).ConfigureAwait(false);
        var another = new Watch(run, backend, head.Revision - 1);
        await using (another.ConfigureAwait(false))
            await another.UntilAsync(head.Revision).ConfigureAwait(false);
    }

    private static async ValueTask EnumerateAsync<T>(IAsyncEnumerable<T> items)
    {
        await foreach (T item in items.ConfigureAwait(false))
            _ = item;
    }
}
