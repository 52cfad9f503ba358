using System.Buffers.Binary;
using System.Globalization;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using System.Security.Cryptography;

namespace Strongroom.Cli.Agent;

/// <summary>
/// One client. Only this user's are let in, as the kernel says who has connected. A request has to come in time and within its limits; what is no request ends the connection.
/// </summary>
[UnsupportedOSPlatform("windows")]
internal sealed class AgentSession : IDisposable
{
    private const int SocketLevel = 1, PeerCredentials = 17;
    private const int FirstBytes = 64 * 1024;
    private readonly AgentServer _server;
    private readonly Socket _socket;
    private readonly SemaphoreSlim _sending = new(1, 1);
    private readonly byte[] _prefix = new byte[sizeof(uint)];
    private HeldVault? _last;
    private volatile bool _isIdle = true;

    private AgentSession(AgentServer server, Socket socket, int process)
    {
        _server = server;
        _socket = socket;
        Actor = string.Create(CultureInfo.InvariantCulture, $"{NameOf(process)}[{process}]");
    }

    /// <summary>The client, for the audit log: name and id of its process.</summary>
    public string Actor { get; }

    /// <summary>Whether it waits for a request.</summary>
    public bool IsIdle => _isIdle;

    /// <summary>When it was last used, in milliseconds.</summary>
    public long LastUse { get; private set; } = Environment.TickCount64;

    /// <summary>Whether it is being answered, or came or was answered a moment ago.</summary>
    public bool WasUsedWithin(TimeSpan time) => !_isIdle || Environment.TickCount64 - LastUse < (long)time.TotalMilliseconds;

    /// <summary>Lets a client in.</summary>
    /// <returns>Null when it is another user's.</returns>
    public static AgentSession? TryBegin(AgentServer server, Socket socket)
    {
        Span<byte> peer = stackalloc byte[12];
        try
        {
            _ = socket.GetRawSocketOption(SocketLevel, PeerCredentials, peer);
        }
        catch (SocketException)
        {
            return null;
        }

        var credentials = MemoryMarshal.Cast<byte, int>(peer);
        return (uint)credentials[1] == AgentPlace.User ? new AgentSession(server, socket, credentials[0]) : null;
    }

    /// <summary>Answers until the client goes.</summary>
    public async Task RunAsync(CancellationToken stop)
    {
        try
        {
            while (await ReceiveAsync(_prefix, stop))
            {
                _isIdle = false;
                var length = BinaryPrimitives.ReadUInt32LittleEndian(_prefix);
                if (length is 0 or > AgentProtocol.MaxRequest)
                    break;
                using var patience = CancellationTokenSource.CreateLinkedTokenSource(stop);
                patience.CancelAfter(AgentProtocol.Patience);
                var request = await ReceiveRequestAsync((int)length, patience.Token);
                if (request is null)
                    break;
                try
                {
                    await new AgentRequest(_server, this, Actor).AnswerAsync(request);
                }
                finally
                {
                    CryptographicOperations.ZeroMemory(request);
                }

                LastUse = Environment.TickCount64;
                _isIdle = true;
            }
        }
        catch (Exception error) when (error is SocketException or OperationCanceledException or ObjectDisposedException or WireException)
        {
            // It has gone, was too slow, or has sent what is no request.
        }

        if (_last is { } vault)
            await vault.LeaveAsync(Actor);
    }

    /// <summary>Notes for which vault the client has last acted.</summary>
    public void Used(HeldVault vault) => _last = vault;

    /// <summary>Waits for the end of work and gives the client a sign now and then, so that it is not taken for an agent that hangs.</summary>
    public async Task WhileAsync(Task work)
    {
        while (await Task.WhenAny(work, Task.Delay(AgentProtocol.Sign)) != work)
        {
            using var sign = new WireWriter();
            sign.Byte((byte)AnswerStatus.Waiting);
            try
            {
                await SendAsync(sign);
            }
            catch (Exception error) when (error is SocketException or OperationCanceledException or ObjectDisposedException)
            {
                // The client has gone; what it has begun is ended in order.
                break;
            }
        }

        await work;
    }

    /// <summary>Sends a frame; a client that does not take it is left.</summary>
    public async Task SendAsync(WireWriter wire)
    {
        using var patience = new CancellationTokenSource(AgentProtocol.Patience);
        await _sending.WaitAsync(patience.Token);
        try
        {
            var frame = wire.Frame();
            while (!frame.IsEmpty)
                frame = frame[await _socket.SendAsync(frame, SocketFlags.None, patience.Token)..];
        }
        finally
        {
            _sending.Release();
        }
    }

    public void Dispose()
    {
        _socket.Dispose();
        _sending.Dispose();
    }

    // Grows with what comes: a length is only a claim.
    private async Task<byte[]?> ReceiveRequestAsync(int length, CancellationToken ct)
    {
        var request = GC.AllocateUninitializedArray<byte>(Math.Min(length, FirstBytes), pinned: true);
        for (var filled = 0; ;)
        {
            if (!await ReceiveAsync(request.AsMemory(filled), ct))
            {
                CryptographicOperations.ZeroMemory(request);
                return null;
            }

            filled = request.Length;
            if (filled == length)
                return request;
            var larger = GC.AllocateUninitializedArray<byte>((int)Math.Min(length, 2L * filled), pinned: true);
            request.CopyTo(larger, 0);
            CryptographicOperations.ZeroMemory(request);
            request = larger;
        }
    }

    private async Task<bool> ReceiveAsync(Memory<byte> destination, CancellationToken ct)
    {
        while (!destination.IsEmpty)
        {
            var count = await _socket.ReceiveAsync(destination, SocketFlags.None, ct);
            if (count == 0)
                return false;
            destination = destination[count..];
        }

        return true;
    }

    // The name is what the process calls itself; the number is what the kernel says.
    private static string NameOf(int process)
    {
        try
        {
            return File.ReadAllText(string.Create(CultureInfo.InvariantCulture, $"/proc/{process}/comm")).Trim();
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return "unknown";
        }
    }
}
