using Strongroom.Cryptography;
using Strongroom.Storage;

namespace Strongroom.Audit;

/// <summary>
/// Sends lines that no commit takes along (reads, on a machine that only reads) to the database: some time after they were written, and on request. That it fails is not told to anybody who reads: the
/// lines are in the files, and go with the next attempt.
/// </summary>
internal sealed class LineGathering : IDisposable
{
    private readonly SemaphoreSlim _sending = new(1, 1);
    private readonly Lock _gate = new();
    private readonly GatheredLog _log;
    private readonly Func<Func<RandomId, long, long, long>, List<StoredRow>> _waiting;
    private readonly TimeSpan _interval;
    private readonly ITimer _timer;
    private RandomId _chain;
    private long _sent = -1;
    private int _armed;
    private volatile bool _disposed;

    /// <summary>Prepares.</summary>
    /// <param name="log">The database's lines.</param>
    /// <param name="waiting">Gives the lines to be sent, and is given a way to learn how far a chain has been sent: chain, the least that has been, the last line there is.</param>
    /// <param name="options">How often, and the clock.</param>
    public LineGathering(GatheredLog log, Func<Func<RandomId, long, long, long>, List<StoredRow>> waiting, VaultOptions options)
    {
        (_log, _waiting, _interval) = (log, waiting, options.Audit.GatherInterval);
        _timer = options.Time.CreateTimer(static gathering => ((LineGathering)gathering!).OnTimer(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>There are lines to be sent.</summary>
    public void Arm()
    {
        if (_interval > TimeSpan.Zero && !_disposed && Interlocked.Exchange(ref _armed, 1) == 0)
            _timer.Change(_interval, Timeout.InfiniteTimeSpan);
    }

    /// <summary>The last line of a chain that was sent.</summary>
    /// <param name="chain">The chain.</param>
    /// <param name="least">What the head knows to have been.</param>
    public long SentOf(RandomId chain, long least)
    {
        lock (_gate)
            return _chain == chain ? Math.Max(_sent, least) : least;
    }

    /// <summary>Sends what there is.</summary>
    /// <exception cref="StrongroomException">The database or the log can't be used.</exception>
    public async ValueTask GatherAsync(CancellationToken ct)
    {
        await _sending.WaitAsync(ct).ConfigureAwait(false);
        try
        {
            RandomId chain = default;
            long sent = -1;
            List<StoredRow> rows = _waiting((id, least, last) =>
            {
                (chain, sent) = (id, last);
                return _chain == id ? SentOf(id, least) : _log.Reach(id, least, last);
            });
            if (rows.Count > 0)
                await _log.PutAsync(rows, ct).ConfigureAwait(false);
            lock (_gate)
                (_chain, _sent) = (chain, Math.Max(sent, SentOf(chain, sent)));
        }
        finally
        {
            _sending.Release();
        }
    }

    public void Dispose()
    {
        _disposed = true;
        _timer.Dispose();
        _sending.Dispose();
    }

    private void OnTimer()
    {
        Volatile.Write(ref _armed, 0);
        _ = Task.Run(TryGatherAsync);
    }

    private async Task TryGatherAsync()
    {
        try
        {
            await GatherAsync(CancellationToken.None).ConfigureAwait(false);
        }
        catch (StrongroomException)
        {
            Arm();
        }
        catch (ObjectDisposedException)
        {
            // The vault was closed meanwhile; the lines go with the next commit or the next opening.
        }
    }
}
