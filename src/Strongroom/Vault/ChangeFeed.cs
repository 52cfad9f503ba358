using System.Runtime.CompilerServices;
using Strongroom.Storage;

namespace Strongroom.Vault;

/// <summary>Tells subscribers of changes, by this process and others. Runs only while somebody listens.</summary>
internal sealed class ChangeFeed(RecordStorage storage) : IDisposable
{
    private static readonly TimeSpan Retry = TimeSpan.FromMilliseconds(250);
    private readonly Lock _gate = new();
    private readonly List<ChangeSubscription> _subscribers = [];
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
        using ChangeSubscription subscription = await SubscribeAsync(ct).ConfigureAwait(false);
        while (true)
        {
            foreach (SecretChange change in await subscription.NextAsync(ct).ConfigureAwait(false))
                yield return change;
        }
    }

    /// <summary>Subscribes: every change that a read after this does not show will be told.</summary>
    public async ValueTask<ChangeSubscription> SubscribeAsync(CancellationToken ct)
    {
        VaultView start = await storage.RefreshAsync(ct).ConfigureAwait(false);
        var subscription = new ChangeSubscription(Remove);
        Add(subscription, start);
        return subscription;
    }

    public void Dispose()
    {
        lock (_gate)
        {
            _running?.Cancel();
            _running = null;
            foreach (ChangeSubscription subscriber in _subscribers)
                subscriber.Fail(new ObjectDisposedException(nameof(SecretsManager)));
        }
    }

    private void Add(ChangeSubscription subscriber, VaultView start)
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

    private void Remove(ChangeSubscription subscriber)
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
            bool behind = false;
            Task hints = FollowAsync(start.Head.Revision, stop);
            while (!stop.IsCancellationRequested)
            {
                // Nobody hints a second time at a change that could not be read.
                await _poke.WaitAsync(behind ? Retry : Timeout.InfiniteTimeSpan, stop).ConfigureAwait(false);
                behind = !await PublishAsync(stop).ConfigureAwait(false);
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
                foreach (ChangeSubscription subscriber in _subscribers)
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

    /// <summary>Tells what has changed since the last time; false when the vault can't be reached for the moment. Nothing is missed then: the comparison starts from what was published.</summary>
    private async ValueTask<bool> PublishAsync(CancellationToken ct)
    {
        VaultView before = _published!;
        try
        {
            await PublishAsync(before, await storage.RefreshAsync(ct).ConfigureAwait(false), ct).ConfigureAwait(false);
            return true;
        }
        catch (VaultUnavailableException)
        {
            return false;
        }
    }

    private async ValueTask PublishAsync(VaultView before, VaultView after, CancellationToken ct)
    {
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
            foreach (ChangeSubscription subscriber in _subscribers)
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
}
