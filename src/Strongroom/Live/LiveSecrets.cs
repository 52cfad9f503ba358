using Strongroom.Vault;

namespace Strongroom.Live;

/// <summary>Follows the vault's changes for all live secrets of a manager. Runs from the first live secret on.</summary>
internal sealed class LiveSecrets(VaultCore core) : IDisposable
{
    private static readonly TimeSpan FirstRetry = TimeSpan.FromMilliseconds(250), LongestRetry = TimeSpan.FromSeconds(30);
    private readonly Lock _gate = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly Dictionary<SecretName, List<LiveCell>> _cells = [];
    private readonly HashSet<SecretName> _due = [];
    private readonly SemaphoreSlim _looking = new(1, 1);
    private ChangeSubscription? _subscription;
    private bool _running;
    private bool _stopped;

    public IReadOnlyList<StrongroomException> Troubles
    {
        get
        {
            lock (_gate)
                return [.. _cells.Values.SelectMany(static cells => cells).Select(static cell => cell.Trouble).OfType<StrongroomException>()];
        }
    }

    /// <summary>The oldest version of each secret that somebody still holds.</summary>
    public IReadOnlyList<(SecretName Name, long Oldest)> InUse()
    {
        lock (_gate)
            return [.. _cells.Select(static pair => (pair.Key, pair.Value.SelectMany(static cell => cell.VersionsInUse).DefaultIfEmpty().Min()))];
    }

    /// <summary>Reads a secret for the first time and keeps it up to date from then on.</summary>
    public async ValueTask AddAsync(LiveCell cell, CancellationToken ct)
    {
        // Subscribed first, then read, then looked at once more: no change falls between.
        await StartAsync(ct).ConfigureAwait(false);
        cell.Take(await core.Reader.ReadAsync(SecretBatch.Named(cell.Name), ct).ConfigureAwait(false) ?? throw await NotFoundAsync(cell.Name, ct).ConfigureAwait(false));
        cell.Tell();
        lock (_gate)
        {
            if (_stopped)
                cell.Close();
            if (!_cells.TryGetValue(cell.Name, out List<LiveCell>? cells))
                _cells.Add(cell.Name, cells = []);
            cells.Add(cell);
            Poke(cell.Name);
        }
    }

    public void Remove(LiveCell cell)
    {
        lock (_gate)
        {
            if (_cells.TryGetValue(cell.Name, out List<LiveCell>? cells) && cells.Remove(cell) && cells.Count == 0)
                _cells.Remove(cell.Name);
        }

        cell.Close();
    }

    public void Dispose()
    {
        List<LiveCell> cells;
        lock (_gate)
        {
            _stopped = true;
            cells = [.. _cells.Values.SelectMany(static list => list)];
            _cells.Clear();
        }

        _stop.Cancel();
        foreach (LiveCell cell in cells)
            cell.Close();
    }

    private async ValueTask StartAsync(CancellationToken ct)
    {
        lock (_gate)
        {
            if (_running)
                return;
        }

        ChangeSubscription subscription = await core.Changes.SubscribeAsync(ct).ConfigureAwait(false);
        lock (_gate)
        {
            if (_running)
            {
                subscription.Dispose();
                return;
            }

            (_running, _subscription) = (true, subscription);
        }

        _ = Task.Run(() => RunAsync(subscription, _stop.Token), CancellationToken.None);
    }

