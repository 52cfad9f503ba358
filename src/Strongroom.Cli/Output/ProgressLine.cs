namespace Strongroom.Cli.Output;

/// <summary>Progress on one line of a terminal; nothing anywhere else.</summary>
internal sealed class ProgressLine(OutputWriter output, string what) : IProgress<(long Done, long All)>, IDisposable
{
    private readonly bool _shown = output is { IsErrorTerminal: true, IsJson: false, Options.Quiet: false };
    private bool _dirty;

    public void Report((long Done, long All) value)
    {
        if (!_shown || value.All < 512)
            return;
        output.WriteError($"\r{value.Done} of {value.All} {what}");
        _dirty = true;
    }

    public void Dispose()
    {
        if (_dirty)
            output.WriteError("\r\e[K");
        _dirty = false;
    }
}
