using System.Runtime.CompilerServices;
using Strongroom.Storage;

namespace Strongroom.Vault;

/// <summary>Tells subscribers of changes, by this process and others. Runs only while somebody listens.</summary>
internal sealed class ChangeFeed(RecordStorage storage) : IDisposable
{
    private readonly Lock _gate = new();
    private readonly List<Subscriber> _subscribers = [];
    private readonly SemaphoreSlim _poke = new(0, 1);
    private CancellationTokenSource? _running;
    private VaultView? _published;

    /// <summary>A commit of this process: look now.</summary>
    public void Poke()
    {
        lock (_gate)
        {
            if (_running is not null && _poke.CurrentCount == 0)
                _poke.Release();
        }
    }

    /// <summary>Changes from now on. A slow reader sees the newest state of a secret, not every step.</summary>
    public async IAsyncEnumerable<SecretChange> WatchAsync([EnumeratorCancellation] CancellationToken ct)
    {
        using var subscriber = new Subscriber();
        VaultView start = await storage.RefreshAsync(ct).ConfigureAwait(false);
        Add(subscriber, start);
        try
        {
            while (true)
            {
                await subscriber.Signal.WaitAsync(ct).ConfigureAwait(false);
                if (subscriber.Failure is { } failure)
                    throw failure;
                foreach (SecretChange change in subscriber.Take())
                    yield return change;
            }
        }
        finally
        {
            Remove(subscriber);
        }
    }

    public void Dispose()
    {
        lock (_gate)
        {
            _running?.Cancel();
            _running = null;
            foreach (Subscriber subscriber in _subscribers)
                subscriber.Fail(new ObjectDisposedException(nameof(SecretsManager)));
        }
    }

    private void Add(Subscriber subscriber, VaultView start)
    {
        lock (_gate)
        {
            _subscribers.Add(subscriber);
            if (_running is not null)
                return;
            _running = new CancellationTokenSource();
            _published = start;
            CancellationToken stop = _running.Token;
            _ = Task.Run(() => RunAsync(start, stop), CancellationToken.None);
        }
    }

    private void Remove(Subscriber subscriber)
    {
        lock (_gate)
        {
            _subscribers.Remove(subscriber);
            if (_subscribers.Count > 0)
                return;
            _running?.Cancel();
            _running = null;
        }
    }

    private async Task RunAsync(VaultView start, CancellationToken stop)
    {
        try
        {
            Task hints = FollowAsync(start.Head.Revision, stop);
            while (!stop.IsCancellationRequested)
            {
                await _poke.WaitAsync(stop).ConfigureAwait(false);
                await PublishAsync(stop).ConfigureAwait(false);
                if (hints.IsFaulted)
                    await hints.ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // Nobody listens any more.
        }
        catch (Exception error)
        {
            lock (_gate)
            {
                foreach (Subscriber subscriber in _subscribers)
                    subscriber.Fail(error);
                _running = null;
            }
        }
    }

    private async Task FollowAsync(long revision, CancellationToken stop)
    {
        try
        {
            await foreach (long _ in storage.Backend.WatchAsync(revision, stop).ConfigureAwait(false))
                Poke();
        }
        finally
        {
            Poke();
        }
    }

    private async ValueTask PublishAsync(CancellationToken ct)
    {
        VaultView before = _published!;
        VaultView after;
        try
        {
            after = await storage.RefreshAsync(ct).ConfigureAwait(false);
        }
        catch (VaultUnavailableException)
        {
            // Not reachable for the moment: the next hint tries again, and nothing is missed, because the comparison starts from what was published.
            return;
        }

        if (ReferenceEquals(before, after))
            return;
        IReadOnlyList<SecretName> names = await storage.ChangedAsync(before, after, ct).ConfigureAwait(false) ?? await AllAsync(ct).ConfigureAwait(false);
        if (names.Count > 0)
        {
            VerifiedRead read = await storage.ReadAsync(names, ct).ConfigureAwait(false);
            for (int i = 0; i < names.Count; i++)
                Publish(Describe(names[i], storage.Recall(before, names[i]), read.Rows[i], read.View.Head.Revision));
        }

        _published = after;
    }

    // The backend can't tell what changed: every secret may have.
    private async ValueTask<IReadOnlyList<SecretName>> AllAsync(CancellationToken ct)
    {
        var names = new List<SecretName>();
        await foreach (RecordRow row in storage.ScanAsync("", null, ct).ConfigureAwait(false))
            names.Add(row.Name);
        return names;
    }

    private void Publish(SecretChange? change)
    {
        if (change is null)
            return;
        lock (_gate)
        {
            foreach (Subscriber subscriber in _subscribers)
                subscriber.Offer(change);
        }
    }

    private static SecretChange? Describe(SecretName name, RecordRow? before, RecordRow? after, long revision)
    {
        SecretMetadata? old = before is { } oldRow ? SecretRecord.Parse(oldRow.Bytes.Span).Metadata : null;
        SecretMetadata? now = after is { } row ? SecretRecord.Parse(row.Bytes.Span).Metadata : null;
        bool gone = now is null or { IsDeleted: true };
        if (gone)
            return old is null or { IsDeleted: true } && before is not null ? null : new SecretChange(name, SecretChangeKind.Removed, 0, revision);
        if (old is null || old.IsDeleted || old.Version != now!.Version || old.CreatedAt != now.CreatedAt)
            return new SecretChange(name, SecretChangeKind.Set, now!.Version, revision);
        // A folded access time or a value sealed again under a new root is no change that anybody waits for.
        return old with { LastAccessed = null } == now with { LastAccessed = null, Tags = old.Tags } && old.Tags.SequenceEqual(now.Tags) // public
            ? null
            : new SecretChange(name, SecretChangeKind.Metadata, now.Version, revision);
    }

    private sealed class Subscriber : IDisposable
    {
        private readonly OrderedDictionary<SecretName, SecretChange> _pending = [];

        public SemaphoreSlim Signal { get; } = new(0);

        public Exception? Failure { get; private set; }

        public void Offer(SecretChange change)
        {
            lock (_pending)
            {
                // The newest state counts; a new version is not hidden by a later change of metadata.
                if (_pending.TryGetValue(change.Name, out SecretChange? earlier) && earlier.Kind == SecretChangeKind.Set && change.Kind == SecretChangeKind.Metadata)
                    change = change with { Kind = SecretChangeKind.Set };
                _pending[change.Name] = change;
            }

            Signal.Release();
        }

        public SecretChange[] Take()
        {
            lock (_pending)
            {
                SecretChange[] changes = [.. _pending.Values];
                _pending.Clear();
                return changes;
            }
        }

        public void Fail(Exception error)
        {
            Failure = error;
            Signal.Release();
        }

        public void Dispose() => Signal.Dispose();
    }
}
