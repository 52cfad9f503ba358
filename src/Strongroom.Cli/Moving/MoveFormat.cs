using Strongroom.Cli.Input;

namespace Strongroom.Cli.Moving;

/// <summary>A format that secrets come from and go to. Reading is strict and bounded; what can't be written in a format is refused and not bent.</summary>
internal abstract class MoveFormat
{
    /// <summary>The word on the command line.</summary>
    public abstract string Name { get; }

    /// <summary>What it is, in a few words.</summary>
    public abstract string Summary { get; }

    /// <summary>Reads a file.</summary>
    /// <param name="content">All of it: valid UTF-8, without byte order mark.</param>
    /// <param name="sink">Takes secrets, problems and notes.</param>
    public abstract void Read(ReadOnlySpan<byte> content, ImportSink sink);

    /// <summary>Writes secrets.</summary>
    /// <param name="secrets">With the names they are to have there.</param>
    /// <param name="output">Takes the file.</param>
    /// <param name="problems">Takes what can't be written.</param>
    public abstract void Write(IReadOnlyList<MovedSecret> secrets, WipedBuffer output, Problems problems);

    /// <summary>A field's or plain value's bytes when they are text; otherwise a problem is added.</summary>
    protected static bool IsText(MovedSecret secret, SecretValue value, Problems problems)
    {
        if (System.Text.Unicode.Utf8.IsValid(value.Span))
            return true;
        problems.Add(0, $"{secret.Source} is not text, and this format holds nothing else; 'bundle' does");
        return false;
    }
}
