namespace Strongroom.Storage;

/// <summary>
/// Keeps the caches of a node up to date with what other nodes commit: at once by the backend's hints, and by a look now and then, because hints may be lost. While the database does not
/// answer it tries again with growing pauses, and the first look that succeeds catches up, since it compares with what was seen and not with what was missed.
/// </summary>
internal sealed class HeadFollower(TreeStorage storage, TimeSpan interval) : IDisposable
{
    private const int MaxPauseMilliseconds = 2000;
    private static readonly TimeSpan ShortestInterval = TimeSpan.FromMilliseconds(50);
    private readonly CancellationTokenSource _stop = new();
    private readonly TimeSpan _interval = interval > ShortestInterval ? interval : ShortestInterval;
    private readonly SemaphoreSlim _signal = new(0, 1);

    public void Start()
    {
        CancellationToken stop = _stop.Token;
        _ = Task.Run(() => LookAsync(stop), CancellationToken.None);
        _ = Task.Run(() => ListenAsync(stop), CancellationToken.None);
    }

    public void Dispose() => _stop.Cancel();

    private async Task LookAsync(CancellationToken stop)
    {
        int failures = 0;
        while (!stop.IsCancellationRequested)
        {
            try
            {
                await _signal.WaitAsync(failures == 0 ? _interval : Pause(failures), stop).ConfigureAwait(false);
                await storage.FollowAsync(stop).ConfigureAwait(false);
                failures = 0;
            }
            catch (StrongroomException)
            {
                // The storage keeps what went wrong, for readers to see.
                failures++;
            }
            catch (Exception error) when (error is OperationCanceledException or ObjectDisposedException)
            {
                return;
            }
        }
    }

    private async Task ListenAsync(CancellationToken stop)
    {
        for (int failures = 1; !stop.IsCancellationRequested; failures++)
        {
            try
            {
                await foreach (long revision in storage.Backend.WatchAsync(storage.Current!.Head.Revision, stop).ConfigureAwait(false))
                {
                    failures = 0;
                    storage.Hint(revision);
                    Signal();
                }

                await Task.Delay(Pause(failures), stop).ConfigureAwait(false);
            }
            catch (StrongroomException)
            {
                // Hints are only the faster way.
            }
            catch (Exception error) when (error is OperationCanceledException or ObjectDisposedException)
            {
                return;
            }
        }
    }

    private void Signal()
    {
        try
        {
            _signal.Release();
        }
        catch (SemaphoreFullException)
        {
            // A look is due already.
        }
    }

    private static TimeSpan Pause(int failures) => TimeSpan.FromMilliseconds(Random.Shared.Next(20, Math.Min(MaxPauseMilliseconds, 50 << Math.Min(failures, 6))));
}
