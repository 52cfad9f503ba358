namespace Strongroom;

/// <summary>What a write of a batch does.</summary>
public enum SecretWriteKind
{
    /// <summary>Writes a new version.</summary>
    Set,

    /// <summary>Replaces the value and counts a rotation.</summary>
    Rotate,

    /// <summary>Changes metadata.</summary>
    UpdateMetadata,

    /// <summary>Deletes so that it can be restored.</summary>
    Delete,

    /// <summary>Undoes a delete.</summary>
    Restore,

    /// <summary>Removes with all versions.</summary>
    Purge,

    /// <summary>Makes an older version unreadable.</summary>
    Revoke,
}

/// <summary>One write of a <see cref="SecretBatch"/>: for stores of your own that commit batches.</summary>
public sealed record SecretWrite
{
    internal SecretWrite(SecretWriteKind kind, SecretName name)
    {
        Kind = kind;
        Name = name;
    }

    /// <summary>What it does.</summary>
    public SecretWriteKind Kind { get; }

    /// <summary>The secret.</summary>
    public SecretName Name { get; }

    /// <summary>The value of a set or rotation; it stays its giver's.</summary>
    public SecretValue? Value { get; internal init; }

    /// <summary>How a set is done, its condition included.</summary>
    public SetOptions Set { get; internal init; }

    /// <summary>How a rotation is done, its condition included.</summary>
    public RotateOptions Rotate { get; internal init; }

    /// <summary>The change of metadata.</summary>
    public MetadataChange? Change { get; internal init; }

    /// <summary>The version that is revoked.</summary>
    public long Version { get; internal init; }

    /// <summary>What must hold for the other kinds.</summary>
    public WriteCondition Condition { get; internal init; }
}
