namespace Strongroom.Vault;

/// <summary>A write that waits for its commit.</summary>
internal sealed class PendingWrite(WriteOperation operation, CancellationToken ct)
{
    private readonly TaskCompletionSource<object?> _done = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public WriteOperation Operation => operation;

    public CancellationToken Cancellation => ct;

    public object? Result { get; set; }

    public Task<object?> Task => _done.Task;

    public void Succeed() => _done.TrySetResult(Result);

    public void Fail(Exception error) => _done.TrySetException(error);

    public void Cancel() => _done.TrySetCanceled(ct);
}

/// <summary>
/// Group commit: writes that arrive while a commit is under way share the next one. Whoever finds the queue idle leads: it commits what is there. What has arrived meanwhile is
/// handed to a thread of its own, so that no caller works for others longer than for one commit.
/// </summary>
internal sealed class CommitQueue(Func<IReadOnlyList<PendingWrite>, ValueTask> commit)
{
    private const int MaxGroup = 4096;
    private readonly Lock _gate = new();
    private readonly Queue<PendingWrite> _waiting = new();
    private bool _busy;

    /// <summary>Adds a write. A synchronous caller leads on its own thread; the task is complete when this returns, or will be by another leader.</summary>
    public Task<object?> Submit(WriteOperation operation, bool synchronous, CancellationToken ct)
    {
        var write = new PendingWrite(operation, ct);
        bool lead;
        lock (_gate)
        {
            _waiting.Enqueue(write);
            lead = !_busy;
            _busy = true;
        }

        if (!lead)
            return write.Task;
        if (synchronous)
            Synchronous.Run(LeadAsync(once: true));
        else
            _ = Task.Run(() => LeadAsync(once: true).AsTask(), CancellationToken.None);
        return write.Task;
    }

    private async ValueTask LeadAsync(bool once)
    {
        int last = 0;
        while (true)
        {
            await GatherAsync(last).ConfigureAwait(false);
            List<PendingWrite> group = Take();
            last = group.Count;
            if (group.Count > 0)
                await CommitAsync(group).ConfigureAwait(false);
            lock (_gate)
            {
                if (_waiting.Count == 0)
                {
                    _busy = false;
                    return;
                }
            }

            if (once)
            {
                _ = Task.Factory.StartNew(() => LeadAsync(once: false).AsTask(), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
                return;
            }
        }
    }

    // Writers in a closed loop come back a moment after their commit: a leader that just served many waits that moment, rather than serve every other commit almost empty.
    private async ValueTask GatherAsync(int last)
    {
        for (int i = 0; last > 1 && i < 20; i++)
        {
            lock (_gate)
            {
                if (_waiting.Count >= last)
                    return;
            }

            await Task.Yield();
        }
    }

    private List<PendingWrite> Take()
    {
        var group = new List<PendingWrite>();
        lock (_gate)
        {
            while (group.Count < MaxGroup && _waiting.TryDequeue(out PendingWrite? write))
            {
                if (write.Cancellation.IsCancellationRequested)
                    write.Cancel();
                else
                    group.Add(write);
            }
        }

        return group;
    }

    private async ValueTask CommitAsync(List<PendingWrite> group)
    {
        try
        {
            await commit(group).ConfigureAwait(false);
        }
        catch (Exception error)
        {
            // Whatever went wrong belongs to the writers that wait, not to the leader's thread; those that were answered already keep their answer.
            foreach (PendingWrite write in group)
                write.Fail(error);
        }
    }
}

/// <summary>Runs what is written as a task but completes before it returns, on a <see cref="Storage.ISynchronousBackend"/>.</summary>
internal static class Synchronous
{
    public static void Run(ValueTask task)
    {
        if (!task.IsCompleted)
            throw NotSynchronous();
#pragma warning disable MA0134 // The task is complete: this only throws what it holds.
        task.GetAwaiter().GetResult();
#pragma warning restore MA0134
    }

    // The task is complete: this only takes or throws what it holds.
    public static T Run<T>(ValueTask<T> task) => task.IsCompleted ? task.GetAwaiter().GetResult() : throw NotSynchronous();

    /// <summary>For the few places that can't be asynchronous, on any backend: a backend without a synchronous way works on another thread meanwhile.</summary>
    public static T Wait<T>(Storage.IVaultBackend backend, Func<ValueTask<T>> call) => backend is Storage.ISynchronousBackend
        ? Run(call())
        // The audit log is written by a timer's thread or by a reader that found its buffer full; neither holds what the storage needs to answer.
        : Task.Run(() => call().AsTask()).GetAwaiter().GetResult();

    public static VaultConfigurationException NotSynchronous() =>
        new("SR1501", "This vault's backend has no synchronous way.", "Use the asynchronous methods.");
}
