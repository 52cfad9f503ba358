namespace Strongroom;

/// <summary>A write may or may not have become durable. Read again to learn which; writing the same again is safe.</summary>
public sealed class CommitOutcomeUnknownException : StrongroomException
{
    /// <summary>Creates the error.</summary>
    /// <param name="code">A stable code, see <see cref="StrongroomException.Code"/>.</param>
    /// <param name="message">What failed and why, without any secret.</param>
    /// <param name="hint">What to do.</param>
    /// <param name="inner">The cause.</param>
    public CommitOutcomeUnknownException(string code, string message, string? hint = null, Exception? inner = null)
        : base(code, message, hint, isTransient: false, inner)
    {
    }
}
