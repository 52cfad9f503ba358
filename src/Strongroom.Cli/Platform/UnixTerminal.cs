using System.Runtime.InteropServices;
using Strongroom.Cli.Input;
using Strongroom.Cryptography;

namespace Strongroom.Cli.Platform;

/// <summary><c>/dev/tty</c>. The line discipline does the editing; only the echo is switched off, and switched on again whatever happens.</summary>
internal sealed partial class UnixTerminal : Terminal
{
    private const int ReadWrite = 2;
    private const short PollIn = 1;
    private const int FlushAndSet = 2;
    private const int StateSize = 256;
    private static UnixTerminal? s_hidden;

    private readonly int _fd;
    private readonly byte[] _before = new byte[StateSize];

    private UnixTerminal(int fd) => _fd = fd;

    // termios: the local flags are the fourth member, 32 bits wide on Linux and 64 on macOS.
    private static int LocalFlags => OperatingSystem.IsMacOS() ? 24 : 12;

    // O_NOCTTY | O_CLOEXEC
    private static int OpenFlags => OperatingSystem.IsMacOS() ? 0x20000 | 0x1000000 : 0x100 | 0x80000;

    /// <summary>The controlling terminal, or null.</summary>
    public static Terminal? TryOpenDevice()
    {
        var fd = Open("/dev/tty", ReadWrite | OpenFlags);
        return fd < 0 ? null : new UnixTerminal(fd);
    }

    /// <summary>Switches the echo on again if a prompt has switched it off: for a process that is about to be ended by a signal.</summary>
    public static void RestoreEcho()
    {
        if (Interlocked.Exchange(ref s_hidden, null) is { } terminal)
            _ = SetAttributes(terminal._fd, 0, ref terminal._before[0]);
    }

    public override void Dispose()
    {
        RestoreEcho();
        _ = Close(_fd);
    }

    protected override void Write(string text)
    {
        ReadOnlySpan<byte> bytes = Utf8.Strict.GetBytes(text);
        while (!bytes.IsEmpty)
        {
            var written = WriteBytes(_fd, in bytes[0], (nuint)bytes.Length);
            if (written <= 0)
                return;
            bytes = bytes[(int)written..];
        }
    }

    protected override WipedBuffer? Read(bool hidden, CancellationToken ct)
    {
        if (hidden)
            HideEcho();
        try
        {
            return ReadLine(ct);
        }
        finally
        {
            RestoreEcho();
        }
    }

    private void HideEcho()
    {
        if (GetAttributes(_fd, ref _before[0]) != 0)
            throw new CliException(ExitCodes.Locked, "SR2004", "The terminal can't be asked to hide what is typed.", "Use --passphrase-file or --passphrase-fd.");
        var silent = (byte[])_before.Clone();
        // ECHO, and ECHONL, which would echo the end of the line in spite of it.
        silent[LocalFlags] &= OperatingSystem.IsMacOS() ? unchecked((byte)~(0x08 | 0x10)) : unchecked((byte)~(0x08 | 0x40));
        s_hidden = this;
        // What was typed before the prompt is discarded: it was echoed.
        _ = SetAttributes(_fd, FlushAndSet, ref silent[0]);
    }

    private WipedBuffer? ReadLine(CancellationToken ct)
    {
        var line = new WipedBuffer(MaxLine);
        try
        {
            while (true)
            {
                // A blocked read would not notice Ctrl-C: the runtime restarts it after the signal.
                var waiting = new PollRequest(_fd, PollIn);
                var ready = Poll(ref waiting, 1, 100);
                ct.ThrowIfCancellationRequested();
                if (ready <= 0)
                    continue;
                var space = line.GetSpan(1);
                var count = ReadBytes(_fd, ref space[0], (nuint)Math.Min(space.Length, MaxLine));
                if (count <= 0)
                    return Finish(line, endOfInput: true);
                line.Advance((int)count);
                if (line.Span[^1] == (byte)'\n')
                    return Finish(line, endOfInput: false);
            }
        }
        catch
        {
            line.Dispose();
            throw;
        }
    }

    private static WipedBuffer? Finish(WipedBuffer line, bool endOfInput)
    {
        if (endOfInput && line.Length == 0)
        {
            line.Dispose();
            return null;
        }

        line.DropFinalNewline();
        return line;
    }

    [LibraryImport("libc", EntryPoint = "open", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "close")]
    private static partial int Close(int fd);

    [LibraryImport("libc", EntryPoint = "read")]
    private static partial nint ReadBytes(int fd, ref byte buffer, nuint count);

    [LibraryImport("libc", EntryPoint = "write")]
    private static partial nint WriteBytes(int fd, in byte buffer, nuint count);

    [LibraryImport("libc", EntryPoint = "poll")]
    private static partial int Poll(ref PollRequest requests, nuint count, int milliseconds);

    [LibraryImport("libc", EntryPoint = "tcgetattr")]
    private static partial int GetAttributes(int fd, ref byte state);

    [LibraryImport("libc", EntryPoint = "tcsetattr")]
    private static partial int SetAttributes(int fd, int when, ref byte state);

    [StructLayout(LayoutKind.Sequential)]
    private struct PollRequest(int fd, short events)
    {
        public int Fd = fd;
        public short Events = events;
        public short Returned;
    }
}
