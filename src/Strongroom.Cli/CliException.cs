namespace Strongroom.Cli;

/// <summary>An error of the command line itself. Never carries a value: arguments may be secrets.</summary>
internal sealed class CliException : Exception
{
    /// <summary>Creates the error.</summary>
    /// <param name="exitCode">See <see cref="ExitCodes"/>.</param>
    /// <param name="code">SR20xx, listed in <c>docs/errors.md</c>.</param>
    /// <param name="message">What failed and why.</param>
    /// <param name="hint">What to do.</param>
    /// <param name="inner">The cause.</param>
    public CliException(int exitCode, string code, string message, string? hint = null, Exception? inner = null)
        : base(message, inner)
    {
        ExitCode = exitCode;
        Code = code;
        Hint = hint;
    }

    public int ExitCode { get; }

    public string Code { get; }

    public string? Hint { get; }

    /// <summary>The command line can't be understood.</summary>
    public static CliException Usage(string message, string? hint = null) => new(ExitCodes.Usage, "SR2001", message, hint);

    /// <summary>The value of an option does not fit. The value itself is not repeated.</summary>
    public static CliException OptionValue(string option, string expected) =>
        new(ExitCodes.Usage, "SR2002", $"The value of {option} does not fit: {expected}.");

    /// <summary>The options contradict each other.</summary>
    public static CliException Together(params ReadOnlySpan<string> options) =>
        new(ExitCodes.Usage, "SR2001", $"{string.Join(" and ", options.ToArray())} can't be given together.", "Give one of them.");
}
