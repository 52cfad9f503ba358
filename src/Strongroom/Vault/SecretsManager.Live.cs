using Strongroom.Live;
using Strongroom.Vault;

namespace Strongroom;

/// <content>Secrets that stay in memory for hot paths.</content>
public sealed partial class SecretsManager
{
    /// <summary>A secret, or one of its fields, that is kept up to date in memory. Reads it now.</summary>
    /// <param name="name">The secret.</param>
    /// <param name="field">One field; null for a plain value, or for all fields.</param>
    /// <exception cref="SecretNotFoundException">There is no such secret, or no such field.</exception>
    /// <exception cref="VaultConfigurationException">The backend has no synchronous way: use <see cref="LiveAsync(SecretName, string?, CancellationToken)"/>.</exception>
    public LiveSecret Live(SecretName name, string? field = null) => Synchronous.Run(LiveAsync(name, field));

    /// <summary>A secret, or one of its fields, that is kept up to date in memory. Reads it now.</summary>
    /// <param name="name">The secret.</param>
    /// <param name="field">One field; null for a plain value, or for all fields.</param>
    /// <param name="ct">Cancels the first reading.</param>
    /// <exception cref="SecretNotFoundException">There is no such secret, or no such field.</exception>
    public async ValueTask<LiveSecret> LiveAsync(SecretName name, string? field = null, CancellationToken ct = default)
    {
        ThrowIfDisposed();
        var cell = new LiveCell<SecretValue>(name, data => field is null ? data.Value : FieldOf(data, field));
        await _core.Live.AddAsync(cell, ct).ConfigureAwait(false);
        return new LiveSecret(_core.Live, cell, field);
    }

    /// <summary>An object made from a secret, made anew when it changes: a key object, a certificate, a client. Reads the secret and makes the first now.</summary>
    /// <param name="name">The secret.</param>
    /// <param name="build">Makes the object; the data is wiped when it returns. When it throws for a later version, the object before stays in use.</param>
    /// <exception cref="SecretNotFoundException">There is no such secret.</exception>
    /// <exception cref="VaultConfigurationException">The backend has no synchronous way: use <see cref="LiveAsync{T}"/>.</exception>
    public LiveSecret<T> Live<T>(SecretName name, Func<SecretData, T> build)
        where T : class => Synchronous.Run(LiveAsync(name, build));

    /// <summary>An object made from a secret, made anew when it changes: a key object, a certificate, a client. Reads the secret and makes the first now.</summary>
    /// <param name="name">The secret.</param>
    /// <param name="build">Makes the object; the data is wiped when it returns. When it throws for a later version, the object before stays in use.</param>
    /// <param name="ct">Cancels the first reading.</param>
    /// <exception cref="SecretNotFoundException">There is no such secret.</exception>
    public async ValueTask<LiveSecret<T>> LiveAsync<T>(SecretName name, Func<SecretData, T> build, CancellationToken ct = default)
        where T : class
    {
        ArgumentNullException.ThrowIfNull(build);
        ThrowIfDisposed();
        var cell = new LiveCell<T>(name, data =>
        {
            using (data)
                return build(data);
        });
        await _core.Live.AddAsync(cell, ct).ConfigureAwait(false);
        return new LiveSecret<T>(_core.Live, cell);
    }

    /// <summary>What keeps live secrets of this manager from their newest values, and what their listeners threw; empty when all is well.</summary>
    public IReadOnlyList<StrongroomException> LiveTroubles => _core.Live.Troubles;

    private static SecretValue FieldOf(SecretData data, string field)
    {
        using (data)
        {
            return data.Value.TryGetField(field, out ReadOnlySpan<byte> bytes)
                ? SecretValue.FromBytes(bytes)
                : throw new SecretNotFoundException("SR1104", $"{data.Name} has no field '{field}'.", data.Value.HasFields ? $"It has {string.Join(", ", data.Value.FieldNames)}." : "It is a plain value without fields.");
        }
    }
}
