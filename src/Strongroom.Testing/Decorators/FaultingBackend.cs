using System.Runtime.CompilerServices;
using Strongroom.Storage;

namespace Strongroom.Testing;

/// <summary>A storage whose calls fail as told: each call takes the next fault that was queued for its kind, and goes through when there is none.</summary>
/// <param name="inner">The storage that works.</param>
public sealed class FaultingBackend(IVaultBackend inner) : BackendInterceptor(inner)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<BackendCall, Queue<Fault?>> _queued = [];
    private readonly Dictionary<BackendCall, int> _calls = [];

    /// <summary>Queues what happens to the next calls of a kind; null lets one through.</summary>
    public void Next(BackendCall call, params ReadOnlySpan<Fault?> faults)
    {
        lock (_lock)
        {
            if (!_queued.TryGetValue(call, out Queue<Fault?>? queue))
                _queued[call] = queue = new Queue<Fault?>();
            foreach (Fault? fault in faults)
                queue.Enqueue(fault is { Outcome: not null } && call != BackendCall.Commit ? throw new ArgumentException("Only a commit has an outcome.", nameof(faults)) : fault);
        }
    }

    /// <summary>Forgets all queued faults: the storage is well again.</summary>
    public void Clear()
    {
        lock (_lock)
            _queued.Clear();
    }

    /// <summary>How many calls of a kind there have been.</summary>
    public int Calls(BackendCall call)
    {
        lock (_lock)
            return _calls.GetValueOrDefault(call);
    }

    /// <summary>How many faults are still queued for a kind of call.</summary>
    public int Left(BackendCall call)
    {
        lock (_lock)
            return _queued.TryGetValue(call, out Queue<Fault?>? queue) ? queue.Count : 0;
    }

    /// <inheritdoc/>
    protected internal override ValueTask<VaultRead?> ReadAsync(IReadOnlyList<RowKey> rows, CancellationToken ct) => RunAsync(BackendCall.Read, () => Inner.ReadAsync(rows, ct), ct);

    /// <inheritdoc/>
    protected internal override ValueTask<ChangeSet> ChangesSinceAsync(long revision, CancellationToken ct) => RunAsync(BackendCall.Changes, () => Inner.ChangesSinceAsync(revision, ct), ct);

    /// <inheritdoc/>
    protected internal override IAsyncEnumerable<StoredRow> ScanAsync(ScanRequest scan, CancellationToken ct) => EnumerateAsync(BackendCall.Scan, Inner.ScanAsync(scan, ct), ct);

    /// <inheritdoc/>
    protected internal override IAsyncEnumerable<long> WatchAsync(long after, CancellationToken ct) => EnumerateAsync(BackendCall.Watch, Inner.WatchAsync(after, ct), ct);

    /// <inheritdoc/>
    protected internal override IDisposable Lock(TimeSpan timeout, CancellationToken ct)
    {
        Fault? fault = Begin(BackendCall.Lock, ct);
        return fault?.Exception is { } exception ? throw exception() : base.Lock(timeout, ct);
    }

    /// <inheritdoc/>
    protected internal override async ValueTask<CommitOutcome> TryCommitAsync(VaultCommit commit, CancellationToken ct)
    {
        Fault? fault = await BeginAsync(BackendCall.Commit, ct).ConfigureAwait(false);
        CommitOutcome outcome = fault is { Happens: false } ? default : await Inner.TryCommitAsync(commit, ct).ConfigureAwait(false);
        return End(fault, outcome);
    }

    internal override LoadedVault? Load(CancellationToken ct)
    {
        Fault? fault = Begin(BackendCall.Read, ct);
        return fault?.Exception is { } exception ? throw exception() : base.Load(ct);
    }

    internal override CommitOutcome TryCommit(LoadedVault? expected, ReadOnlyMemory<byte> head, VaultImage image, out LoadedVault? committed, CancellationToken ct)
    {
        committed = null;
        Fault? fault = Begin(BackendCall.Commit, ct);
        CommitOutcome outcome = fault is { Happens: false } ? default : base.TryCommit(expected, head, image, out committed, ct);
        outcome = End(fault, outcome);
        if (outcome != CommitOutcome.Committed)
            committed = null;
        return outcome;
    }

    private async ValueTask<T> RunAsync<T>(BackendCall call, Func<ValueTask<T>> inner, CancellationToken ct)
    {
        Fault? fault = await BeginAsync(call, ct).ConfigureAwait(false);
        T result = fault is { Happens: false } ? default! : await inner().ConfigureAwait(false);
        return fault?.Exception is { } exception ? throw exception() : result;
    }

    private async IAsyncEnumerable<T> EnumerateAsync<T>(BackendCall call, IAsyncEnumerable<T> inner, [EnumeratorCancellation] CancellationToken ct)
    {
        Fault? fault = await BeginAsync(call, ct).ConfigureAwait(false);
        if (fault is not { Happens: false })
        {
            await foreach (T item in inner.WithCancellation(ct).ConfigureAwait(false))
                yield return item;
        }

        if (fault?.Exception is { } exception)
            throw exception();
    }

    private async ValueTask<Fault?> BeginAsync(BackendCall call, CancellationToken ct)
    {
        Fault? fault = Take(call);
        if (fault?.Before is { } before)
            await before(ct).ConfigureAwait(false);
        return fault;
    }

    private Fault? Begin(BackendCall call, CancellationToken ct)
    {
        Fault? fault = Take(call);
        return fault?.Before is not { } before || before(ct).IsCompletedSuccessfully ? fault : throw new InvalidOperationException("What comes first must complete at once in a call that is synchronous.");
    }

    private static CommitOutcome End(Fault? fault, CommitOutcome outcome) => fault?.Exception is { } exception ? throw exception() : fault?.Outcome ?? outcome;

    private Fault? Take(BackendCall call)
    {
        lock (_lock)
        {
            _calls[call] = _calls.GetValueOrDefault(call) + 1;
            return _queued.TryGetValue(call, out Queue<Fault?>? queue) && queue.TryDequeue(out Fault? fault) ? fault : null;
        }
    }
}
