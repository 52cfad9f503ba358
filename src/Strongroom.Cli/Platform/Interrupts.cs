using System.Runtime.InteropServices;

namespace Strongroom.Cli.Platform;

/// <summary>Ctrl-C and SIGTERM cancel what is running; the second one ends the process at once. Either way the terminal's echo is on afterwards.</summary>
internal sealed class Interrupts : IDisposable
{
    private readonly CancellationTokenSource _source = new();
    private readonly List<PosixSignalRegistration> _registrations = [];
    private static volatile bool s_left;
    private static volatile bool s_keyboardLeft;
    private int _count;
    private PosixSignal? _signal;

    public Interrupts()
    {
        _registrations.Add(PosixSignalRegistration.Create(PosixSignal.SIGINT, Handle));
        _registrations.Add(PosixSignalRegistration.Create(PosixSignal.SIGTERM, Handle));
    }

    /// <summary>Cancelled by the first signal.</summary>
    public CancellationToken Token => _source.Token;

    /// <summary>128 and the number of the signal that came: 130 or 143.</summary>
    public int ExitCode => _signal == PosixSignal.SIGTERM ? 143 : ExitCodes.Interrupted;

    /// <summary>From now on Ctrl-C belongs to the program that has the terminal; SIGTERM still ends this one.</summary>
    public static void LeaveKeyboardToCommand() => s_keyboardLeft = true;

    /// <summary>The program has ended: Ctrl-C ends this one again.</summary>
    public static void TakeKeyboardBack() => s_keyboardLeft = false;

    /// <summary>From now on signals belong to the command that is run: they are passed on to it and end nothing here.</summary>
    public static void LeaveToCommand() => s_left = true;

    public void Dispose()
    {
        foreach (var registration in _registrations)
            registration.Dispose();
        _source.Dispose();
    }

    private void Handle(PosixSignalContext context)
    {
        if (s_left || (s_keyboardLeft && context.Signal == PosixSignal.SIGINT))
        {
            context.Cancel = true;
            return;
        }

        if (Interlocked.Increment(ref _count) > 1)
        {
            UnixTerminal.RestoreEcho();
            return;
        }

        context.Cancel = true;
        _signal = context.Signal;
        _source.Cancel();
    }
}
