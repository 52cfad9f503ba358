using System.Diagnostics;
using Strongroom.Audit;
using Strongroom.Cryptography;
using Strongroom.Storage;

namespace Strongroom.Vault;

/// <summary>
/// Turns a group of writes into one commit: under the lock of writers it reads what is there, applies every write to a plan, and swaps the head. A write that fails leaves the
/// others alone; a swap that another writer won is tried again on top of what that one wrote.
/// </summary>
internal sealed class VaultCommitter(VaultSession session, RecordStorage storage, AuditSession audit, AccessTracker access, VaultOptions options)
{
    private const int MaxAttempts = 100;

    /// <summary>Told of every commit of this process, with the view before and after it.</summary>
    public Action<VaultView, VaultView>? Committed { get; set; }

    public async ValueTask CommitAsync(IReadOnlyList<PendingWrite> group)
    {
        if (options.AsCopy)
            throw new VaultConfigurationException("SR1421", "This copy is open for reading only.", "Open the vault without AsCopy to write.");
        long start = Stopwatch.GetTimestamp();
        using Activity? activity = StrongroomTelemetry.Source.StartActivity("strongroom.commit");
        activity?.SetTag("strongroom.commit.writes", group.Count);
        try
        {
            await CommitLockedAsync(group).ConfigureAwait(false);
            StrongroomTelemetry.Committed(start, null);
        }
        catch (StrongroomException error)
        {
            activity?.SetStatus(ActivityStatusCode.Error).SetTag("error.type", error.Code);
            StrongroomTelemetry.Committed(start, error.Code);
            throw;
        }
    }

    private async ValueTask CommitLockedAsync(IReadOnlyList<PendingWrite> group)
    {
        using IDisposable? writers = storage.Lock(options.LockTimeout, CancellationToken.None);
        session.IsCommitting = true;
        long start = options.Time.GetTimestamp();
        try
        {
            for (int attempt = 0; attempt < MaxAttempts; attempt++)
            {
                if (attempt > 1)
                    await PauseAsync(attempt).ConfigureAwait(false);
                if (await TryAgainstFailuresAsync(group, attempt > 0, start).ConfigureAwait(false))
                    return;
            }
        }
        finally
        {
            session.IsCommitting = false;
        }

        throw new VaultUnavailableException("SR1422", $"Other writers won {MaxAttempts} times in a row.", "Try again later, or spread the secrets over several vaults.");
    }

    // A database that is away for a moment, as in a fail-over, has certainly written nothing: the commit is made again, for as long as a writer would wait for others.
    private async ValueTask<bool> TryAgainstFailuresAsync(IReadOnlyList<PendingWrite> group, bool again, long start)
    {
        try
        {
            return await TryAsync(group, again).ConfigureAwait(false);
        }
        catch (VaultUnavailableException error) when (error.IsTransient && storage.Backend.Limits.Index == RecordIndex.Tree && options.Time.GetElapsedTime(start) < options.LockTimeout)
        {
            return false;
        }
    }

    // Writers on other machines that lost the same swap come back at another moment each.
    private ValueTask PauseAsync(int attempt)
    {
        if (storage.Backend.Limits.Index == RecordIndex.List)
            return default;
        int milliseconds = Random.Shared.Next(0, Math.Min(200, 2 << Math.Min(attempt, 7)));
        if (storage.Backend is not ISynchronousBackend)
            return new ValueTask(Task.Delay(milliseconds));
        Thread.Sleep(milliseconds);
        return default;
    }

    private async ValueTask<bool> TryAsync(IReadOnlyList<PendingWrite> group, bool again)
    {
        // Reads that wait to be logged go into the log before the commit, at the place that the newest head has for them.
        VaultView view = await storage.BaseAsync(exact: again || !audit.Buffer.IsEmpty, CancellationToken.None).ConfigureAwait(false);
        if (view.Head.MovedTo is { } target)
            throw new VaultConfigurationException("SR1423", $"This vault has been moved to {target}.", "Use the vault at its new place.");
        var plan = new CommitPlan(storage, view, session.Keys, options, MetadataFormat.Truncate(options.Time.GetUtcNow()), shared: group.Count > 1);
        var outcome = new GroupOutcome();
        try
        {
            plan.Known = await storage.PrefetchAsync(view, group.SelectMany(static write => write.Operation.Secrets), CancellationToken.None).ConfigureAwait(false);
            foreach (PendingWrite write in group)
                await ApplyAsync(plan, write, outcome).ConfigureAwait(false);
            if (!plan.HasChanges)
            {
                // No swap tells whether the view was the newest, and a refusal that rests on an older one would be wrong.
                if (!await storage.IsNewestAsync(view, CancellationToken.None).ConfigureAwait(false))
                    return false;
                outcome.Complete();
                return true;
            }

            await access.FoldAsync(plan).ConfigureAwait(false);
            plan.Complete();
            PreparedCommit prepared = await storage.PrepareAsync(view, plan.Rows, CancellationToken.None).ConfigureAwait(false);
            return await SwapAsync(view, plan, prepared, outcome).ConfigureAwait(false);
        }
        catch (ViewMovedException)
        {
            return false;
        }
    }

