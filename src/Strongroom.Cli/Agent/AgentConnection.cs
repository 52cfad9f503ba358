using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Strongroom.Cli.Running;
using Strongroom.Cryptography;

namespace Strongroom.Cli.Agent;

/// <summary>
/// A client's connection. Plain calls of the C library: a command that reads one secret is over before a framework for sockets would have begun. Thread-safe: one request at a time.
/// </summary>
internal sealed unsafe partial class AgentConnection : IDisposable
{
    private const int SocketFamily = 1, SocketStream = 1, SocketLevel = 1, PeerCredentials = 17;
    private const int AddressSize = 110, NoSignal = 0x4000, CloseOnExec = 0x80000;
    private const int WaitStep = 100;

    // An agent that was stopped must not stop everything. One that works gives a sign every few seconds.
    private const int MostSteps = 300;

    private readonly Lock _gate = new();
    private readonly Descriptor _socket;
    private readonly CancellationToken _ct;

    private AgentConnection(Descriptor socket, int process, CancellationToken ct)
    {
        _socket = socket;
        Process = process;
        _ct = ct;
    }

    /// <summary>Reads what an answer holds.</summary>
    public delegate T Reading<out T>(ref WireReader wire);

    /// <summary>The agent's process, as the kernel tells it.</summary>
    public int Process { get; }

    /// <summary>Connects to this user's agent.</summary>
    /// <returns>Null when there is none.</returns>
    /// <exception cref="CliException">The folder of the socket, or who answers there, is not to be trusted.</exception>
    public static AgentConnection? TryConnect(CancellationToken ct = default)
    {
        if (!AgentPlace.IsSupported)
            return null;
        var path = AgentPlace.Socket;
        var address = stackalloc byte[AddressSize];
        new Span<byte>(address, AddressSize).Clear();
        // sa_family_t, then at most 107 bytes of path.
        if (Utf8.Strict.GetByteCount(path) > AddressSize - 3)
            return null;
        *(ushort*)address = SocketFamily;
        var length = Utf8.Strict.GetBytes(path, new Span<byte>(address + 2, AddressSize - 3)) + 3;
        var number = Open(SocketFamily, SocketStream | CloseOnExec, 0);
        if (number < 0)
            return null;
        var socket = new Descriptor(number);
        if (Connect(number, address, (uint)length) != 0)
        {
            socket.Dispose();
            return null;
        }

        // Checked after connecting: whoever could have put a socket there could do so before any earlier look.
        var peer = stackalloc int[3];
        var size = 12u;
        var known = GetOption(number, SocketLevel, PeerCredentials, peer, ref size) == 0;
        if (AgentPlace.Problem(AgentPlace.Folder) is { } problem || !known || (uint)peer[1] != AgentPlace.User)
        {
            socket.Dispose();
            throw AgentPlace.Refused(AgentPlace.Problem(AgentPlace.Folder) ?? "another user answers there");
        }

        return new AgentConnection(socket, peer[0], ct);
    }

    /// <summary>Asks for something and reads the answer.</summary>
    /// <param name="operation">What.</param>
    /// <param name="vault">The vault, by its key; empty for what is about the agent.</param>
    /// <param name="arguments">Writes what the operation takes.</param>
    /// <param name="read">Reads the answer.</param>
    /// <param name="part">Reads a part of a long answer.</param>
    /// <exception cref="CliException">The agent has no such vault open (SR2081), is gone (SR2082), or the request is too large for it (SR2086).</exception>
    /// <exception cref="CommitOutcomeUnknownException">It was asked to write, and went away before it has answered.</exception>
    public T Ask<T>(AgentOperation operation, string vault, Action<WireWriter> arguments, Reading<T> read, Reading<bool>? part = null)
    {
        lock (_gate)
        {
            using (var request = new WireWriter())
            {
                request.Byte(AgentProtocol.Version);
                request.Byte((byte)operation);
                request.Text(vault);
                arguments(request);
                var frame = request.Frame().Span;
                if (frame.Length - sizeof(uint) > AgentProtocol.MaxRequest)
                    throw TooLarge(frame.Length);
                Send(frame);
            }

            try
            {
                return Answer(read, part);
            }
            catch (CliException error) when (error.Code == "SR2082" && AgentProtocol.Writes(operation))
            {
                throw new CommitOutcomeUnknownException("SR2087", "The agent went away before it has answered, so it is not known whether the write was done.", "Read the secret again, or look at its versions with 'strongroom history'; writing the same again is safe.", error);
            }
        }
    }

