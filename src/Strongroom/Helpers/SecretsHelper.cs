namespace Strongroom;

/// <summary>Typed ways to the secrets that applications have most. The store is not owned.</summary>
public sealed class SecretsHelper
{
    private static readonly Lock Gate = new();
    private static SecretsHelper? _default;
    private readonly ISecretStore _store;

    /// <summary>Helps with a store.</summary>
    public SecretsHelper(ISecretStore store)
    {
        ArgumentNullException.ThrowIfNull(store);
        _store = store;
    }

    /// <summary>
    /// The helper of the vault that the environment names (<c>STRONGROOM_VAULT</c>, and <c>STRONGROOM_KEY_FILE</c> or <c>STRONGROOM_PASSPHRASE_FILE</c>), opened on first use and
    /// for the life of the process, or the one given to <see cref="UseDefault"/>.
    /// </summary>
    /// <exception cref="VaultConfigurationException">The environment does not name a vault or what opens it.</exception>
    public static SecretsHelper Default
    {
        get
        {
            lock (Gate)
                return _default ??= new SecretsHelper(OpenFromEnvironment());
        }
    }

    /// <summary>Sets what <see cref="Default"/> gives.</summary>
    /// <param name="store">Stays the caller's.</param>
    public static void UseDefault(ISecretStore store)
    {
        lock (Gate)
            _default = new SecretsHelper(store);
    }

    /// <summary>Reads database credentials. The caller owns them.</summary>
    /// <exception cref="SecretNotFoundException">There is no such secret.</exception>
    /// <exception cref="VaultConfigurationException">A field is missing or does not fit; the message names it.</exception>
    public async ValueTask<DatabaseCredentials> GetDatabaseCredentialsAsync(SecretName name, CancellationToken ct = default)
    {
        using SecretData data = await _store.GetAsync(name, ct: ct).ConfigureAwait(false);
        return DatabaseCredentials.Read(data);
    }

    /// <summary>Writes database credentials. Their type is <see cref="SecretType.DatabaseCredentials"/> unless the options name another.</summary>
    public async ValueTask<SecretMetadata> StoreDatabaseCredentialsAsync(SecretName name, DatabaseCredentials credentials, SetOptions options = default, CancellationToken ct = default)
    {
        ArgumentNullException.ThrowIfNull(credentials);
        using SecretValue value = credentials.ToValue();
        return await _store.SetAsync(name, value, options with { Type = options.Type ?? SecretType.DatabaseCredentials }, ct).ConfigureAwait(false);
    }

    /// <summary>Reads an API key. The caller owns it.</summary>
    /// <exception cref="SecretNotFoundException">There is no such secret.</exception>
    /// <exception cref="VaultConfigurationException">A field is missing or does not fit; the message names it.</exception>
    public async ValueTask<ApiKey> GetApiKeyAsync(SecretName name, CancellationToken ct = default)
    {
        using SecretData data = await _store.GetAsync(name, ct: ct).ConfigureAwait(false);
        return ApiKey.Read(data);
    }

    /// <summary>Writes an API key. Its type is <see cref="SecretType.ApiKey"/> unless the options name another.</summary>
    public async ValueTask<SecretMetadata> StoreApiKeyAsync(SecretName name, ApiKey apiKey, SetOptions options = default, CancellationToken ct = default)
    {
        ArgumentNullException.ThrowIfNull(apiKey);
        using SecretValue value = apiKey.ToValue();
        return await _store.SetAsync(name, value, options with { Type = options.Type ?? SecretType.ApiKey }, ct).ConfigureAwait(false);
    }

    /// <summary>Reads a certificate with its private key. The caller owns it.</summary>
    /// <exception cref="SecretNotFoundException">There is no such secret.</exception>
    /// <exception cref="VaultConfigurationException">It is not a certificate with the key that belongs to it.</exception>
    public async ValueTask<CertificateCredentials> GetCertificateAsync(SecretName name, CancellationToken ct = default)
    {
        using SecretData data = await _store.GetAsync(name, ct: ct).ConfigureAwait(false);
        return CertificateCredentials.Read(data);
    }

    /// <summary>Writes a certificate as PEM. One that has expired or whose key does not belong to it is refused; the secret's expiry is the certificate's unless the options name another.</summary>
    /// <param name="name">The secret.</param>
    /// <param name="certificates">PEM: the certificate, then intermediates.</param>
    /// <param name="key">PEM: the private key.</param>
    /// <param name="options">How it is written.</param>
    /// <param name="time">The clock; the system's when null.</param>
    /// <param name="ct">Cancels.</param>
    public async ValueTask<SecretMetadata> StoreCertificateAsync(SecretName name, ReadOnlyMemory<byte> certificates, ReadOnlyMemory<byte> key, SetOptions options = default, TimeProvider? time = null, CancellationToken ct = default)
    {
        using CertificateCredentials checkedPair = CertificateCredentials.FromPem(certificates.Span, key.Span).ThrowIfNotValid(name, (time ?? TimeProvider.System).GetUtcNow());
        using SecretValue value = CertificateCredentials.ToValue(certificates.Span, key.Span);
        return await _store.SetAsync(name, value, options with { Type = options.Type ?? SecretType.Certificate, ExpiresAt = options.ExpiresAt ?? (options.ClearExpiry ? null : checkedPair.ExpiresAt) }, ct).ConfigureAwait(false);
    }

    private static SecretsManager OpenFromEnvironment()
    {
        VaultOptions options = VaultOptions.FromEnvironment();
        using Unlock unlock = Unlock.FromEnvironment()
            ?? throw new VaultConfigurationException("SR1510", "Nothing in the environment opens the vault.", "Set STRONGROOM_KEY_FILE or STRONGROOM_PASSPHRASE_FILE.");
        return SecretsManager.Open(options, unlock);
    }
}
