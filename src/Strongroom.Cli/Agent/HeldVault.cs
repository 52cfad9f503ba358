using System.Diagnostics;
using System.Runtime.InteropServices;
using Strongroom.Audit;

namespace Strongroom.Cli.Agent;

/// <summary>
/// A vault that the agent holds open, with its time limits. What is done for a client is done alone, so that the audit log names the right one; what only looks goes on beside it.
/// </summary>
internal sealed partial class HeldVault : IDisposable
{
    /// <summary>CLOCK_BOOTTIME: goes on while the machine sleeps, and is not set by anybody.</summary>
    private const int BootTime = 7;

    private readonly SemaphoreSlim _gate = new(1, 1);
    private readonly CancellationTokenSource _ending = new();
    private readonly UnderWay _underWay = new();
    private readonly TimeSpan _idle;
    private readonly TimeSpan _end;
    private long _used;
    private string _actor = "strongroom";
    private volatile bool _locked;

    private HeldVault(string key, TimeSpan idle, TimeSpan ttl)
    {
        Key = key;
        _idle = idle;
        _end = Now + ttl;
        _used = Now.Ticks;
    }

    /// <summary>How clients name it.</summary>
    public string Key { get; }

    /// <summary>The open vault.</summary>
    public SecretsManager Manager { get; private set; } = null!;

    /// <summary>When it is locked if nobody asks for anything until then, from now.</summary>
    public TimeSpan Remaining => TimeSpan.FromTicks(Math.Min(_end.Ticks, Volatile.Read(ref _used) + _idle.Ticks)) - Now;

    /// <summary>When it is locked in any case, from now.</summary>
    public TimeSpan RemainingAtMost => _end - Now;

    /// <summary>Whether it was locked.</summary>
    public bool IsLocked => _locked;

    /// <summary>Whether it was locked, or a limit is over.</summary>
    public bool IsOver => _locked || Remaining <= TimeSpan.Zero;

    /// <summary>Opens it.</summary>
    public static async Task<HeldVault> OpenAsync(UnlockRequest request, CancellationToken ct)
    {
        var held = new HeldVault(request.Key, request.Idle, request.Ttl) { _actor = request.Actor };
        held.Manager = await SecretsManager.OpenAsync(request.Options(() => held._actor), request.Unlock, ct);
        return held;
    }

    /// <summary>Does something for a client.</summary>
    /// <param name="actor">Who it is.</param>
    /// <param name="action">What.</param>
    /// <exception cref="CliException">It was locked meanwhile.</exception>
    public async Task ActAsync(string actor, Func<SecretsManager, CancellationToken, Task> action)
    {
        if (!await TryEnterAsync())
            throw AgentConnection.NotHeld();
        try
        {
            await LookAsync((manager, ct) =>
            {
                if (actor != _actor)
                {
                    // What was read for the one before is written under its name.
                    manager.Audit.Flush();
                    _actor = actor;
                }

                return action(manager, ct);
            });
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <summary>Does something that leaves no trace in the audit log.</summary>
    /// <exception cref="CliException">It was locked meanwhile.</exception>
    public async Task LookAsync(Func<SecretsManager, CancellationToken, Task> action)
    {
        lock (_underWay)
        {
            if (IsOver)
                throw AgentConnection.NotHeld();
            _underWay.Count++;
        }

        try
        {
            await action(Manager, _ending.Token);
            Volatile.Write(ref _used, Now.Ticks);
        }
        catch (OperationCanceledException) when (_locked)
        {
            throw AgentConnection.NotHeld();
        }
        finally
        {
            lock (_underWay)
            {
                _underWay.Count--;
                Monitor.PulseAll(_underWay);
            }
        }
    }

    /// <summary>Writes what was read for a client that has gone, so that the next one need not wait for it.</summary>
    public async Task LeaveAsync(string actor)
    {
        if (!await TryEnterAsync())
            return;
        try
        {
            await LookAsync((manager, _) =>
            {
                if (actor == _actor)
                    manager.Audit.Flush();
                return Task.CompletedTask;
            });
        }
        catch (Exception error) when (error is StrongroomException or CliException)
        {
            // It was locked, which writes it too; or the next one is told: a log in trouble stays in trouble.
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <summary>Locks: ends what is under way, or waits for it a moment, and wipes the keys. What does not end in time finds them gone.</summary>
    public void Dispose()
    {
        lock (_underWay)
            _locked = true;
        _ending.Cancel();
        var start = Stopwatch.GetTimestamp();
        lock (_underWay)
        {
            while (_underWay.Count > 0 && AgentProtocol.Grace - Stopwatch.GetElapsedTime(start) is var left && left > TimeSpan.Zero)
                Monitor.Wait(_underWay, left);
        }

        try
        {
            Manager.Dispose();
        }
        catch (StrongroomException)
        {
            // The last reads could not be written to the log; the keys are wiped all the same.
        }
    }

    private async Task<bool> TryEnterAsync()
    {
        try
        {
            await _gate.WaitAsync(_ending.Token);
            return true;
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }

    private sealed class UnderWay
    {
        public int Count { get; set; }
    }

    private static TimeSpan Now => GetTime(BootTime, out var time) == 0 ? TimeSpan.FromSeconds(time.Seconds) + TimeSpan.FromTicks(time.Nanoseconds / 100) : TimeSpan.MaxValue / 2;

    [LibraryImport("libc", EntryPoint = "clock_gettime")]
    private static partial int GetTime(int clock, out TimeSpec time);

    private struct TimeSpec
    {
        public nint Seconds;
        public nint Nanoseconds;
    }
}
