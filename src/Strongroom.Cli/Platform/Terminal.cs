using System.Text;
using Strongroom.Cli.Input;

namespace Strongroom.Cli.Platform;

/// <summary>
/// The terminal device itself, not the standard streams: questions work while values come and go through pipes. What is typed at a hidden prompt goes as raw bytes into a zeroed buffer;
/// <c>Console.ReadLine</c> would leave three copies of it in memory.
/// </summary>
internal abstract class Terminal : IDisposable
{
    /// <summary>The longest line that is taken.</summary>
    protected const int MaxLine = 4096;

    /// <summary>The terminal of this process, or null when it has none.</summary>
    public static Terminal? TryOpen() => OperatingSystem.IsWindows() ? WindowsTerminal.TryOpenConsole() : UnixTerminal.TryOpenDevice();

    /// <summary>Asks without echo. The caller owns the buffer; the end of the line is not in it.</summary>
    /// <returns>Null at the end of input.</returns>
    public WipedBuffer? ReadHidden(string prompt, CancellationToken ct) => Ask(prompt, hidden: true, ct);

    /// <summary>Asks with echo, for confirmations.</summary>
    public string ReadLine(string prompt, CancellationToken ct)
    {
        using var line = Ask(prompt, hidden: false, ct);
        return line is null ? "" : Encoding.ASCII.GetString(line.Span).Trim();
    }

    /// <inheritdoc/>
    public abstract void Dispose();

    /// <summary>Writes to the terminal.</summary>
    protected abstract void Write(string text);

    /// <summary>Reads a line with or without echo.</summary>
    protected abstract WipedBuffer? Read(bool hidden, CancellationToken ct);

    private WipedBuffer? Ask(string prompt, bool hidden, CancellationToken ct)
    {
        Write(prompt);
        try
        {
            return Read(hidden, ct);
        }
        finally
        {
            if (hidden)
                Write("\n");
        }
    }
}
