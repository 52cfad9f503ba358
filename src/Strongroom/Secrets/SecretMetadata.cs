using System.Collections.Immutable;

namespace Strongroom;

/// <summary>What is known of a secret beside its value. It is readable in a local vault's file, but can't be changed there unnoticed.</summary>
public sealed record SecretMetadata
{
    /// <summary>When the first version of this incarnation was written.</summary>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>When value or metadata were last changed.</summary>
    public required DateTimeOffset UpdatedAt { get; init; }

    /// <summary>When the secret expires, or null.</summary>
    public DateTimeOffset? ExpiresAt { get; init; }

    /// <summary>When the value was last read: to the day in the vault, exact in this process; the audit log has all.</summary>
    public DateTimeOffset? LastAccessed { get; init; }

    /// <summary>How often the secret was rotated.</summary>
    public long RotationCount { get; init; }

    /// <summary>The version of the value, from 1.</summary>
    public long Version { get; init; } = 1;

    /// <summary><c>current</c> or <c>deleted</c>.</summary>
    public string State { get; init; } = "current";

    /// <summary>The type.</summary>
    public SecretType SecretType { get; init; }

    /// <summary>Tags: at most 64, ordinal keys.</summary>
    public ImmutableSortedDictionary<string, string> Tags { get; init; } = EmptyTags;

    /// <summary>A description for people; may be empty.</summary>
    public string Description { get; init; } = "";

    /// <summary>Whether the secret is deleted, but can be restored.</summary>
    public bool IsDeleted => State == "deleted";

    /// <summary>No tags, with the right comparer.</summary>
    public static ImmutableSortedDictionary<string, string> EmptyTags { get; } = ImmutableSortedDictionary.Create<string, string>(StringComparer.Ordinal);
}

/// <summary>A secret as lists give it: without its value.</summary>
public sealed record SecretEntry(SecretName Name, SecretMetadata Metadata);

/// <summary>An older version of a secret that is kept.</summary>
/// <param name="Version">The number.</param>
/// <param name="CreatedAt">When it was written.</param>
/// <param name="ReadableUntil">When the grace period of a rotation ends, after which it can't be read, or null.</param>
/// <param name="State"><c>current</c>, <c>previous</c>, <c>revoked</c> or <c>deleted</c>.</param>
public sealed record SecretVersion(long Version, DateTimeOffset CreatedAt, DateTimeOffset? ReadableUntil, string State);
