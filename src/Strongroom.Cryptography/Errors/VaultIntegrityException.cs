namespace Strongroom;

/// <summary>The vault, its history or its audit log is not what was written: damaged, tampered with, rolled back or forked. Do not go on; restore or investigate.</summary>
public sealed class VaultIntegrityException : StrongroomException
{
    /// <summary>Creates the error.</summary>
    /// <param name="code">A stable code, see <see cref="StrongroomException.Code"/>.</param>
    /// <param name="message">What failed and why, without any secret.</param>
    /// <param name="hint">What to do.</param>
    /// <param name="inner">The cause.</param>
    public VaultIntegrityException(string code, string message, string? hint = null, Exception? inner = null)
        : base(code, message, hint, isTransient: false, inner)
    {
    }
}
