namespace Strongroom;

/// <summary>The secret is not in the state that the caller required (version, absence). Read again and decide anew.</summary>
public sealed class SecretConflictException : StrongroomException
{
    /// <summary>Creates the error.</summary>
    /// <param name="code">A stable code, see <see cref="StrongroomException.Code"/>.</param>
    /// <param name="message">What failed and why, without any secret.</param>
    /// <param name="hint">What to do.</param>
    /// <param name="inner">The cause.</param>
    public SecretConflictException(string code, string message, string? hint = null, Exception? inner = null)
        : base(code, message, hint, isTransient: false, inner)
    {
    }
}
