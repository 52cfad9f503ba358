using Strongroom.Cli.CommandLine;
using Strongroom.Cryptography;

namespace Strongroom.Cli.Input;

/// <summary>Values that were given as arguments: they work, with a warning.</summary>
internal static class ArgumentText
{
    /// <summary>Says why this is not a good way.</summary>
    public static void Warn(CommandContext context, string what) => context.Output.Warning(
        $"The value of {what} is on the command line: other users can see it (ps), and the shell may keep it. Better: standard input, --file, field=@file or field=-.");

    /// <summary>The bytes of an argument.</summary>
    public static WipedBuffer Bytes(string text)
    {
        var buffer = new WipedBuffer(Utf8.Strict.GetMaxByteCount(text.Length));
        try
        {
            buffer.Advance(Utf8.Strict.GetBytes(text, buffer.GetSpan(Utf8.Strict.GetMaxByteCount(text.Length))));
            return buffer;
        }
        catch (ArgumentException)
        {
            buffer.Dispose();
            throw new CliException(ExitCodes.Usage, "SR2005", "A value on the command line is not UTF-8 text.", "Use standard input or --file: they take any bytes.");
        }
    }
}
