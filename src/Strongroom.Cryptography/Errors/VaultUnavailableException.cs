namespace Strongroom;

/// <summary>The vault can't be read or written now: missing, locked by another process, full disk, no permission. Try again or repair the surroundings; nothing was changed.</summary>
public sealed class VaultUnavailableException : StrongroomException
{
    /// <summary>Creates the error.</summary>
    /// <param name="code">A stable code, see <see cref="StrongroomException.Code"/>.</param>
    /// <param name="message">What failed and why, without any secret.</param>
    /// <param name="hint">What to do.</param>
    /// <param name="inner">The cause.</param>
    /// <param name="isTransient">Whether it may be over by itself in a moment.</param>
    public VaultUnavailableException(string code, string message, string? hint = null, Exception? inner = null, bool isTransient = true)
        : base(code, message, hint, isTransient, inner)
    {
    }
}