    /// <summary>The agent does not hold the vault.</summary>
    public static CliException NotHeld() =>
        new(ExitCodes.Locked, "SR2081", "The agent does not hold this vault open: it was locked, or a time limit is over.", "Unlock it again with 'strongroom unlock'.");

    /// <inheritdoc/>
    public void Dispose() => _socket.Dispose();

    private T Answer<T>(Reading<T> read, Reading<bool>? part)
    {
        while (true)
        {
            var frame = ReceiveFrame();
            try
            {
                var wire = new WireReader(frame);
                switch ((AnswerStatus)wire.Byte())
                {
                    case AnswerStatus.Done:
                        return read(ref wire);
                    case AnswerStatus.More when part is not null:
                        _ = part(ref wire);
                        break;
                    case AnswerStatus.Waiting:
                        break;
                    case AnswerStatus.Failed:
                        throw wire.Error();
                    case AnswerStatus.NotHeld:
                        throw NotHeld();
                    default:
                        throw new WireException();
                }
            }
            catch (WireException error)
            {
                throw Gone(error);
            }
            finally
            {
                CryptographicOperations.ZeroMemory(frame);
            }
        }
    }

    /// <summary>Sends bytes. MSG_NOSIGNAL: an agent that is gone is an error and no end of this process.</summary>
    private void Send(ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            nint count;
            fixed (byte* start = bytes)
                count = SendBytes(_socket.Number, start, (nuint)bytes.Length, NoSignal);
            if (count > 0)
                bytes = bytes[(int)count..];
            else if (Marshal.GetLastPInvokeError() != Native.Interrupted)
                throw Gone();
        }
    }

    private byte[] ReceiveFrame()
    {
        Span<byte> prefix = stackalloc byte[sizeof(uint)];
        Receive(prefix);
        var length = BinaryPrimitives.ReadUInt32LittleEndian(prefix);
        if (length is 0 or > AgentProtocol.MaxAnswer)
            throw Gone();
        // Pinned: the collector makes no copies of it.
        var frame = GC.AllocateUninitializedArray<byte>((int)length, pinned: true);
        Receive(frame);
        return frame;
    }

    private void Receive(Span<byte> destination)
    {
        var steps = 0;
        while (!destination.IsEmpty)
        {
            // Waiting in steps, so that Ctrl-C ends it.
            var request = new Native.PollRequest(_socket.Number, Native.PollIn);
            if (Native.Poll(&request, 1, WaitStep) == 0)
            {
                _ct.ThrowIfCancellationRequested();
                if (++steps > MostSteps)
                    throw Gone();
                continue;
            }

            var count = Descriptor.Read(_socket.Number, destination);
            if (count is 0 or -2)
                throw Gone();
            if (count > 0)
                destination = destination[count..];
        }
    }

    private static CliException TooLarge(int length) => new(
        ExitCodes.Usage,
        "SR2086",
        $"This is too much for the agent at once: {length >> 20} MiB, and it takes {AgentProtocol.MaxRequest >> 20}.",
        "Name the key (--key-file, --passphrase-file): then it is done without the agent. Or do it in parts.");

    private static CliException Gone(Exception? cause = null) =>
        new(ExitCodes.Unavailable, "SR2082", "The agent does not answer as it should: it has ended, or is of another version.", "Look at 'strongroom agent status'; start it again with 'strongroom unlock'.", cause);

    [LibraryImport("libc", EntryPoint = "socket")]
    private static partial int Open(int family, int type, int protocol);

    [LibraryImport("libc", EntryPoint = "connect", SetLastError = true)]
    private static partial int Connect(int socket, byte* address, uint length);

    [LibraryImport("libc", EntryPoint = "getsockopt")]
    private static partial int GetOption(int socket, int level, int option, int* value, ref uint size);

    [LibraryImport("libc", EntryPoint = "send", SetLastError = true)]
    private static partial nint SendBytes(int socket, byte* bytes, nuint count, int flags);
}
