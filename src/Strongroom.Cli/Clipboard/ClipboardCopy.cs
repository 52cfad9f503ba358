using System.Buffers.Text;
using Strongroom.Cli.CommandLine;
using Strongroom.Cli.Input;

namespace Strongroom.Cli.Clipboard;

/// <summary>Copies a value to the clipboard, and sees to it that it does not stay there.</summary>
internal sealed class ClipboardCopy(CommandContext context)
{
    /// <summary>Copies.</summary>
    /// <param name="value">The value.</param>
    /// <param name="timeout">When it is cleared, if it is still there; zero for never.</param>
    /// <param name="once">Whether it can be pasted one time only.</param>
    /// <param name="what">What it is, for people.</param>
    public int Copy(ReadOnlySpan<byte> value, TimeSpan timeout, bool once, string what)
    {
        var tool = ClipboardTool.Find();
        var copy = once ? tool.Once ?? throw CliException.Usage($"{tool.Name} can't offer a value for one paste only.", "Leave --once away.") : tool.Copy;
        // First the process that clears: a value that nobody takes away again is never put there.
        using var keeper = timeout > TimeSpan.Zero ? ClipboardKeeper.Start(tool, value, timeout) : null;
        ClipboardTool.Give(copy, value);
        keeper?.LetGo();
        var cleared = timeout > TimeSpan.Zero ? $", cleared in {Math.Ceiling(timeout.TotalSeconds)} s unless it has changed by then" : ", and stays there";
        context.Output.Note($"{what}: copied to the clipboard{cleared}.");
        return Report(tool.Name, timeout);
    }

    /// <summary>Asks the terminal to copy (OSC 52): works over SSH, but nobody can look whether it is still there.</summary>
    public int CopyByTerminal(ReadOnlySpan<byte> value, string what)
    {
        if (!context.Output.IsTerminal)
            throw CliException.Usage("--osc52 writes to the terminal, and standard output is none.", "Leave the pipe away.");
        var length = Base64.GetMaxEncodedToUtf8Length(value.Length);
        using var sequence = new WipedBuffer(length + 16);
        sequence.Write("\e]52;c;"u8);
        _ = Base64.EncodeToUtf8(value, sequence.GetSpan(length), out _, out var written);
        sequence.Advance(written);
        sequence.Write("\a"u8);
        context.Output.Bytes(sequence.Span);
        context.Output.Warning($"{what}: the terminal was asked to copy it. It may refuse without a word, and the clipboard is not cleared.");
        return Report("osc52", TimeSpan.Zero);
    }

    private int Report(string tool, TimeSpan timeout)
    {
        if (context.Output.IsJson)
            context.Output.Json(json =>
            {
                json.WriteString("clipboard", tool);
                if (timeout > TimeSpan.Zero)
                    json.WriteNumber("clears_in_seconds", Math.Ceiling(timeout.TotalSeconds));
                else
                    json.WriteNull("clears_in_seconds");
            });
        return ExitCodes.Ok;
    }
}
