namespace Strongroom;

/// <summary>An API key. Fields in the vault: <c>key</c>, and where there are <c>secret</c>, <c>passphrase</c>, <c>endpoint</c>.</summary>
public sealed class ApiKey : IDisposable
{
    /// <summary>A key and its companions as UTF-8 bytes, which are copied; empty ones are absent.</summary>
    /// <param name="key">The key.</param>
    /// <param name="secret">The secret, or empty.</param>
    /// <param name="passphrase">The passphrase, or empty.</param>
    /// <param name="endpoint">An absolute address, or null.</param>
    public ApiKey(ReadOnlySpan<byte> key, ReadOnlySpan<byte> secret = default, ReadOnlySpan<byte> passphrase = default, Uri? endpoint = null)
    {
        if (key.IsEmpty)
            throw new ArgumentException("An API key is not empty.", nameof(key));
        if (endpoint is { IsAbsoluteUri: false })
            throw new ArgumentException("The endpoint is an absolute address.", nameof(endpoint));
        Key = SecretValue.FromBytes(key);
        Secret = secret.IsEmpty ? null : SecretValue.FromBytes(secret);
        Passphrase = passphrase.IsEmpty ? null : SecretValue.FromBytes(passphrase);
        Endpoint = endpoint;
    }

    /// <summary>The key.</summary>
    public SecretValue Key { get; }

    /// <summary>The secret, or null.</summary>
    public SecretValue? Secret { get; }

    /// <summary>The passphrase, or null.</summary>
    public SecretValue? Passphrase { get; }

    /// <summary>The endpoint, or null.</summary>
    public Uri? Endpoint { get; }

    /// <summary>Without anything secret.</summary>
    public override string ToString() => Endpoint is null ? "***" : $"*** at {Endpoint.Host}";

    /// <inheritdoc/>
    public void Dispose()
    {
        Key.Dispose();
        Secret?.Dispose();
        Passphrase?.Dispose();
    }

    /// <summary>Reads the fields of a secret, for a <see cref="LiveSecret{T}"/>: <c>vault.Live("broker/binance", ApiKey.Read)</c>. The caller owns the key.</summary>
    /// <exception cref="VaultConfigurationException">A field is missing or does not fit; the message names it.</exception>
    public static ApiKey Read(SecretData data)
    {
        ArgumentNullException.ThrowIfNull(data);
        // A key written as a plain value is a key without companions.
        if (!data.Value.HasFields && data.Value.Span.Length > 0)
            return new ApiKey(data.Value.Span);
        var fields = new FieldReader(data, "an API key");
        Uri? endpoint = null;
        if (fields.Has("endpoint") && !Uri.TryCreate(fields.Text("endpoint"), UriKind.Absolute, out endpoint))
            throw fields.Unfit("endpoint", "an absolute address such as https://api.example.com");
        return new ApiKey(fields.Bytes("key"), fields.Optional("secret"), fields.Optional("passphrase"), endpoint);
    }

    internal SecretValue ToValue()
    {
        var fields = new List<KeyValuePair<string, SecretValue>> { new("key", SecretValue.FromBytes(Key.Span)) };
        if (Secret is not null)
            fields.Add(new("secret", SecretValue.FromBytes(Secret.Span)));
        if (Passphrase is not null)
            fields.Add(new("passphrase", SecretValue.FromBytes(Passphrase.Span)));
        if (Endpoint is not null)
            fields.Add(new("endpoint", SecretValue.DangerousFromString(Endpoint.OriginalString)));
        return SecretValue.FromFields(fields);
    }
}
