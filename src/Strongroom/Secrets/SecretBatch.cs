using System.Collections.Immutable;
using Strongroom.Vault;

namespace Strongroom;

/// <summary>Writes that are committed together or not at all. The values stay the caller's, and must live until the commit has returned.</summary>
public sealed class SecretBatch
{
    private readonly List<SecretWrite> _writes = [];

    /// <summary>How many writes it holds.</summary>
    public int Count => _writes.Count;

    /// <summary>The writes, in order.</summary>
    public IReadOnlyList<SecretWrite> Writes => _writes;

    /// <summary>Writes a new version.</summary>
    public SecretBatch Set(SecretName name, SecretValue value, SetOptions options = default) =>
        Add(new SecretWrite(SecretWriteKind.Set, Named(name)) { Value = Valued(value), Set = options });

    /// <summary>Rotates.</summary>
    public SecretBatch Rotate(SecretName name, SecretValue value, RotateOptions options = default) =>
        Add(new SecretWrite(SecretWriteKind.Rotate, Named(name)) { Value = Valued(value), Rotate = options });

    /// <summary>Changes metadata.</summary>
    public SecretBatch UpdateMetadata(SecretName name, MetadataChange change, WriteCondition condition = default)
    {
        ArgumentNullException.ThrowIfNull(change);
        return Add(new SecretWrite(SecretWriteKind.UpdateMetadata, Named(name)) { Change = change, Condition = condition });
    }

    /// <summary>Deletes; a missing secret is a conflict here.</summary>
    public SecretBatch Delete(SecretName name, WriteCondition condition = default) => Add(new SecretWrite(SecretWriteKind.Delete, Named(name)) { Condition = condition });

    /// <summary>Restores; nothing deleted of that name is a conflict here.</summary>
    public SecretBatch Restore(SecretName name, WriteCondition condition = default) => Add(new SecretWrite(SecretWriteKind.Restore, Named(name)) { Condition = condition });

    /// <summary>Purges; a missing secret is a conflict here.</summary>
    public SecretBatch Purge(SecretName name, WriteCondition condition = default) => Add(new SecretWrite(SecretWriteKind.Purge, Named(name)) { Condition = condition });

    /// <summary>Makes an older version unreadable; one that is not kept is a conflict here, the current one can't be revoked.</summary>
    public SecretBatch Revoke(SecretName name, long version, WriteCondition condition = default) => Add(new SecretWrite(SecretWriteKind.Revoke, Named(name)) { Version = version, Condition = condition });

    internal static SecretName Named(SecretName name) =>
        name.ToString().Length > 0 ? name : throw new VaultConfigurationException("SR1101", "'' is not a secret name: it is empty.", "Use segments of letters, digits, '.', '_' and '-' joined by '/', as in broker/binance.");

    /// <summary>The writes as this vault applies them.</summary>
    internal IReadOnlyList<WriteOperation> ToOperations()
    {
        var tags = new SharedTags();
        return _writes.ConvertAll(write => ToOperation(tags.Share(write)));
    }

    private static WriteOperation ToOperation(SecretWrite write) => write.Kind switch
    {
        SecretWriteKind.Set => new SetOperation(write.Name, write.Value!, write.Set),
        SecretWriteKind.Rotate => new RotateOperation(write.Name, write.Value!, write.Rotate),
        SecretWriteKind.UpdateMetadata => new MetadataOperation(write.Name, write.Change!, write.Condition),
        SecretWriteKind.Delete => new DeleteOperation(write.Name, write.Condition, required: true),
        SecretWriteKind.Revoke => new RevokeOperation(write.Name, write.Version, write.Condition, required: true),
        SecretWriteKind.Restore => new RestoreOperation(write.Name, write.Condition, required: true),
        _ => new PurgeOperation(write.Name, write.Condition, required: true),
    };

    private static SecretValue Valued(SecretValue value)
    {
        ArgumentNullException.ThrowIfNull(value);
        return value;
    }

    private SecretBatch Add(SecretWrite write)
    {
        _writes.Add(write);
        return this;
    }

    // Many writes of a batch have one and the same dictionary of tags, which is sorted once.
    private sealed class SharedTags
    {
        private IReadOnlyDictionary<string, string>? _last;
        private ImmutableSortedDictionary<string, string>? _sorted;

        public SecretWrite Share(SecretWrite write)
        {
            if (write.Set.Tags is not { } tags)
                return write;
            if (!ReferenceEquals(tags, _last))
                (_last, _sorted) = (tags, tags.ToImmutableSortedDictionary(StringComparer.Ordinal));
            return write with { Set = write.Set with { Tags = _sorted } };
        }
    }
}
