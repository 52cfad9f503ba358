namespace Strongroom.Hosting;

/// <summary>Waits for what makes a reload necessary: changes in the vault, in other configuration, time. One reload at a time; after a failure again, ever less often.</summary>
internal sealed class ConfigurationFollower(StrongroomConfigurationProvider provider) : IDisposable
{
    private static readonly TimeSpan FirstRetry = TimeSpan.FromMilliseconds(250), LongestRetry = TimeSpan.FromSeconds(30), LongestEnd = TimeSpan.FromSeconds(10);
    private readonly StrongroomConfigurationOptions _options = provider.Source.Options;
    private readonly CancellationTokenSource _stop = new();
    private readonly SemaphoreSlim _wake = new(0);
    private readonly AsyncLocal<bool> _within = new();
    private Task _work = Task.CompletedTask;
    private IReadOnlyList<IDisposable> _registrations = [];
    private SealedSnapshot? _snapshot;

    public void Start()
    {
        if (_options.ResolveReferences)
            _registrations = provider.OnOthersReload(Wake);
        CancellationToken stop = _stop.Token;
        var reloading = Task.Run(() => ReloadAsync(stop), CancellationToken.None);
        _work = _options.ReloadOnChange ? Task.WhenAll(reloading, Task.Run(() => WatchAsync(stop), CancellationToken.None)) : reloading;
    }

    public void Dispose()
    {
        foreach (IDisposable registration in _registrations)
            registration.Dispose();
        _stop.Cancel();
        // A sealed copy that is being written is finished before the application ends. A listener that ends the configuration from within a reload can't wait for itself, and nobody waits for ever for storage that does not answer.
        if (!_within.Value)
            Task.WaitAny([_work], LongestEnd);
    }

    private void Wake() => _wake.Release();

    private async Task ReloadAsync(CancellationToken stop)
    {
        _within.Value = true;
        try
        {
            await SnapshotAsync(stop).ConfigureAwait(false);
            bool behind = provider.Status.Failures > 0;
            TimeSpan retry = FirstRetry;
            while (true)
            {
                bool changed = await WaitAsync(behind ? retry : null, stop).ConfigureAwait(false);
                if (changed && _options.Debounce > TimeSpan.Zero)
                    await Task.Delay(_options.Debounce, _options.Time, stop).ConfigureAwait(false);
                while (_wake.CurrentCount > 0)
                    await _wake.WaitAsync(stop).ConfigureAwait(false);
                behind = !await provider.ReloadAsync(stop).ConfigureAwait(false);
                retry = !behind ? FirstRetry : retry * 2 < LongestRetry ? retry * 2 : LongestRetry;
                if (!behind)
                    await SnapshotAsync(stop).ConfigureAwait(false);
            }
        }
        catch (Exception error) when (error is OperationCanceledException or ObjectDisposedException && (stop.IsCancellationRequested || error is ObjectDisposedException))
        {
            // The end of the application, or of its container.
        }
        finally
        {
            _snapshot?.Dispose();
        }
    }

    // True when something has changed, false when it is only time to look.
    private async ValueTask<bool> WaitAsync(TimeSpan? retry, CancellationToken stop)
    {
        TimeSpan? wait = retry ?? _options.ReloadInterval;
        if (provider.NextExpiry - _options.Time.GetUtcNow() is { } expiry && !(wait < expiry))
            wait = expiry > TimeSpan.Zero ? expiry : TimeSpan.Zero;
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(stop);
        ITimer? timer = wait is { } due ? _options.Time.CreateTimer(static state => ((CancellationTokenSource)state!).Cancel(), timeout, due, Timeout.InfiniteTimeSpan) : null;
        try
        {
            await _wake.WaitAsync(timeout.Token).ConfigureAwait(false);
            return true;
        }
        catch (OperationCanceledException) when (!stop.IsCancellationRequested)
        {
            return false;
        }
        finally
        {
            if (timer is not null)
                await timer.DisposeAsync().ConfigureAwait(false);
        }
    }

    private async Task WatchAsync(CancellationToken stop)
    {
        TimeSpan retry = FirstRetry;
        while (!stop.IsCancellationRequested)
        {
            try
            {
                SecretsManager vault = await provider.Vault.OpenAsync(stop).ConfigureAwait(false);
                using ChangeSubscription changes = await vault.SubscribeAsync(stop).ConfigureAwait(false);

                // What changed between the last loading and now.
                Wake();
                retry = FirstRetry;
                while (true)
                {
                    IReadOnlyList<SecretChange> next = await changes.NextAsync(stop).ConfigureAwait(false);
                    if (next.Any(change => provider.Concerns(change.Name)))
                        Wake();
                }
            }
            catch (Exception error) when (stop.IsCancellationRequested || error is ObjectDisposedException)
            {
                return;
            }
            catch (Exception error)
            {
                // Also what the application's own ConfigureVault or Unlock throws: it is tried again.
                (string code, string reason, string? remedy) = Log.Told(error);
                provider.Say(logger => logger.NotFollowed(code, reason, remedy));
            }

            await Task.Delay(retry, _options.Time, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            retry = retry * 2 < LongestRetry ? retry * 2 : LongestRetry;
        }
    }

    private async ValueTask SnapshotAsync(CancellationToken stop)
    {
        if (_options.SnapshotFile is not { } path || provider.Status is { LoadedAt: null } or { FromSnapshot: true })
            return;
        try
        {
            if (_snapshot is null)
            {
                var snapshot = new SealedSnapshot(path, provider.Vault.Asked!);
                using Unlock unlock = _options.OpenWith();
                await snapshot.OpenAsync(unlock, stop).ConfigureAwait(false);
                _snapshot = snapshot;
            }

            await provider.WriteSnapshotAsync(_snapshot, stop).ConfigureAwait(false);
        }
        catch (Exception error) when (error is not OperationCanceledException and not ObjectDisposedException)
        {
            (string code, string reason, _) = Log.Told(error);
            provider.Say(logger => logger.SnapshotFailed(code, reason));
        }
    }
}
