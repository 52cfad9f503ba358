namespace Strongroom;

/// <summary>The secret or version has expired and the policy refuses it. Rotate it.</summary>
public sealed class SecretExpiredException : StrongroomException
{
    /// <summary>Creates the error.</summary>
    /// <param name="code">A stable code, see <see cref="StrongroomException.Code"/>.</param>
    /// <param name="message">What failed and why, without any secret.</param>
    /// <param name="hint">What to do.</param>
    /// <param name="inner">The cause.</param>
    public SecretExpiredException(string code, string message, string? hint = null, Exception? inner = null)
        : base(code, message, hint, isTransient: false, inner)
    {
    }
}
