namespace Strongroom;

/// <summary>A step of a rotation failed at the far side. The value that was in use stays in use; the engine tries again by itself, later each time.</summary>
public sealed class RotationException : StrongroomException
{
    /// <summary>Creates the error.</summary>
    /// <param name="code">A stable code, see <see cref="StrongroomException.Code"/>.</param>
    /// <param name="message">What failed and why, without any secret.</param>
    /// <param name="hint">What to do.</param>
    /// <param name="inner">The cause.</param>
    /// <param name="isRefusal">Whether the far side has certainly not taken the new value and will not: it is given up, and the next attempt makes another.</param>
    public RotationException(string code, string message, string? hint = null, Exception? inner = null, bool isRefusal = false)
        : base(code, message, hint, isTransient: !isRefusal, inner) => IsRefusal = isRefusal;

    /// <summary>Whether the far side has certainly not taken the new value and will not.</summary>
    public bool IsRefusal { get; }
}
