using Strongroom.Cryptography;
using Strongroom.Storage;

namespace Strongroom.Testing;

/// <summary>What the handles of an <see cref="InMemoryBackend"/> share: the current snapshot, which readers take without a lock, and the log of changes.</summary>
internal sealed class InMemoryStorage(int rememberedCommits)
{
    private readonly Lock _committing = new();
    private readonly Queue<Change> _log = new();
    private volatile InMemorySnapshot? _current;
    private volatile TaskCompletionSource _moved = NewSignal();

    public string Location { get; } = $"memory:{RandomId.New()}";

    public InMemorySnapshot? Current => _current;

    /// <summary>Completes with the next commit.</summary>
    public Task Moved => _moved.Task;

    public CommitOutcome TryCommit(VaultCommit commit)
    {
        lock (_committing)
        {
            InMemorySnapshot? before = _current;
            if (before?.HeadMac != commit.ExpectedHeadMac)
                return CommitOutcome.Conflict;
            _current = (before ?? InMemorySnapshot.Empty).Apply(commit);
            if (commit.KeepsHead)
                return CommitOutcome.Committed;
            Remember(before?.Revision ?? 0, commit);
            Interlocked.Exchange(ref _moved, NewSignal()).SetResult();
            return CommitOutcome.Committed;
        }
    }

    public ChangeSet ChangesSince(long revision)
    {
        lock (_committing)
        {
            long now = _current?.Revision ?? 0;
            if (revision == now)
                return new ChangeSet(now, false, []);
            bool reachesBack = revision < now && _log.TryPeek(out Change? oldest) && oldest.Before <= revision;
            return new ChangeSet(now, !reachesBack, reachesBack ? [.. _log.Where(change => change.Revision > revision).SelectMany(change => change.Records).Distinct()] : []);
        }
    }

    private void Remember(long before, VaultCommit commit)
    {
        // Revisions only rise; whoever lets them fall has another history from then on.
        if (commit.Revision <= before)
            _log.Clear();
        IEnumerable<RowKey> keys = commit.Puts.Select(put => put.Key).Concat(commit.Deletes);
        _log.Enqueue(new Change(before, commit.Revision, [.. keys.Where(key => key.ToString().StartsWith("s/", StringComparison.Ordinal))]));
        while (_log.Count > rememberedCommits)
            _log.Dequeue();
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private sealed record Change(long Before, long Revision, RowKey[] Records);
}
