using System.Globalization;
using System.Text;

namespace Strongroom.Cli.Running;

/// <summary>
/// A running command. Without a terminal of its own it is our child. With one there is a process between (<see cref="TerminalMonitor"/>): a command that leads a session by itself could not be stopped with Ctrl-Z.
/// </summary>
internal sealed unsafe class ChildProcess
{
    private readonly Descriptor? _reports;
    private readonly int _own;
    private readonly Lock _gate = new();
    private int _early;
    private int _pid;

    private ChildProcess(int own, int pid, Descriptor? reports)
    {
        _own = own;
        _pid = pid;
        _reports = reports;
    }

    /// <summary>What happened to the command.</summary>
    /// <param name="Kind">What.</param>
    /// <param name="Number">Exit code, or error number.</param>
    public readonly record struct Report(ReportKind Kind, int Number);

    public enum ReportKind
    {
        Exited,
        Stopped,
        Refused,
    }

    /// <summary>Starts a command.</summary>
    public static ChildProcess Start(Executable program, ChildEnvironment environment, ChildStreams streams)
    {
        byte* actions = stackalloc byte[Native.OpaqueSize], attributes = stackalloc byte[Native.OpaqueSize], signals = stackalloc byte[128];
        _ = Native.InitActions(actions);
        _ = Native.InitAttributes(attributes);
        (Descriptor Read, Descriptor Write)? reports = streams.Master is null ? null : Descriptor.Pipe();
        try
        {
            streams.Describe(actions);
            _ = Native.EmptySet(signals);
            // The runtime ignores it in this process, and what is ignored stays so.
            _ = Native.AddToSet(signals, Native.BrokenPipe);
            _ = Native.SetDefaultSignals(attributes, signals);
            _ = Native.SetFlags(attributes, (short)(Native.SpawnDefaultSignals | (reports is null ? 0 : Native.SpawnSession)));
            if (reports is not { } pipe)
                return new ChildProcess(program.Start(actions, attributes, environment.Build()), 0, null);
            _ = Native.AddDuplicate(actions, pipe.Write.Number, TerminalMonitor.ReportDescriptor);
            using var monitor = TerminalMonitor.Command(program);
            return new ChildProcess(monitor.Start(actions, attributes, environment.Build()), 0, pipe.Read);
        }
        catch
        {
            reports?.Read.Dispose();
            throw;
        }
        finally
        {
            reports?.Write.Dispose();
            _ = Native.DestroyActions(actions);
            _ = Native.DestroyAttributes(attributes);
        }
    }

    /// <summary>Waits until something happened to the command. Blocks; after <see cref="ReportKind.Exited"/> there is nothing more.</summary>
    public Report Wait()
    {
        if (_reports is null)
            return new Report(ReportKind.Exited, WaitFor(_own));
        while (ReadLine() is { } line)
        {
            var number = int.Parse(line.AsSpan(1), CultureInfo.InvariantCulture);
            switch (line[0])
            {
                case 'p':
                    Begin(number);
                    break;
                case 's':
                    return new Report(ReportKind.Stopped, number);
                case 'e':
                    return new Report(ReportKind.Refused, number);
                default:
                    _ = WaitFor(_own);
                    return new Report(ReportKind.Exited, number);
            }
        }

        return new Report(ReportKind.Exited, WaitFor(_own));
    }

    /// <summary>Sends the command a signal; one that comes before it has begun is kept for it.</summary>
    public void Signal(int signal)
    {
        lock (_gate)
        {
            var pid = _reports is null ? _own : _pid;
            if (pid > 0)
                _ = Native.SendSignal(pid, signal);
            else
                _early = signal;
        }
    }

    /// <summary>Lets a command that was stopped go on, with all that it has started.</summary>
    public void Resume()
    {
        if (Volatile.Read(ref _pid) is > 0 and var pid)
            _ = Native.SendSignal(-pid, Native.Continue);
    }

    /// <summary>Waits for a child's end.</summary>
    /// <returns>Its exit code; 128 and the number of a signal that ended it.</returns>
    internal static int WaitFor(int pid)
    {
        while (true)
        {
            if (Native.Wait(pid, out var status, 0) == pid)
                return ExitCode(status);
            if (System.Runtime.InteropServices.Marshal.GetLastPInvokeError() != Native.Interrupted)
                return ExitCodes.RunFailed;
        }
    }

    /// <summary>The exit code in a wait status.</summary>
    internal static int ExitCode(int status) => (status & 0x7F) is > 0 and var signal ? 128 + signal : (status >> 8) & 0xFF;

    private void Begin(int pid)
    {
        lock (_gate)
        {
            _pid = pid;
            if (_early != 0)
                _ = Native.SendSignal(pid, _early);
        }
    }

    private string? ReadLine()
    {
        var line = new StringBuilder();
        Span<byte> one = stackalloc byte[1];
        while (Descriptor.Read(_reports!.Number, one) == 1)
        {
            if (one[0] == '\n')
                return line.ToString();
            line.Append((char)one[0]);
        }

        return null;
    }
}
