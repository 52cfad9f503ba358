namespace Strongroom;

/// <summary>
/// The base of every error that Strongroom raises on purpose. <see cref="Exception.Message"/> says what failed and why, <see cref="Hint"/> what to do;
/// neither ever holds a secret. The children are named for what the caller does next.
/// </summary>
public abstract class StrongroomException : Exception
{
    private protected StrongroomException(string code, string message, string? hint, bool isTransient, Exception? inner)
        : base(message, inner)
    {
        Code = code;
        Hint = hint;
        IsTransient = isTransient;
    }

    /// <summary>A stable code, <c>SR</c> and four digits, listed in <c>docs/errors.md</c>.</summary>
    public string Code { get; }

    /// <summary>One sentence on what to do, or null.</summary>
    public string? Hint { get; }

    /// <summary>Whether the same call may succeed when it is made again later.</summary>
    public bool IsTransient { get; }
}
