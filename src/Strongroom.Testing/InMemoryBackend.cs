using System.Runtime.CompilerServices;
using Strongroom.Cryptography;
using Strongroom.Storage;

namespace Strongroom.Testing;

/// <summary>
/// A backend in memory that does all that is asked of one, for tests of what stands above it and as the plainest example of a backend. Handles share their storage
/// (<see cref="OpenAnother"/>), which lives as long as a handle does. Safe for concurrent use.
/// </summary>
public sealed class InMemoryBackend : ISynchronousBackend, IFreshnessBackend
{
    private readonly InMemoryStorage _storage;
    private readonly TaskCompletionSource _disposed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Empty storage and a handle on it.</summary>
    /// <param name="limits">What one commit may hold; by default a hash tree, a million rows, 1 GiB, and 32 MiB a row.</param>
    /// <param name="rememberedCommits">How many commits <see cref="ChangesSinceAsync"/> can look back; what is older must be resynchronised.</param>
    public InMemoryBackend(BackendLimits? limits = null, int rememberedCommits = 1000)
        : this(new InMemoryStorage(rememberedCommits), limits ?? new BackendLimits(RecordIndex.Tree, 1_000_000, 1L << 30, 32 << 20))
    {
    }

    private InMemoryBackend(InMemoryStorage storage, BackendLimits limits) => (_storage, Limits) = (storage, limits);

    /// <inheritdoc/>
    public string Location => _storage.Location;

    /// <inheritdoc/>
    public BackendLimits Limits { get; }

    /// <summary>Another handle on the same storage, as another process would have one.</summary>
    public InMemoryBackend OpenAnother() => new(_storage, Limits);

    /// <inheritdoc/>
    public ValueTask<VaultRead?> ReadAsync(IReadOnlyList<RowKey> rows, CancellationToken ct = default)
    {
        ArgumentNullException.ThrowIfNull(rows);
        Begin(ct);
        if (_storage.Current is not { } snapshot)
            return ValueTask.FromResult<VaultRead?>(null);
        var found = new ReadOnlyMemory<byte>?[rows.Count];
        for (int i = 0; i < found.Length; i++)
            found[i] = snapshot.Find(rows[i]);
        return ValueTask.FromResult<VaultRead?>(new VaultRead(snapshot.Head, found));
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<StoredRow> ScanAsync(ScanRequest scan, [EnumeratorCancellation] CancellationToken ct = default)
    {
        ArgumentNullException.ThrowIfNull(scan);
        Begin(ct);
        await Task.CompletedTask.ConfigureAwait(false);
        foreach (StoredRow row in _storage.Current?.Scan(scan) ?? [])
        {
            ct.ThrowIfCancellationRequested();
            yield return row;
        }
    }

    /// <inheritdoc/>
    public ValueTask<ChangeSet> ChangesSinceAsync(long revision, CancellationToken ct = default)
    {
        Begin(ct);
        return ValueTask.FromResult(_storage.ChangesSince(revision));
    }

    /// <inheritdoc/>
    public ValueTask<CommitOutcome> TryCommitAsync(VaultCommit commit, CancellationToken ct = default)
    {
        Begin(ct);
        Limits.Require(commit);
        return ValueTask.FromResult(_storage.TryCommit(commit));
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<long> WatchAsync(long after, [EnumeratorCancellation] CancellationToken ct = default)
    {
        Begin(ct);
        while (!_disposed.Task.IsCompleted)
        {
            // The signal first: a commit between the two is then seen by one of them.
            Task moved = _storage.Moved;
            if (_storage.Current is { } snapshot && snapshot.Revision > after)
                yield return after = snapshot.Revision;
            else
                await Task.WhenAny(moved, _disposed.Task).WaitAsync(ct).ConfigureAwait(false);
        }
    }

    /// <inheritdoc/>
    public bool IsCurrent(in Digest headMac) => _storage.Current is { } snapshot && snapshot.HeadMac == headMac;

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        _disposed.TrySetResult();
        return ValueTask.CompletedTask;
    }

    private void Begin(CancellationToken ct)
    {
        ObjectDisposedException.ThrowIf(_disposed.Task.IsCompleted, this);
        ct.ThrowIfCancellationRequested();
    }
}
