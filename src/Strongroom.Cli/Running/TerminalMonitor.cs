using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;

namespace Strongroom.Cli.Running;

/// <summary>
/// The process between <c>run</c> and a command on a terminal of its own; this program again, with a first argument that no verb has. It leads the session of that terminal, and the command is a job in it: only so Ctrl-Z stops
/// the command (the system ignores stop signals for a group without a parent in its session), and the parent can stop with it. It reports on descriptor 3, one line an event: <c>p</c> and the process id, <c>s</c> stopped by,
/// <c>x</c> exit code, <c>e</c> error number.
/// </summary>
internal static unsafe class TerminalMonitor
{
    /// <summary>The first argument.</summary>
    public const string Word = "--terminal-monitor";

    /// <summary>Where it reports.</summary>
    public const int ReportDescriptor = 3;

    private const int Untraced = 2;

    /// <summary>This program as the monitor of a command.</summary>
    public static Executable Command(Executable program)
    {
        var self = Environment.ProcessPath ?? throw new IOException("This program does not know its own path.");
        List<string> words = [self];
        // A portable build is run by the dotnet host, which wants to know what.
        if (Path.GetFileNameWithoutExtension(self) == "dotnet")
            words.Add(Environment.GetCommandLineArgs()[0]);
        words.AddRange([Word, program.Path, .. program.Words]);
        return Executable.Find(words, null);
    }

    /// <summary>Runs the command: its path, then its words.</summary>
    public static int Run(ReadOnlySpan<string> arguments)
    {
        _ = Native.Control(ReportDescriptor, Native.SetDescriptorFlags, 1);
        // Giving the terminal away from the background would stop us.
        _ = Native.SetHandler(Native.TerminalOutput, 1);
        var terminal = Native.Open("/dev/tty", Native.ReadWrite | Native.CloseOnExec);
        using var program = Executable.Of(arguments[0], arguments[1..].ToArray());
        using var environment = new ChildEnvironment(clean: false);
        int pid;
        try
        {
            pid = Start(program, environment, terminal);
        }
        catch (CliException error)
        {
            Report('e', error.ExitCode);
            return error.ExitCode;
        }

        Report('p', pid);
        _ = Native.SetForegroundGroup(terminal, pid);
        while (true)
        {
            if (Native.Wait(pid, out var status, Untraced) != pid)
            {
                if (Marshal.GetLastPInvokeError() == Native.Interrupted)
                    continue;
                return ExitCodes.RunFailed;
            }

            if ((status & 0xFF) != 0x7F)
            {
                Report('x', ChildProcess.ExitCode(status));
                return ChildProcess.ExitCode(status);
            }

            var signal = (status >> 8) & 0xFF;
            if (signal is Native.TerminalInput or Native.TerminalOutput)
            {
                // It was faster than we at giving it the terminal.
                _ = Native.SetForegroundGroup(terminal, pid);
                _ = Native.SendSignal(-pid, Native.Continue);
            }
            else
            {
                Report('s', signal);
            }
        }
    }

    private static int Start(Executable program, ChildEnvironment environment, int terminal)
    {
        byte* actions = stackalloc byte[Native.OpaqueSize], attributes = stackalloc byte[Native.OpaqueSize], signals = stackalloc byte[128];
        _ = Native.InitActions(actions);
        _ = Native.InitAttributes(attributes);
        _ = Native.EmptySet(signals);
        _ = Native.AddToSet(signals, Native.BrokenPipe);
        _ = Native.AddToSet(signals, Native.TerminalOutput);
        _ = Native.SetDefaultSignals(attributes, signals);
        _ = Native.SetGroup(attributes, 0);
        _ = Native.SetFlags(attributes, Native.SpawnDefaultSignals | Native.SpawnGroup);
        TakeTerminal(actions, terminal);
        return program.Start(actions, attributes, environment.Build());
    }

    // The command has the terminal from its first instruction: a key that came before we had given it away would be ours, and lost.
    private static void TakeTerminal(byte* actions, int terminal)
    {
        // glibc has it since 2.35; a binary that names it would not start with an older one, where the terminal is given away a moment later.
        if (terminal >= 0 && NativeLibrary.TryLoad("libc.so.6", out var library) && NativeLibrary.TryGetExport(library, "posix_spawn_file_actions_addtcsetpgrp_np", out var add))
            _ = ((delegate* unmanaged<byte*, int, int>)add)(actions, terminal);
    }

    private static void Report(char what, int number) =>
        _ = Descriptor.WriteAll(ReportDescriptor, Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{what}{number}\n")));
}
