namespace Strongroom;

/// <summary>Something that secrets are read from and written to in the clear. Trusted. Every value handed out is owned by the caller.</summary>
public interface ISecretStore
{
    /// <summary>Reads a secret.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="version">A version that is kept; null for the current one.</param>
    /// <param name="ct">Cancels.</param>
    /// <exception cref="SecretNotFoundException">There is none, it is deleted, or the version is not kept.</exception>
    /// <exception cref="SecretExpiredException">It has expired and the policy refuses it, or the version's grace period is over.</exception>
    ValueTask<SecretData> GetAsync(SecretName name, long? version = null, CancellationToken ct = default);

    /// <summary>Reads a secret, or null when there is none (or it is deleted, or the version is not kept).</summary>
    ValueTask<SecretData?> TryGetAsync(SecretName name, long? version = null, CancellationToken ct = default);

    /// <summary>Writes a new version (or the first). The value stays the caller's. Durable when the task completes.</summary>
    /// <exception cref="SecretConflictException">The condition does not hold.</exception>
    /// <exception cref="VaultLimitException">Value, tags or description are too large.</exception>
    ValueTask<SecretMetadata> SetAsync(SecretName name, SecretValue value, SetOptions options = default, CancellationToken ct = default);

    /// <summary>Deletes a secret so that it can be restored; false when there is none.</summary>
    ValueTask<bool> DeleteAsync(SecretName name, WriteCondition condition = default, CancellationToken ct = default);

    /// <summary>Whether there is such a secret that is not deleted.</summary>
    ValueTask<bool> ExistsAsync(SecretName name, CancellationToken ct = default);

    /// <summary>Names and metadata in ordinal order; values are never decrypted.</summary>
    IAsyncEnumerable<SecretEntry> ListAsync(SecretQuery? query = null, CancellationToken ct = default);
}

/// <summary>A store that keeps versions.</summary>
public interface IVersionedSecretStore : ISecretStore
{
    /// <summary>The current version and the older ones that are kept, newest first.</summary>
    ValueTask<IReadOnlyList<SecretVersion>> HistoryAsync(SecretName name, CancellationToken ct = default);

    /// <summary>Writes an older version's value as a new version.</summary>
    ValueTask<SecretMetadata> RollbackAsync(SecretName name, long version, WriteCondition condition = default, CancellationToken ct = default);

    /// <summary>Undoes a delete; false when there is nothing deleted of that name.</summary>
    ValueTask<bool> RestoreAsync(SecretName name, WriteCondition condition = default, CancellationToken ct = default);

    /// <summary>Removes a secret with all its versions for ever; false when there is none.</summary>
    ValueTask<bool> PurgeAsync(SecretName name, WriteCondition condition = default, CancellationToken ct = default);

    /// <summary>Replaces the value and counts a rotation; the version before stays readable for a grace period.</summary>
    ValueTask<SecretMetadata> RotateAsync(SecretName name, SecretValue value, RotateOptions options = default, CancellationToken ct = default);

    /// <summary>Changes metadata without a new version of the value.</summary>
    ValueTask<SecretMetadata> UpdateMetadataAsync(SecretName name, MetadataChange change, WriteCondition condition = default, CancellationToken ct = default);
}

/// <summary>What must hold for a write to happen; the default is no condition.</summary>
public readonly record struct WriteCondition
{
    /// <summary>The secret's current version must be this one.</summary>
    public long? IfVersion { get; init; }

    /// <summary>There must be no such secret (a deleted one counts as none).</summary>
    public bool IfAbsent { get; init; }

    /// <summary>The secret must be there.</summary>
    public bool IfPresent { get; init; }

    /// <summary>The secret must be there with this tag, in this value; a null value: it must not have the tag.</summary>
    public KeyValuePair<string, string?>? IfTag { get; init; }

    /// <summary>The current version must be this one.</summary>
    public static WriteCondition Version(long version) => new() { IfVersion = version };

    /// <summary>There must be no such secret.</summary>
    public static WriteCondition Absent => new() { IfAbsent = true };
}

/// <summary>How a value is written. Null means: keep what is there (for a new secret: the default).</summary>
public readonly record struct SetOptions
{
    /// <summary>What must hold.</summary>
    public WriteCondition Condition { get; init; }

    /// <summary>The type.</summary>
    public SecretType? Type { get; init; }

    /// <summary>The description.</summary>
    public string? Description { get; init; }

    /// <summary>When it expires; see <see cref="ClearExpiry"/> to remove an expiry.</summary>
    public DateTimeOffset? ExpiresAt { get; init; }

    /// <summary>Remove the expiry.</summary>
    public bool ClearExpiry { get; init; }

    /// <summary>The tags, replacing all.</summary>
    public IReadOnlyDictionary<string, string>? Tags { get; init; }
}

/// <summary>How a secret is rotated.</summary>
public readonly record struct RotateOptions
{
    /// <summary>What must hold.</summary>
    public WriteCondition Condition { get; init; }

    /// <summary>How long the version before stays readable; null for the store's default.</summary>
    public TimeSpan? Grace { get; init; }

    /// <summary>The new expiry; null keeps the distance that the old one had from its writing.</summary>
    public DateTimeOffset? ExpiresAt { get; init; }
}

/// <summary>A change of metadata. Null means: as it is.</summary>
public sealed record MetadataChange
{
    /// <summary>The type.</summary>
    public SecretType? Type { get; init; }

    /// <summary>The description.</summary>
    public string? Description { get; init; }

    /// <summary>When it expires.</summary>
    public DateTimeOffset? ExpiresAt { get; init; }

    /// <summary>Remove the expiry.</summary>
    public bool ClearExpiry { get; init; }

    /// <summary>Tags to set; a null value removes the tag.</summary>
    public IReadOnlyDictionary<string, string?>? Tags { get; init; }
}

/// <summary>Which secrets a list gives.</summary>
public sealed record SecretQuery
{
    /// <summary>Only names that begin with this text. What Strongroom keeps for itself (names that begin with <c>strongroom.</c>) is listed only when the text begins so.</summary>
    public string Prefix { get; init; } = "";

    /// <summary>Only names after this one, exclusive: the last name of the page before.</summary>
    public SecretName? After { get; init; }

    /// <summary>At most so many.</summary>
    public int Limit { get; init; } = int.MaxValue;

    /// <summary>Only secrets with these tags; a null value asks for the tag whatever its value.</summary>
    public IReadOnlyDictionary<string, string?>? Tags { get; init; }

    /// <summary>Only this type.</summary>
    public SecretType? Type { get; init; }

    /// <summary>Only secrets that have expired or expire within this time.</summary>
    public TimeSpan? ExpiringWithin { get; init; }

    /// <summary>Deleted secrets too.</summary>
    public bool IncludeDeleted { get; init; }
}
