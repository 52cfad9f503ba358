using System.Collections.Concurrent;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Runtime.Versioning;

namespace Strongroom.Cli.Agent;

/// <summary>
/// The agent: holds vaults open and answers this user's commands. Ends, and with it everything it holds, on SIGTERM, SIGINT and SIGHUP, when it is told to, when its socket is gone (as at the end of a login), and, when
/// <c>unlock</c> has started it, with the last vault. What is killed has nothing left.
/// </summary>
[UnsupportedOSPlatform("windows")]
internal sealed partial class AgentServer : IDisposable
{
    private const int MostConnections = 64;
    private const int Exclusive = 2, NonBlocking = 4;
    private static readonly TimeSpan Look = TimeSpan.FromSeconds(2);

    private readonly ConcurrentDictionary<string, HeldVault> _vaults = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<AgentSession, bool> _sessions = [];
    private readonly CancellationTokenSource _stop = new();
    private readonly Socket _listener = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
    private readonly FileStream _lock;
    private readonly bool _endsWhenLocked;
    private bool _wasUsed;

    private AgentServer(FileStream lockFile, bool endsWhenLocked)
    {
        _lock = lockFile;
        _endsWhenLocked = endsWhenLocked;
    }

    /// <summary>The vaults that are held open.</summary>
    public IEnumerable<HeldVault> Vaults => _vaults.Values.Where(static vault => !vault.IsOver);

    /// <summary>Takes the socket's place. What an agent that was killed has left there is removed.</summary>
    /// <returns>Null when there is an agent already.</returns>
    public static AgentServer? TryListen(bool endsWhenLocked)
    {
        AgentPlace.Prepare();
        var file = new FileStream(AgentPlace.LockFile, new FileStreamOptions
        {
            Mode = FileMode.OpenOrCreate,
            Access = FileAccess.ReadWrite,
            Share = FileShare.ReadWrite | FileShare.Delete,
            UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
        });
        if (LockFile(file.SafeFileHandle, Exclusive | NonBlocking) != 0)
        {
            file.Dispose();
            return null;
        }

        var server = new AgentServer(file, endsWhenLocked);
        try
        {
            File.Delete(AgentPlace.Socket);
            server._listener.Bind(new UnixDomainSocketEndPoint(AgentPlace.Socket));
            File.SetUnixFileMode(AgentPlace.Socket, UnixFileMode.UserRead | UnixFileMode.UserWrite);
            server._listener.Listen(MostConnections);
            return server;
        }
        catch (Exception error) when (error is SocketException or ArgumentException)
        {
            server.Dispose();
            throw new CliException(ExitCodes.Unavailable, "SR2083", $"The agent can't listen on {AgentPlace.Socket}.", "Its path may be too long (107 bytes): check XDG_RUNTIME_DIR.", error);
        }
    }

    /// <summary>Serves until it is told to end.</summary>
    public async Task RunAsync(CancellationToken ct)
    {
        using var hangup = PosixSignalRegistration.Create(PosixSignal.SIGHUP, context =>
        {
            context.Cancel = true;
            Stop();
        });
        await using var registration = ct.Register(Stop);
        var watching = WatchAsync();
        try
        {
            while (true)
                Accept(await _listener.AcceptAsync(_stop.Token));
        }
        catch (Exception error) when (error is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            Stop();
        }

        await watching;
        LockAll();
    }

    /// <summary>Ends.</summary>
    public void Stop() => _stop.Cancel();

    /// <summary>The vault, if it is held open.</summary>
    public HeldVault? Find(string key) => _vaults.TryGetValue(key, out var vault) && !vault.IsOver ? vault : null;

    /// <summary>Holds a vault open from now on; one of the same place that was open is locked.</summary>
    public void Hold(HeldVault vault)
    {
        HeldVault? before = null;
        _vaults.AddOrUpdate(vault.Key, vault, (_, known) =>
        {
            before = known;
            return vault;
        });
        before?.Dispose();
        _wasUsed = true;
    }

    /// <summary>Locks a vault.</summary>
    /// <returns>Whether it was open.</returns>
    public bool Lock(string key)
    {
        if (!_vaults.TryRemove(key, out var vault))
            return false;
        var wasOpen = !vault.IsOver;
        vault.Dispose();
        return wasOpen;
    }

    /// <summary>Locks this vault, and not one that was opened in its place meanwhile.</summary>
    public void Lock(HeldVault vault)
    {
        if (_vaults.TryRemove(KeyValuePair.Create(vault.Key, vault)))
            vault.Dispose();
    }

    /// <summary>Locks all vaults.</summary>
    /// <returns>How many were open.</returns>
    public int LockAll() => _vaults.Keys.ToArray().Count(Lock);

    /// <inheritdoc/>
    public void Dispose()
    {
        LockAll();
        _listener.Dispose();
        // Only while the lock is held: the next agent's socket is not ours to remove.
        File.Delete(AgentPlace.Socket);
        _lock.Dispose();
        _stop.Dispose();
    }

    private void Accept(Socket socket)
    {
        if (AgentSession.TryBegin(this, socket) is not { } session)
        {
            socket.Dispose();
            return;
        }

        // A crowd of silent connections must not keep out the next command: the one that has been idle longest goes.
        while (_sessions.Count >= MostConnections)
        {
            if (_sessions.Keys.Where(static other => other.IsIdle).MinBy(static other => other.LastUse) is not { } oldest)
            {
                session.Dispose();
                return;
            }

            _sessions.TryRemove(oldest, out _);
            oldest.Dispose();
        }

        _sessions[session] = true;
        _ = ServeAsync(session);
    }

    private async Task ServeAsync(AgentSession session)
    {
        await Task.Yield();
        try
        {
            await session.RunAsync(_stop.Token);
        }
        finally
        {
            _sessions.TryRemove(session, out _);
            session.Dispose();
        }
    }

    private async Task WatchAsync()
    {
        using var timer = new PeriodicTimer(Look);
        try
        {
            while (await timer.WaitForNextTickAsync(_stop.Token))
            {
                foreach (var vault in _vaults.Values.Where(static vault => vault.IsOver))
                    Lock(vault);
                // Not under the hands of somebody who is about to unlock.
                if (!File.Exists(AgentPlace.Socket) || (_endsWhenLocked && _wasUsed && _vaults.IsEmpty && !_sessions.Keys.Any(static session => session.WasUsedWithin(Look))))
                    Stop();
            }
        }
        catch (OperationCanceledException)
        {
            // It ends.
        }
    }

    [LibraryImport("libc", EntryPoint = "flock")]
    private static partial int LockFile(Microsoft.Win32.SafeHandles.SafeFileHandle file, int operation);
}
