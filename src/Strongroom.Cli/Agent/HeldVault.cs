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
    public async Task ActAsync(string actor, Func<SecretsManager, Task> action)
    {
        await _gate.WaitAsync();
        try
        {
            if (IsOver)
                throw AgentConnection.NotHeld();
            if (actor != _actor)
            {
                // What was read for the one before is written under its name.
                Manager.Audit.Flush();
                _actor = actor;
            }

            await LookAsync(action);
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <summary>Does something that leaves no trace in the audit log.</summary>
    public async Task LookAsync(Func<SecretsManager, Task> action)
    {
        if (IsOver)
            throw AgentConnection.NotHeld();
        await action(Manager);
        Volatile.Write(ref _used, Now.Ticks);
    }

    /// <summary>Writes what was read for a client that has gone, so that the next one need not wait for it.</summary>
    public async Task LeaveAsync(string actor)
    {
        await _gate.WaitAsync();
        try
        {
            if (!_locked && actor == _actor)
                Manager.Audit.Flush();
        }
        catch (StrongroomException)
        {
            // The next one is told: a log in trouble stays in trouble.
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <summary>Locks: wipes the keys, once what is under way is done.</summary>
    public void Dispose()
    {
        _locked = true;
        _gate.Wait();
        try
        {
            Manager.Dispose();
        }
        catch (StrongroomException)
        {
            // The last reads could not be written to the log; the keys are wiped all the same.
        }
        finally
        {
            _gate.Release();
        }
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
