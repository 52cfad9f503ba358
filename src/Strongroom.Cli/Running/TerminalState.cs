namespace Strongroom.Cli.Running;

/// <summary>The user's terminal: its mode, its size, and who is in the foreground.</summary>
internal sealed unsafe class TerminalState
{
    // struct termios is 60 bytes on Linux.
    private const int StateSize = 256;
    private const int AfterOutput = 1;

    private readonly int _fd;
    private readonly byte[] _before = GC.AllocateArray<byte>(StateSize, pinned: true);

    private TerminalState(int fd)
    {
        _fd = fd;
        fixed (byte* state = _before)
            _ = Native.GetAttributes(fd, state);
    }

    /// <summary>The terminal behind a descriptor, or null when it is none.</summary>
    public static TerminalState? Of(int fd) => Native.IsTerminal(fd) == 1 ? new TerminalState(fd) : null;

    /// <summary>Whether this process is in the foreground, so that it may read and set the mode.</summary>
    public bool IsForeground => Native.ForegroundGroup(_fd) == Native.OwnGroup();

    /// <summary>Whether keys are passed on as they are now.</summary>
    public bool IsRaw { get; private set; }

    /// <summary>Passes every key on as it is: what it means is decided by the terminal that the command has.</summary>
    public void EnterRaw()
    {
        var raw = stackalloc byte[StateSize];
        if (!IsForeground || Native.GetAttributes(_fd, raw) != 0)
            return;
        Native.MakeRaw(raw);
        _ = Native.SetAttributes(_fd, AfterOutput, raw);
        IsRaw = true;
    }

    /// <summary>Back to how it was.</summary>
    public void Restore()
    {
        if (!IsRaw)
            return;
        fixed (byte* state = _before)
            _ = Native.SetAttributes(_fd, AfterOutput, state);
        IsRaw = false;
    }

    /// <summary>Gives another terminal this one's mode and size.</summary>
    public void CopyTo(int other)
    {
        fixed (byte* state = _before)
            _ = Native.SetAttributes(other, 0, state);
        CopySizeTo(other);
    }

    /// <summary>Gives another terminal this one's size; its programs are told by the system.</summary>
    public void CopySizeTo(int other)
    {
        Native.WindowSize size;
        if (Native.DeviceControl(_fd, Native.GetWindowSize, &size) == 0)
            _ = Native.DeviceControl(other, Native.SetWindowSize, &size);
    }
}
