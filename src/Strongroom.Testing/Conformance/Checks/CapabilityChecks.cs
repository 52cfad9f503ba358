using Strongroom.Storage;

namespace Strongroom.Testing.Conformance;

/// <summary>The extra interfaces keep what they promise.</summary>
internal static class CapabilityChecks
{
    public static async Task Synchronous(ConformanceRun run)
    {
        (IVaultBackend backend, KitHead head) = await run.CreateAsync(KitRows.Row(KitRows.Records[0], 1)).ConfigureAwait(false);
        RequireCompleted(backend.ReadAsync([KitRows.Records[0]], run.Cancellation), nameof(IVaultBackend.ReadAsync));
        RequireCompleted(backend.ChangesSinceAsync(0, run.Cancellation), nameof(IVaultBackend.ChangesSinceAsync));
        RequireCompleted(backend.TryCommitAsync(KitHead.After(head).Commit(head, [], []), run.Cancellation), nameof(IVaultBackend.TryCommitAsync));
        IAsyncEnumerator<StoredRow> rows = backend.ScanAsync(new ScanRequest("s/"), run.Cancellation).GetAsyncEnumerator(run.Cancellation);
        await using (rows.ConfigureAwait(false))
        {
            RequireCompleted(rows.MoveNextAsync(), nameof(IVaultBackend.ScanAsync));
            RequireCompleted(rows.MoveNextAsync(), nameof(IVaultBackend.ScanAsync));
        }
    }

    public static async Task Freshness(ConformanceRun run)
    {
        (IVaultBackend backend, KitHead head) = await run.CreateAsync().ConfigureAwait(false);
        var fresh = (IFreshnessBackend)backend;
        var other = (IFreshnessBackend)await run.OpenAsync().ConfigureAwait(false);
        bool everTrue = false;
        for (int i = 0; i < 20; i++)
        {
            await run.RequireStateAsync(fresh, head, []).ConfigureAwait(false);
            await run.RequireStateAsync(other, head, []).ConfigureAwait(false);
            everTrue |= fresh.IsCurrent(head.Mac);
            ConformanceRun.Require(!fresh.IsCurrent(KitHead.After(head).Mac), "a head that was never stored is called current");
            KitHead next = await CommitChecks.MustCommitAsync(run, i % 2 == 0 ? other : backend, head, []).ConfigureAwait(false);
            ConformanceRun.Require(!fresh.IsCurrent(head.Mac) && !other.IsCurrent(head.Mac), $"the head of revision {head.Revision} is still called current after revision {next.Revision} was acknowledged");
            head = next;
        }

        ConformanceRun.Require(everTrue, "no head was ever called current, so no cache can ever be used");
    }

    public static async Task Locking(ConformanceRun run)
    {
        (IVaultBackend backend, KitHead head) = await run.CreateAsync().ConfigureAwait(false);
        var first = (ILockingBackend)backend;
        var second = (ILockingBackend)await run.OpenAsync().ConfigureAwait(false);
        using (first.Lock(run.Options.Patience, run.Cancellation))
        {
            await ConformanceRun.RequireThrowsAsync<VaultUnavailableException>(() => TakeAsync(second, TimeSpan.FromMilliseconds(50), run.Cancellation), "a lock that another holds").ConfigureAwait(false);
            await ConformanceRun.RequireThrowsAsync<OperationCanceledException>(
                () => TakeAsync(second, run.Options.Patience, new CancellationToken(canceled: true)), "a cancelled wait for a lock").ConfigureAwait(false);
            head = await CommitChecks.MustCommitAsync(run, first, head, []).ConfigureAwait(false);
            await run.RequireStateAsync(second, head, []).ConfigureAwait(false);
        }

        Task waiting;
        using (second.Lock(run.Options.Patience, run.Cancellation))
            waiting = Task.Run(() => first.Lock(run.Options.Patience, run.Cancellation).Dispose(), run.Cancellation);
        await waiting.ConfigureAwait(false);
        head = await CommitChecks.MustCommitAsync(run, second, head, []).ConfigureAwait(false);
        await run.RequireStateAsync(first, head, []).ConfigureAwait(false);
    }

    private static ValueTask TakeAsync(ILockingBackend backend, TimeSpan timeout, CancellationToken ct)
    {
        backend.Lock(timeout, ct).Dispose();
        return ValueTask.CompletedTask;
    }

    private static void RequireCompleted<T>(ValueTask<T> task, string method) => ConformanceRun.Require(task.IsCompletedSuccessfully, $"{method} had not completed when it returned");
}
