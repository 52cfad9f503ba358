using System.Runtime.CompilerServices;
using StackExchange.Redis;

namespace Strongroom.Backends.Redis;

/// <summary>
/// Hints that the head has moved: notices of the server, which are lost with a connection. After every wait the revision itself is asked for, so that a notice that was lost costs time and no change is missed.
/// </summary>
internal sealed class HeadWatch(ServerConnection connection, RedisChannel channel, Func<CancellationToken, ValueTask<long>> revision)
{
    private static readonly TimeSpan Heartbeat = TimeSpan.FromSeconds(2);
    private const int MaxPauseMilliseconds = 2000;

    public async IAsyncEnumerable<long> RunAsync(long after, [EnumeratorCancellation] CancellationToken ct)
    {
        using var moved = new SemaphoreSlim(0, 1);
        ISubscriber? subscriber = null;
        int failures = 0;
        void Notice(RedisChannel from, RedisValue what) => Signal(moved);
        try
        {
            while (true)
            {
                ct.ThrowIfCancellationRequested();
                long now = 0;
                try
                {
                    ISubscriber current = await connection.SubscriberAsync(ct).ConfigureAwait(false);
                    // After a fail-over the connection is another one, which nobody has subscribed on.
                    if (!ReferenceEquals(subscriber?.Multiplexer, current.Multiplexer))
                        await current.SubscribeAsync(channel, Notice).WaitAsync(ct).ConfigureAwait(false);
                    subscriber = current;

                    now = await revision(ct).ConfigureAwait(false);
                    if (now <= after)
                        await moved.WaitAsync(Heartbeat, ct).ConfigureAwait(false);
                    failures = 0;
                }
                catch (ObjectDisposedException) when (connection.IsDisposed)
                {
                    // The backend has been disposed of.
                    yield break;
                }
                catch (Exception error) when (RedisErrors.IsOfStorage(error) || error is VaultUnavailableException { IsTransient: true })
                {
                    failures++;
                }

                if (failures > 0)
                    await Task.Delay(Random.Shared.Next(10, Math.Min(MaxPauseMilliseconds, 50 << Math.Min(failures, 6))), ct).ConfigureAwait(false);
                else if (now > after)
                    yield return after = now;
            }
        }
        finally
        {
            try
            {
                subscriber?.Unsubscribe(channel, Notice, CommandFlags.FireAndForget);
            }
            catch (Exception error) when (RedisErrors.IsOfStorage(error))
            {
                // It has gone, and the subscription with it.
            }
        }
    }

    private static void Signal(SemaphoreSlim moved)
    {
        try
        {
            moved.Release();
        }
        catch (Exception error) when (error is SemaphoreFullException or ObjectDisposedException)
        {
            // A look is due already, or nobody looks any more.
        }
    }
}
