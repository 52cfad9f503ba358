namespace Strongroom;

/// <summary>A secret with its value. The caller owns it: disposing of it zeroes the value.</summary>
public sealed class SecretData : IDisposable
{
    /// <summary>A secret of any store.</summary>
    /// <param name="name">The name.</param>
    /// <param name="metadata">The metadata of this version.</param>
    /// <param name="value">The value; the secret owns it from now on.</param>
    public SecretData(SecretName name, SecretMetadata metadata, SecretValue value)
    {
        ArgumentNullException.ThrowIfNull(metadata);
        ArgumentNullException.ThrowIfNull(value);
        Name = name;
        Metadata = metadata;
        Value = value;
    }

    /// <summary>The name.</summary>
    public SecretName Name { get; }

    /// <summary>The metadata of the version that was read.</summary>
    public SecretMetadata Metadata { get; }

    /// <summary>The value, zeroed on dispose.</summary>
    public SecretValue Value { get; }

    /// <inheritdoc/>
    public void Dispose() => Value.Dispose();

    /// <summary>The name and version, never the value.</summary>
    public override string ToString() => $"{Name} v{Metadata.Version} ***";
}
