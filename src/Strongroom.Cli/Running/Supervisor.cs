using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using Strongroom.Cli.Masking;
using Strongroom.Cli.Platform;

namespace Strongroom.Cli.Running;

/// <summary>
/// Stands beside a running command: masks what it prints, passes keys and signals on, keeps the size of its terminal, stops and goes on with it, and ends with its exit code. One thread, which waits for all of it at once.
/// </summary>
internal sealed unsafe class Supervisor : IDisposable
{
    private const int DrainTime = 50;
    private readonly ChildStreams _streams;
    private readonly List<MaskedStream> _outputs = [];
    private readonly ConcurrentQueue<Event> _events = new();
    private readonly (Descriptor Read, Descriptor Write) _wake = Descriptor.Pipe();
    private readonly byte[] _keys = GC.AllocateArray<byte>(4096, pinned: true);
    private ArraySegment<byte> _unsent = ArraySegment<byte>.Empty;
    private readonly ManualResetEventSlim _ended = new();
    private readonly Lock _gate = new();
    private ChildProcess? _child;
    private int? _exitCode;
    private int _code;
    private volatile bool _wasAskedToEnd;

    /// <summary>Prepares.</summary>
    /// <param name="streams">The command's streams. Owned.</param>
    /// <param name="masks">What must not be seen; null when nothing is masked.</param>
    public Supervisor(ChildStreams streams, MaskSet? masks)
    {
        _streams = streams;
        if (masks is null)
            return;
        if (streams.Master is { } master)
            _outputs.Add(new MaskedStream(master, streams.TerminalOutput, masks) { IsTerminal = true });
        if (streams.Output is { } output)
            _outputs.Add(new MaskedStream(output, 1, masks));
        if (streams.ErrorOutput is { } error)
            _outputs.Add(new MaskedStream(error, 2, masks));
    }

    private enum Event
    {
        Exited,
        Stopped,
        Resized,
        Continued,
        Interrupted,
    }

    /// <summary>Whether somebody asked for the end: then the command is not started again.</summary>
    public bool WasAskedToEnd => _wasAskedToEnd;

    /// <summary>Runs the command to its end.</summary>
    /// <returns>Its exit code.</returns>
    public int Run(Executable program, ChildEnvironment environment)
    {
        // Before there is a command: a signal that comes meanwhile is kept for it.
        using var signals = new ForwardedSignals(OnSignal);
        ProcessHardening.RestoreForChild();
        try
        {
            lock (_gate)
                _child = ChildProcess.Start(program, environment, _streams);
        }
        finally
        {
            ProcessHardening.Apply();
        }

        _streams.Started();
        var refused = 0;
        new Thread(() => Watch(program, out refused)) { IsBackground = true, Name = "command" }.Start();
        _streams.Keyboard?.EnterRaw();
        try
        {
            while (_exitCode is null || _outputs.Exists(output => output.IsOpen))
                Step();
        }
        finally
        {
            foreach (var output in _outputs)
                output.Finish();
            _streams.Keyboard?.Restore();
        }

        return refused == 0 ? _exitCode.Value : throw program.Failure(refused);
    }

    /// <summary>Sends the command a signal.</summary>
    public void Signal(int signal)
    {
        lock (_gate)
            _child?.Signal(signal);
    }

    /// <summary>Asks the command to end, and ends it when it does not.</summary>
    public void End(TimeSpan patience)
    {
        Signal(Native.Terminate);
        if (!_ended.Wait(patience))
            Signal(Native.Kill);
    }

