using System.Globalization;
using System.Runtime.InteropServices;
using Strongroom.Cli.Platform;

namespace Strongroom.Cli.Running;

/// <summary>Signals that this process gets and the command should have.</summary>
internal sealed class ForwardedSignals : IDisposable
{
    // HUP, INT, QUIT, USR1, USR2, TERM; CONT and WINCH are for the terminal.
    private static readonly int[] Numbers = [1, 2, 3, 10, 12, 15, Native.Continue, Native.WindowChange];

    // What was ignored when this process began (nohup) stays so, for the command too.
    private static readonly ulong s_ignored = Ignored();
    private readonly PosixSignalRegistration[] _registrations;

    public ForwardedSignals(Action<int> handle)
    {
        Interrupts.LeaveToCommand();
        _registrations = [.. Numbers.Where(number => (s_ignored >> (number - 1) & 1) == 0).Select(number => PosixSignalRegistration.Create((PosixSignal)number, context => Handle(context, number, handle)))];
    }

    public void Dispose()
    {
        foreach (var registration in _registrations)
            registration.Dispose();
    }

    private static ulong Ignored()
    {
        var line = File.ReadLines("/proc/self/status").FirstOrDefault(line => line.StartsWith("SigIgn:", StringComparison.Ordinal));
        return line is null ? 0 : ulong.Parse(line.AsSpan(7).Trim(), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
    }

    private static void Handle(PosixSignalContext context, int number, Action<int> handle)
    {
        context.Cancel = true;
        handle(number);
    }
}