    private static async ValueTask ApplyAsync(CommitPlan plan, PendingWrite write, GroupOutcome outcome)
    {
        if (write.Task.IsCompleted)
            return;
        plan.Begin();
        try
        {
            write.Result = await write.Operation.ApplyAsync(plan, write.Cancellation).ConfigureAwait(false);
            outcome.Applied.Add(write);
        }
        catch (Exception error) when (error is not (ViewMovedException or VaultUnavailableException))
        {
            plan.Undo();
            outcome.Refused.Add((write, error));
        }
    }

    private async ValueTask<bool> SwapAsync(VaultView view, CommitPlan plan, PreparedCommit prepared, GroupOutcome outcome)
    {
        VaultHead head = plan.NextHead(prepared.Records);
        using AuditSession.AuditCommit? log = audit.Begin(view.Head, head);
        if (log is not null)
            head = log.Stamp(head, plan.Keys, Event(head, plan, outcome.Applied));
        (head, byte[] bytes) = head.Seal(plan.Keys);
        IReadOnlyList<StoredRow> lines = log is null ? [] : await log.RowsAsync(CancellationToken.None).ConfigureAwait(false);
        session.Announce(head);
        CommitOutcome swap = await storage.CommitAsync(prepared, head, bytes, lines, CancellationToken.None).ConfigureAwait(false);
        if (swap == CommitOutcome.Unknown)
            swap = await ResolveAsync(head).ConfigureAwait(false);
        if (swap == CommitOutcome.Conflict)
            return false;
        session.Adopt(plan.Keys);
        session.Finish(head);
        try
        {
            log?.Append();
        }
        catch (StrongroomException error)
        {
            // The entry stands in the head, so the next writer appends it; but whoever asked for the write learns that its log is in trouble.
            throw new CommitOutcomeUnknownException("SR1424", $"The write is in the vault, but its audit entry could not be appended yet: {error.Message}", error.Hint, error);
        }
        finally
        {
            session.Raise(head);
            if (Committed is { } committed && storage.Current is { } after)
                committed(view, after);
        }

        outcome.Complete();
        return true;
    }

    // The answer of a database was lost. The stored head tells: the commit id is among its last 64, or it is not.
    private async ValueTask<CommitOutcome> ResolveAsync(VaultHead head)
    {
        try
        {
            VaultView now = await storage.RefreshAsync(CancellationToken.None).ConfigureAwait(false);
            return now.Head.Commits.Contains(head.CommitId) ? CommitOutcome.Committed : CommitOutcome.Conflict;
        }
        catch (VaultUnavailableException error)
        {
            throw new CommitOutcomeUnknownException("SR1425", "The vault did not answer, so it is not known whether the write was committed.", "Read the secret again; writing the same again is safe.", error);
        }
    }

    private static AuditEvent Event(VaultHead head, CommitPlan plan, List<PendingWrite> applied)
    {
        string operation = applied.Count == 1 ? applied[0].Operation.Name : AuditOperation.Batch;
        return new AuditEvent(operation, "ok", head.Revision, plan.Touched, Math.Max(1, applied.Count));
    }

    /// <summary>What became of the writes of a group, told to them when the view that it rests on has been confirmed.</summary>
    private sealed class GroupOutcome
    {
        public List<PendingWrite> Applied { get; } = [];

        public List<(PendingWrite Write, Exception Error)> Refused { get; } = [];

        public void Complete()
        {
            foreach ((PendingWrite write, Exception error) in Refused)
                write.Fail(error);
            foreach (PendingWrite write in Applied)
                write.Succeed();
        }
    }
}