    /// <summary>More that must not be seen, for a command that was given new values.</summary>
    public void Mask(MaskSet masks)
    {
        foreach (var output in _outputs)
            output.Mask(masks);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var output in _outputs)
            output.Dispose();
        _streams.Dispose();
        _wake.Read.Dispose();
        _wake.Write.Dispose();
        Array.Clear(_keys);
    }

    private void Watch(Executable program, out int refused)
    {
        refused = 0;
        while (true)
        {
            var report = _child!.Wait();
            switch (report.Kind)
            {
                case ChildProcess.ReportKind.Stopped:
                    Post(Event.Stopped);
                    break;
                case ChildProcess.ReportKind.Refused:
                    refused = report.Number == ExitCodes.CommandNotFound ? Native.NoEntry : Native.NotExecutable;
                    break;
                default:
                    _code = report.Number;
                    _ended.Set();
                    Post(Event.Exited);
                    return;
            }
        }
    }

    private void OnSignal(int signal)
    {
        switch (signal)
        {
            case Native.WindowChange:
                Post(Event.Resized);
                break;
            case Native.Continue:
                Post(Event.Continued);
                break;
            // Keys on a terminal that we share with the command reach it by themselves; a second signal would mean more than one key.
            case Native.InterruptKey or Native.QuitKey when _streams.Master is null && IsOnForegroundTerminal():
                Post(Event.Interrupted);
                break;
            default:
                _wasAskedToEnd |= signal is Native.Hangup or Native.InterruptKey or Native.QuitKey or Native.Terminate;
                Signal(signal);
                Post(Event.Interrupted);
                break;
        }
    }

    private static bool IsOnForegroundTerminal()
    {
        var terminal = Native.Open("/dev/tty", Native.ReadWrite | Native.NoControllingTerminal | Native.CloseOnExec);
        if (terminal < 0)
            return false;
        var isForeground = Native.ForegroundGroup(terminal) == Native.OwnGroup();
        _ = Native.Close(terminal);
        return isForeground;
    }

    private void Post(Event what)
    {
        _events.Enqueue(what);
        if (_wake.Write.IsOpen)
            _ = Descriptor.WriteAll(_wake.Write.Number, "!"u8);
    }

    private void Step()
    {
        var requests = stackalloc Native.PollRequest[6];
        var count = 0;
        requests[count++] = new Native.PollRequest(_wake.Read.Number, Native.PollIn);
        var (first, timeout) = (count, -1);
        foreach (var output in _outputs)
        {
            // A closed descriptor is a negative number, which poll passes over.
            requests[count++] = new Native.PollRequest(output.Number, Native.PollIn);
            var patience = output.Patience;
            if (_exitCode is not null && output is { IsTerminal: true, IsOpen: true })
                patience = patience < 0 ? DrainTime : Math.Min(patience, DrainTime);
            if (patience >= 0)
                timeout = timeout < 0 ? patience : Math.Min(timeout, patience);
        }

        var keyboard = count;
        var listens = _exitCode is null && _streams.Keyboard is { IsRaw: true } && _unsent.Count == 0;
        requests[count++] = new Native.PollRequest(listens ? 0 : -1, Native.PollIn);
        requests[count++] = new Native.PollRequest(_unsent.Count > 0 ? _streams.Master!.Number : -1, Native.PollOut);
        if (Native.Poll(requests, (nuint)count, timeout) < 0)
            return;
        for (var i = 0; i < _outputs.Count; i++)
        {
            if (requests[first + i].Returned != 0)
                _outputs[i].Take();
            else
                _outputs[i].Waited(isOver: _exitCode is not null && _outputs[i].IsTerminal);
        }

        if (requests[keyboard].Returned != 0)
            ReadKeys();
        if (requests[keyboard + 1].Returned != 0)
            SendKeys();
        if (requests[0].Returned != 0)
            HandleEvents();
    }

    private void ReadKeys()
    {
        var count = Descriptor.Read(0, _keys);
        if (count > 0)
            _unsent = new ArraySegment<byte>(_keys, 0, count);
        else if (count != -1)
            _streams.Keyboard!.Restore();
        SendKeys();
    }

    private void SendKeys()
    {
        if (_unsent.Count == 0)
            return;
        nint sent;
        fixed (byte* start = _unsent.AsSpan())
            sent = Native.Write(_streams.Master!.Number, start, (nuint)_unsent.Count);
        if (sent > 0)
            _unsent = _unsent[(int)sent..];
        else if (Marshal.GetLastPInvokeError() is not (Native.TryAgain or Native.Interrupted))
            _unsent = ArraySegment<byte>.Empty;
    }

    private void HandleEvents()
    {
        Span<byte> bytes = stackalloc byte[64];
        _ = Descriptor.Read(_wake.Read.Number, bytes);
        while (_events.TryDequeue(out var what))
        {
            switch (what)
            {
                case Event.Exited:
                    _exitCode = _code;
                    break;
                case Event.Interrupted when _exitCode is not null:
                    // The command is over; only something that it has left behind still holds its output.
                    foreach (var output in _outputs)
                        output.Close();
                    break;
                case Event.Stopped:
                    StopWithCommand();
                    break;
                case Event.Continued:
                    _streams.Keyboard?.EnterRaw();
                    Resize();
                    _child!.Resume();
                    break;
                case Event.Resized:
                    Resize();
                    break;
                default:
                    break;
            }
        }
    }

    private void Resize()
    {
        if (_streams.Master is { IsOpen: true } master)
            _streams.Terminal!.CopySizeTo(master.Number);
    }

    private void StopWithCommand()
    {
        foreach (var output in _outputs)
            output.Drain();
        // Without a shell that could wake us up nobody may stop.
        if (Native.SessionOf(Native.ParentProcess()) != Native.SessionOf(0))
        {
            _child!.Resume();
            return;
        }

        _streams.Keyboard?.Restore();
        _ = Native.SendSignal(0, Native.TerminalStop);
    }
}
