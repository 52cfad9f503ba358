using Strongroom.Cryptography;

namespace Strongroom.Rotation;

/// <summary>What a rotator works with during one step. Its values are wiped when the step returns.</summary>
public sealed class RotationContext : IDisposable
{
    private readonly SecretsManager _vault;
    private readonly SecretValue? _new;

    internal RotationContext(SecretsManager vault, SecretName name, RotationRecord record, SecretMetadata metadata, SecretValue old, SecretValue? staged) =>
        (_vault, Name, RotationId, Fence, Metadata, Old, _new) = (vault, name, record.Id, record.Fence, metadata, old, staged);

    /// <summary>The secret.</summary>
    public SecretName Name { get; }

    /// <summary>The same for all steps and attempts of one rotation: what makes a request idempotent.</summary>
    public RandomId RotationId { get; }

    /// <summary>Grows each time a node takes the rotation over. A far side that remembers the largest can refuse a node that was overtaken while it slept.</summary>
    public long Fence { get; }

    /// <summary>The secret's metadata.</summary>
    public SecretMetadata Metadata { get; }

    /// <summary>The value that was in use when the rotation began.</summary>
    public SecretValue Old { get; }

    /// <summary>The staged value.</summary>
    /// <exception cref="InvalidOperationException">It is only being made.</exception>
    public SecretValue New => _new ?? throw new InvalidOperationException("The new value is only being made.");

    /// <summary>When the new value expires: set by <see cref="IRotator.CreateAsync"/> where the far side says it; null keeps the distance that the old one had.</summary>
    public DateTimeOffset? ExpiresAt { get; set; }

    /// <summary>A setting of the rotator: the tag <c>rotate.KEY</c>; null when it is not set.</summary>
    public string? Setting(string key) => Metadata.Tags.GetValueOrDefault(RotationPolicy.TagPrefix + key);

    /// <summary>A setting of the rotator that must be there.</summary>
    /// <exception cref="VaultConfigurationException">It is not set.</exception>
    public string Required(string key) => Setting(key)
        ?? throw new VaultConfigurationException("SR1802", $"The rotation of {Name} needs the setting '{key}'.", $"Set it: strongroom meta {Name} --tag {RotationPolicy.TagPrefix}{key}=…");

    /// <summary>Reads another secret of the vault, such as the login of an administrator. The caller owns it.</summary>
    /// <exception cref="SecretNotFoundException">There is none.</exception>
    public ValueTask<SecretData> ReadAsync(SecretName name, CancellationToken ct) => _vault.GetAsync(name, version: null, ct);

    /// <summary>Reads the secret as it is at this moment, expired or not; null when it is gone. Somebody may have changed it since the rotation began. The caller owns it.</summary>
    public ValueTask<SecretData?> ReadCurrentAsync(CancellationToken ct) => _vault.Core.Reader.ReadAsync(Name, ct, evenExpired: true);

    /// <summary>Name and rotation, never a value.</summary>
    public override string ToString() => $"rotation {RotationId} of {Name}";

    /// <inheritdoc/>
    public void Dispose()
    {
        Old.Dispose();
        _new?.Dispose();
    }
}