    private async Task RunAsync(ChangeSubscription? subscription, CancellationToken stop)
    {
        TimeSpan retry = FirstRetry;
        while (!stop.IsCancellationRequested)
        {
            try
            {
                subscription ??= await SubscribeAgainAsync(stop).ConfigureAwait(false);
                await FollowAsync(subscription, () => retry = FirstRetry, stop).ConfigureAwait(false);
            }
            catch (Exception error) when (stop.IsCancellationRequested || error is ObjectDisposedException)
            {
                break;
            }
            catch (Exception error)
            {
                // The values in hand were verified when they were read and stay; what is wrong is said, and the next success looks at everything.
                ReportAll(error);
            }

            subscription?.Dispose();
            subscription = null;
            await Task.Delay(retry, core.Options.Time, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            retry = retry * 2 < LongestRetry ? retry * 2 : LongestRetry;
        }

        subscription?.Dispose();
    }

    private async ValueTask<ChangeSubscription> SubscribeAgainAsync(CancellationToken stop)
    {
        ChangeSubscription subscription = await core.Changes.SubscribeAsync(stop).ConfigureAwait(false);
        lock (_gate)
        {
            _subscription = subscription;
            foreach (SecretName name in _cells.Keys)
                _due.Add(name);
        }

        return subscription;
    }

    private async Task FollowAsync(ChangeSubscription subscription, Action succeeded, CancellationToken stop)
    {
        TimeSpan retry = FirstRetry;
        while (true)
        {
            bool failed = false;
            foreach (SecretName name in TakeDue())
                failed |= !await RefreshAsync(name, stop).ConfigureAwait(false);
            if (!failed)
            {
                retry = FirstRetry;
                succeeded();
            }

            TimeSpan wait = failed ? retry : NextExpiry();
            if (failed)
                retry = retry * 2 < LongestRetry ? retry * 2 : LongestRetry;
            ITimer timer = core.Options.Time.CreateTimer(static state => ((ChangeSubscription)state!).Poke(), subscription, wait, Timeout.InfiniteTimeSpan);
            await using (timer.ConfigureAwait(false))
            {
                IReadOnlyList<SecretChange> changes = await subscription.NextAsync(stop).ConfigureAwait(false);
                lock (_gate)
                {
                    foreach (SecretChange change in changes)
                        _due.Add(change.Name);
                    AddExpired();
                }
            }
        }
    }

    /// <summary>Brings the live secrets of a name up to date; false when that has to be tried again.</summary>
    private async ValueTask<bool> RefreshAsync(SecretName name, CancellationToken stop)
    {
        List<LiveCell> cells;
        lock (_gate)
            cells = _cells.TryGetValue(name, out List<LiveCell>? found) ? [.. found] : [];
        bool good = true;
        foreach (LiveCell cell in cells)
            good &= await LookAsync(cell, stop).ConfigureAwait(false) is not { IsTransient: true } and not VaultIntegrityException;

        if (!good)
        {
            lock (_gate)
                _due.Add(name);
        }

        return good;
    }

    /// <summary>Looks at the vault now; what keeps the newest value from being taken stands in the cell, and is returned.</summary>
    public async ValueTask<StrongroomException?> LookAsync(LiveCell cell, CancellationToken ct)
    {
        await _looking.WaitAsync(ct).ConfigureAwait(false);
        try
        {
            await LookHoldingAsync(cell, ct).ConfigureAwait(false);
        }
        finally
        {
            _looking.Release();
        }

        cell.Tell();
        return cell.Untaken;
    }

    public StrongroomException? Look(LiveCell cell)
    {
        if (core.Storage.Backend is not Storage.ISynchronousBackend)
            throw Synchronous.NotSynchronous();
        _looking.Wait();
        try
        {
            Synchronous.Run(LookHoldingAsync(cell, CancellationToken.None));
        }
        finally
        {
            _looking.Release();
        }

        cell.Tell();
        return cell.Untaken;
    }

    // Holding _looking: of two that look at once, the later one must not put back what the earlier one has read.
    private async ValueTask LookHoldingAsync(LiveCell cell, CancellationToken ct)
    {
        try
        {
            if (await NewerAsync(cell, ct).ConfigureAwait(false) is { } data)
                Take(cell, data);
        }
        catch (Exception error) when (error is SecretNotFoundException or SecretExpiredException)
        {
            cell.Refuse((StrongroomException)error);
        }
        catch (Exception error) when (!ct.IsCancellationRequested)
        {
            cell.Report(AsTrouble(cell.Name, error));
        }
    }

    // What builds from a version may not like it - a certificate that has expired, a field that is missing: that is no reason to give up the one in hand, as a refusal of the vault is.
    private static void Take(LiveCell cell, SecretData data)
    {
        try
        {
            cell.Take(data);
        }
        catch (Exception error)
        {
            cell.Report(AsTrouble(cell.Name, error));
        }
    }

    private async ValueTask<SecretData?> NewerAsync(LiveCell cell, CancellationToken stop)
    {
        SecretMetadata metadata = (await core.Reader.FindAsync(cell.Name, stop).ConfigureAwait(false))?.Record.Metadata ?? throw await NotFoundAsync(cell.Name, stop).ConfigureAwait(false);
        if (metadata.IsDeleted || cell.IsOther(metadata) || (core.Options.Expiry == ExpiryPolicy.Refuse && metadata.ExpiresAt <= core.Now))
            return await core.Reader.ReadAsync(cell.Name, stop).ConfigureAwait(false) ?? throw await NotFoundAsync(cell.Name, stop).ConfigureAwait(false);
        cell.Keep(metadata);
        return null;
    }

    private async ValueTask<SecretNotFoundException> NotFoundAsync(SecretName name, CancellationToken ct) =>
        Conditions.NotFound(name, (await core.Reader.FindAsync(name, ct).ConfigureAwait(false))?.Record);

    private SecretName[] TakeDue()
    {
        lock (_gate)
        {
            SecretName[] due = [.. _due];
            _due.Clear();
            return due;
        }
    }

    // Under _gate.
    private void Poke(SecretName name)
    {
        _due.Add(name);
        _subscription?.Poke();
    }

    private void AddExpired()
    {
        if (core.Options.Expiry != ExpiryPolicy.Refuse)
            return;
        foreach ((SecretName name, List<LiveCell> cells) in _cells)
        {
            if (cells.Exists(cell => !cell.IsRefused && cell.Metadata?.ExpiresAt <= core.Now))
                _due.Add(name);
        }
    }

    private TimeSpan NextExpiry()
    {
        TimeSpan wait = TimeSpan.FromHours(1);
        if (core.Options.Expiry != ExpiryPolicy.Refuse)
            return wait;
        lock (_gate)
        {
            foreach (LiveCell cell in _cells.Values.SelectMany(static cells => cells))
            {
                if (!cell.IsRefused && cell.Metadata?.ExpiresAt is { } expires && expires - core.Now < wait)
                    wait = expires - core.Now;
            }
        }

        return wait > TimeSpan.Zero ? wait : TimeSpan.FromMilliseconds(1);
    }

    private void ReportAll(Exception error)
    {
        lock (_gate)
        {
            foreach (LiveCell cell in _cells.Values.SelectMany(static cells => cells))
                cell.Report(AsTrouble(cell.Name, error));
        }
    }

    // What a builder throws may quote the value that it could not read: only the kind of error is kept.
    private static StrongroomException AsTrouble(SecretName name, Exception error) => error as StrongroomException
        ?? new VaultConfigurationException("SR1121", $"The new value of {name} could not be taken: {error.GetType().Name}. The one before is still in use.", "Write a value that fits, or correct what builds from it.");
}
