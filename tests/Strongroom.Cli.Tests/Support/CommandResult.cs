using System.Text;
using System.Text.Json;

namespace Strongroom.Cli.Tests.Support;

/// <summary>What a run of the command left: checks that name the line, and both streams when they fail.</summary>
/// <param name="Line">The arguments.</param>
/// <param name="Exit">The exit code.</param>
/// <param name="Bytes">Standard output.</param>
/// <param name="Errors">Standard error.</param>
internal sealed record CommandResult(string Line, int Exit, byte[] Bytes, string Errors)
{
    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>Standard output as text.</summary>
    public string Output => Strict.GetString(Bytes);

    /// <summary>Standard output as one JSON document.</summary>
    public JsonElement Json => JsonDocument.Parse(Bytes).RootElement;

    /// <summary>It succeeded.</summary>
    public CommandResult Ok() => Check(Exit == 0, "exit code 0");

    /// <summary>It succeeded and wrote exactly this to standard output.</summary>
    public CommandResult Prints(string exactly) => Ok().Check(Bytes.AsSpan().SequenceEqual(Strict.GetBytes(exactly)), $"exactly «{exactly}»");

    /// <summary>It failed with a code, wrote nothing to standard output, and said all of these on standard error.</summary>
    public CommandResult Fails(int exit, params string[] saying) => Check(Exit == exit, $"exit code {exit}").Check(Bytes.Length == 0, "nothing on standard output").Says(saying);

    /// <summary>Standard error has all of these.</summary>
    public CommandResult Says(params string[] texts)
    {
        foreach (var text in texts)
            Check(Errors.Contains(text, StringComparison.Ordinal), $"«{text}» on standard error");
        return this;
    }

    /// <summary>Neither stream has any of these.</summary>
    public CommandResult Hides(params string[] texts)
    {
        foreach (var text in texts)
            Check(!Errors.Contains(text, StringComparison.Ordinal) && Bytes.AsSpan().IndexOf(Strict.GetBytes(text)) < 0, $"no «{text}» anywhere");
        return this;
    }

    private CommandResult Check(bool holds, string expected)
    {
        Assert.True(holds, $"strongroom {Line}\nexpected {expected}\nexit code {Exit}\nstandard output: {Encoding.UTF8.GetString(Bytes)}\nstandard error: {Errors}");
        return this;
    }
}
