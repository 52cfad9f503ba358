using System.Runtime.InteropServices;

namespace Strongroom.Cli.Running;

/// <summary>
/// What a command has for its three streams. A masked stream that is a terminal becomes a pseudo-terminal, so that the command still sees one; every other masked stream becomes a pipe; what is not masked is handed on.
/// </summary>
internal sealed unsafe class ChildStreams : IDisposable
{
    private readonly string? _slave;
    private readonly bool[] _onTerminal = new bool[3];
    private readonly Descriptor?[] _given = new Descriptor?[3];

    /// <summary>Prepares the streams.</summary>
    /// <param name="mask">Which output is masked.</param>
    /// <param name="input">What the command reads instead of our standard input, or null. Owned.</param>
    public ChildStreams(MaskMode mask, Descriptor? input)
    {
        _given[0] = input;
        Terminal = mask == MaskMode.None ? null : TerminalState.Of(1) ?? TerminalState.Of(2);
        if (Terminal is not null)
        {
            Master = OpenMaster(out _slave);
            _onTerminal[0] = input is null && Native.IsTerminal(0) == 1;
            Keyboard = _onTerminal[0] ? TerminalState.Of(0) : null;
            // The mode of the keyboard's terminal is what programs find; most often it is the same one.
            var slave = Native.Open(_slave, Native.ReadWrite | Native.NoControllingTerminal | Native.CloseOnExec);
            (Keyboard ?? Terminal).CopyTo(slave);
            _ = Native.Close(slave);
        }

        for (var stream = 1; mask != MaskMode.None && stream <= 2; stream++)
        {
            _onTerminal[stream] = Terminal is not null && Native.IsTerminal(stream) == 1;
            if (_onTerminal[stream] || mask == MaskMode.Terminals)
                continue;
            (var read, _given[stream]) = Descriptor.Pipe();
            _ = Native.Control(read.Number, Native.SetPipeSize, 256 * 1024);
            if (stream == 1)
                Output = read;
            else
                ErrorOutput = read;
        }
    }

    /// <summary>The user's terminal when the command gets one of its own.</summary>
    public TerminalState? Terminal { get; }

    /// <summary>The user's terminal when its keys go to the command.</summary>
    public TerminalState? Keyboard { get; }

    /// <summary>Our side of the command's terminal.</summary>
    public Descriptor? Master { get; }

    /// <summary>Where the output of the command's terminal goes.</summary>
    public int TerminalOutput => _onTerminal[1] ? 1 : 2;

    /// <summary>Our side of standard output when that is a pipe.</summary>
    public Descriptor? Output { get; }

    /// <summary>Our side of standard error when that is a pipe.</summary>
    public Descriptor? ErrorOutput { get; }

    /// <summary>Tells how a new process gets its streams. With a terminal it leads a session of its own, whose terminal that is.</summary>
    public void Describe(byte* actions)
    {
        // Opened first: that makes it the terminal of the new session, whatever the streams are.
        const int Spare = 9;
        if (_slave is not null)
            _ = Native.AddOpen(actions, Spare, _slave, Native.ReadWrite, 0);
        for (var stream = 0; stream < 3; stream++)
        {
            if (_onTerminal[stream])
                _ = Native.AddDuplicate(actions, Spare, stream);
            else if (_given[stream] is { } given)
                _ = Native.AddDuplicate(actions, given.Number, stream);
        }

        if (_slave is not null)
            _ = Native.AddClose(actions, Spare);
    }

    /// <summary>Closes what only the command needs.</summary>
    public void Started()
    {
        foreach (var given in _given)
            given?.Dispose();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Started();
        Master?.Dispose();
        Output?.Dispose();
        ErrorOutput?.Dispose();
    }

    private static Descriptor OpenMaster(out string slave)
    {
        var master = new Descriptor(Native.OpenPseudoTerminal(Native.ReadWrite | Native.NoControllingTerminal | Native.CloseOnExec | Native.NonBlocking));
        var name = stackalloc byte[128];
        if (Native.GrantPseudoTerminal(master.Number) != 0 || Native.UnlockPseudoTerminal(master.Number) != 0 || Native.PseudoTerminalName(master.Number, name, 128) != 0)
        {
            master.Dispose();
            throw new IOException("The system gives no terminal for the command.");
        }

        slave = Marshal.PtrToStringUTF8((nint)name)!;
        return master;
    }
}

/// <summary>Which output is masked.</summary>
internal enum MaskMode
{
    /// <summary>What goes to a terminal; a file or pipe gets every byte as it is.</summary>
    Terminals,

    /// <summary>All of it.</summary>
    All,

    /// <summary>Nothing.</summary>
    None,
}
