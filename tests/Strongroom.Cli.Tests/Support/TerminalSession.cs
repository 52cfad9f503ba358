using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace Strongroom.Cli.Tests.Support;

/// <summary>
/// The command on a pseudo-terminal of its own, as its controlling terminal and standard streams.
/// <code>
/// using var session = shell.OnTerminal("init secrets.json");
/// session.Expect("passphrase: ").TypeHidden("correct horse battery staple\n");
/// session.End().Ok();
/// </code>
/// </summary>
internal sealed partial class TerminalSession : IDisposable
{
    private const int ReadWrite = 2;
    private const int NoControl = 0x100;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly string _line;
    private readonly SafeFileHandle _master;
    private readonly SafeFileHandle _slave;
    private readonly Process _process;
    private readonly Task _reading;
    private readonly StringBuilder _screen = new();
    private readonly bool _captured;
    private int _seen;

    public TerminalSession(Shell shell, string[] words, bool captureOutput, bool isCommand = true)
    {
        Need.That(OperatingSystem.IsLinux(), "pseudo-terminals are opened the way Linux does");
        _line = string.Join(' ', words);
        _captured = captureOutput;
        _master = new SafeFileHandle(OpenMaster(ReadWrite | NoControl), ownsHandle: true);
        var name = new byte[64];
        if (_master.IsInvalid || Grant(_master) != 0 || Unlock(_master) != 0 || NameOf(_master, ref name[0], (nuint)name.Length) != 0)
            throw new InvalidOperationException("No pseudo-terminal is to be had.");
        var device = Encoding.ASCII.GetString(name).TrimEnd('\0');
        // Open here as well, so that the master has an end only after the last thing written was read.
        _slave = new SafeFileHandle(Open(device, ReadWrite | NoControl), ownsHandle: true);
        var streams = captureOutput ? $"<{device} 2>{device}" : $"<{device} >{device} 2>&1";
        // A test run in the background of a script ignores Ctrl-C, and children inherit that.
        _process = shell.Start(["sh", "-c", $"exec env --default-signal=INT,QUIT setsid --ctty --wait {Shell.Quoted(isCommand ? [.. shell.Command.Line, .. words] : words)} {streams}"]);
        _reading = Task.Factory.StartNew(Read, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
    }

    /// <summary>Everything that was shown so far.</summary>
    public string Screen
    {
        get
        {
            lock (_screen)
                return _screen.ToString();
        }
    }

    /// <summary>Waits until a text is shown, after the one that was waited for before.</summary>
    public TerminalSession Expect(string text)
    {
        var until = Stopwatch.GetTimestamp() + (long)(Patience.TotalSeconds * Stopwatch.Frequency);
        lock (_screen)
        {
            while (true)
            {
                var at = _screen.ToString().IndexOf(text, _seen, StringComparison.Ordinal);
                if (at >= 0)
                {
                    _seen = at + text.Length;
                    return this;
                }

                Assert.True(Stopwatch.GetTimestamp() < until && !_process.HasExited, $"strongroom {_line}\nexpected «{text}» on the terminal, which shows:\n{_screen}");
                Monitor.Wait(_screen, 50);
            }
        }
    }

    /// <summary>Types. <c>\x03</c> is Ctrl-C, <c>\x04</c> Ctrl-D.</summary>
    public TerminalSession Type(string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        Assert.Equal(bytes.Length, WriteBytes(_master, ref bytes[0], (nuint)bytes.Length));
        return this;
    }

    /// <summary>Types once the terminal has stopped to echo: a prompt is shown a moment before, and what is typed until then is discarded.</summary>
    public TerminalSession TypeHidden(string text)
    {
        Assert.True(SpinWait.SpinUntil(() => !Echoes || _process.HasExited, Patience) && !_process.HasExited, $"strongroom {_line}: the terminal goes on echoing");
        return Type(text);
    }

    /// <summary>Whether what is typed is shown.</summary>
    public bool Echoes
    {
        get
        {
            // termios: the local flags are the fourth member; ECHO is 8.
            var state = new byte[256];
            return GetAttributes(_slave, ref state[0]) == 0 && (state[12] & 8) != 0;
        }
    }

    /// <summary>Waits for its end. Standard output of the result is what the terminal showed, or what was captured.</summary>
    public CommandResult End()
    {
        var result = Shell.Finish(_process, _line, [], Patience);
        _slave.Dispose();
        Assert.True(_reading.Wait(Patience), "The terminal did not close.");
        return _captured ? result with { Errors = Screen } : result with { Bytes = Encoding.UTF8.GetBytes(Screen) };
    }

    public void Dispose()
    {
        if (!_process.HasExited)
            _process.Kill(entireProcessTree: true);
        _process.Dispose();
        _slave.Dispose();
        _reading.Wait(Patience);
        _master.Dispose();
    }

    private void Read()
    {
        var bytes = new byte[4096];
        // EIO, as -1, once nobody has the other end open.
        for (nint count; (count = ReadBytes(_master, ref bytes[0], (nuint)bytes.Length)) > 0;)
        {
            lock (_screen)
            {
                _screen.Append(Encoding.UTF8.GetString(bytes, 0, (int)count));
                Monitor.PulseAll(_screen);
            }
        }
    }

    [LibraryImport("libc", EntryPoint = "posix_openpt")]
    private static partial int OpenMaster(int flags);

    [LibraryImport("libc", EntryPoint = "grantpt")]
    private static partial int Grant(SafeFileHandle master);

    [LibraryImport("libc", EntryPoint = "unlockpt")]
    private static partial int Unlock(SafeFileHandle master);

    [LibraryImport("libc", EntryPoint = "ptsname_r")]
    private static partial int NameOf(SafeFileHandle master, ref byte name, nuint length);

    [LibraryImport("libc", EntryPoint = "open", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "write")]
    private static partial nint WriteBytes(SafeFileHandle fd, ref byte buffer, nuint count);

    [LibraryImport("libc", EntryPoint = "tcgetattr")]
    private static partial int GetAttributes(SafeFileHandle fd, ref byte state);

    [LibraryImport("libc", EntryPoint = "read")]
    private static partial nint ReadBytes(SafeFileHandle fd, ref byte buffer, nuint count);
}
