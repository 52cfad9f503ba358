namespace Strongroom;

/// <summary>How up to date a node's view of a shared vault is.</summary>
/// <param name="ConfirmedAt">When the storage last confirmed the view; null when reads always see the newest: a file, SQLite.</param>
/// <param name="IsStale">The storage does not answer, or shows an older state than was seen: secrets are served as they were at <paramref name="ConfirmedAt"/>, and others may have changed them.</param>
/// <param name="Trouble">Why, in words; null when all is well.</param>
public sealed record VaultFreshness(DateTimeOffset? ConfirmedAt, bool IsStale, string? Trouble)
{
    internal static VaultFreshness Exact { get; } = new(null, IsStale: false, null);
}
