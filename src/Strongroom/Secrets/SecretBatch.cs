using Strongroom.Vault;

namespace Strongroom;

/// <summary>Writes that are committed together or not at all. The values stay the caller's, and must live until the commit has returned.</summary>
public sealed class SecretBatch
{
    private readonly List<WriteOperation> _writes = [];
    private readonly List<SecretValue> _values = [];

    /// <summary>How many writes it holds.</summary>
    public int Count => _writes.Count;

    internal IReadOnlyList<WriteOperation> Writes => _writes;

    internal IReadOnlyList<SecretValue> Values => _values;

    /// <summary>Writes a new version.</summary>
    public SecretBatch Set(SecretName name, SecretValue value, SetOptions options = default) => Add(new SetOperation(Named(name), Valued(value), options), value);

    /// <summary>Rotates.</summary>
    public SecretBatch Rotate(SecretName name, SecretValue value, RotateOptions options = default) => Add(new RotateOperation(Named(name), Valued(value), options), value);

    /// <summary>Changes metadata.</summary>
    public SecretBatch UpdateMetadata(SecretName name, MetadataChange change, WriteCondition condition = default)
    {
        ArgumentNullException.ThrowIfNull(change);
        return Add(new MetadataOperation(Named(name), change, condition));
    }

    /// <summary>Deletes; a missing secret is a conflict here.</summary>
    public SecretBatch Delete(SecretName name, WriteCondition condition = default) => Add(new DeleteOperation(Named(name), condition, required: true));

    /// <summary>Restores; nothing deleted of that name is a conflict here.</summary>
    public SecretBatch Restore(SecretName name, WriteCondition condition = default) => Add(new RestoreOperation(Named(name), condition, required: true));

    /// <summary>Purges; a missing secret is a conflict here.</summary>
    public SecretBatch Purge(SecretName name, WriteCondition condition = default) => Add(new PurgeOperation(Named(name), condition, required: true));

    internal static SecretName Named(SecretName name) =>
        name.ToString().Length > 0 ? name : throw new VaultConfigurationException("SR1101", "'' is not a secret name: it is empty.", "Use segments of letters, digits, '.', '_' and '-' joined by '/', as in broker/binance.");

    private static SecretValue Valued(SecretValue value)
    {
        ArgumentNullException.ThrowIfNull(value);
        return value;
    }

    private SecretBatch Add(WriteOperation write, SecretValue? value = null)
    {
        _writes.Add(write);
        if (value is not null)
            _values.Add(value);
        return this;
    }
}
