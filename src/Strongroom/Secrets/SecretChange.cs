namespace Strongroom;

/// <summary>What happened to a secret.</summary>
public enum SecretChangeKind
{
    /// <summary>A new version was written.</summary>
    Set,

    /// <summary>Only its metadata changed.</summary>
    Metadata,

    /// <summary>It was deleted, or purged.</summary>
    Removed,
}

/// <summary>A change of a secret, by this process or another.</summary>
/// <param name="Name">The secret.</param>
/// <param name="Kind">What happened.</param>
/// <param name="Version">Its version now, 0 when it is gone.</param>
/// <param name="Revision">The vault's revision in which it was seen.</param>
public sealed record SecretChange(SecretName Name, SecretChangeKind Kind, long Version, long Revision);

/// <summary>A secret that expires soon or has expired.</summary>
/// <param name="Name">The secret.</param>
/// <param name="ExpiresAt">When.</param>
/// <param name="Remaining">How long it still has; zero or less when it has expired.</param>
/// <param name="Threshold">The distance that was reached.</param>
public sealed record ExpiryNotice(SecretName Name, DateTimeOffset ExpiresAt, TimeSpan Remaining, TimeSpan Threshold);
