namespace Strongroom;

/// <summary>There is no such secret, version or field. Correct the name, or create it.</summary>
public sealed class SecretNotFoundException : StrongroomException
{
    /// <summary>Creates the error.</summary>
    /// <param name="code">A stable code, see <see cref="StrongroomException.Code"/>.</param>
    /// <param name="message">What failed and why, without any secret.</param>
    /// <param name="hint">What to do.</param>
    /// <param name="inner">The cause.</param>
    public SecretNotFoundException(string code, string message, string? hint = null, Exception? inner = null)
        : base(code, message, hint, isTransient: false, inner)
    {
    }
}
