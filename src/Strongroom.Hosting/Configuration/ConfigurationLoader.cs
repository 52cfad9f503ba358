using Microsoft.Extensions.Configuration;

namespace Strongroom.Hosting;

/// <summary>Reads what a configuration takes from a vault. Keeps what it has read, and reads again only what has changed: each version is audited once.</summary>
internal sealed class ConfigurationLoader(StrongroomConfigurationOptions options, OtherConfiguration others, BufferedDiagnostics diagnostics) : IDisposable
{
    private const int Attempts = 5;
    private readonly HashSet<(SecretName, long, string)> _said = [];
    private readonly SemaphoreSlim _one = new(1, 1);
    private Dictionary<(SecretName Name, long? Version), KnownSecret> _known = [];
    private long _number;

    private StrongroomConfigurationOptions Options => options;

    private OtherConfiguration Others => others;

    /// <summary>Reads all of it, as of one revision of the vault unless that changes all the time.</summary>
    public async ValueTask<LoadedConfiguration> LoadAsync(SecretsManager vault, CancellationToken ct)
    {
        await _one.WaitAsync(ct).ConfigureAwait(false);
        try
        {
            for (int attempt = 1; ; attempt++)
            {
                long revision = (await vault.StatusAsync(ct).ConfigureAwait(false)).Revision;
                LoadedConfiguration loaded = await new Loading(this, vault, ct).RunAsync().ConfigureAwait(false);
                if (attempt == Attempts || vault.Revision == revision)
                    return loaded with { Number = ++_number };
            }
        }
        finally
        {
            _one.Release();
        }
    }

    public void Dispose() => _one.Dispose();

    private void SayOnce(SecretName name, SecretMetadata metadata, string what, Action<Microsoft.Extensions.Logging.ILogger> message)
    {
        if (_said.Add((name, metadata.Version, what)))
            diagnostics.Say(message);
    }

    private sealed class Loading(ConfigurationLoader loader, SecretsManager vault, CancellationToken ct)
    {
        private readonly StrongroomConfigurationOptions _options = loader.Options;
        private readonly Dictionary<(SecretName Name, long? Version), KnownSecret> _known = [];
        private readonly Dictionary<string, LoadedValue> _values = new(StringComparer.OrdinalIgnoreCase);
        private readonly Dictionary<string, SecretName> _keys = new(StringComparer.OrdinalIgnoreCase);
        private readonly HashSet<SecretName> _secrets = [];

        public async ValueTask<LoadedConfiguration> RunAsync()
        {
            if (_options.Prefix is { } prefix)
                await ByNameAsync(prefix).ConfigureAwait(false);
            if (_options.ResolveReferences)
                await ByReferenceAsync().ConfigureAwait(false);
            loader._known = _known;
            return new LoadedConfiguration(_values, _secrets);
        }

        private async ValueTask ByNameAsync(string prefix)
        {
            await foreach (SecretEntry entry in vault.ListAsync(new SecretQuery { Prefix = prefix }, ct).ConfigureAwait(false))
            {
                if (_options.Select?.Invoke(entry) is false)
                    continue;
                _secrets.Add(entry.Name);
                if (await ReadAsync(entry.Name, null, entry.Metadata).ConfigureAwait(false) is not { } secret)
                    continue;
                foreach ((string? field, string? text) in secret.Values)
                {
                    string key = KeyOf(entry.Name, prefix, field);
                    if (text is null)
                        loader.SayOnce(entry.Name, secret.Metadata, "text", logger => logger.NotText(entry.Name.ToString(), key));
                    else if (_keys.TryGetValue(key, out SecretName other))
                        throw new VaultConfigurationException("SR1714", $"The secrets {other} and {entry.Name} both are the key '{key}'.", "Rename one, or leave one out with Select.");
                    else
                        (_keys[key], _values[key]) = (entry.Name, new LoadedValue(text, secret.Metadata.ExpiresAt));
                }
            }
        }

        private async ValueTask ByReferenceAsync()
        {
            foreach ((string key, string text) in loader.Others.Values())
            {
                if (!ReferenceText.HasReferences(text))
                    continue;
                IReadOnlyList<SecretReference> references = ReferenceText.Of(key, text);
                if (!references.All(reference => reference.Store == _options.Store))
                    continue;
                DateTimeOffset? expires = null;
                bool leftOut = false;
                foreach (SecretReference reference in references)
                {
                    _secrets.Add(reference.Name);
                    KnownSecret? secret = await ReferredAsync(key, reference).ConfigureAwait(false);
                    leftOut |= secret is null;
                    expires = secret?.Metadata.ExpiresAt is { } at && !(expires < at) ? at : expires;
                }

                _values[key] = new LoadedValue(leftOut ? null : ReferenceText.Replace(key, text, reference => _known[(reference.Name, reference.Version)].Select(key, reference)), expires);
            }
        }

        private async ValueTask<KnownSecret?> ReferredAsync(string key, SecretReference reference)
        {
            SecretMetadata metadata = await vault.GetMetadataAsync(reference.Name, ct).ConfigureAwait(false) is { IsDeleted: false } found
                ? found
                : throw new SecretNotFoundException("SR1716", $"'{key}' refers to {reference}, and there is no such secret.", $"Write it with: strongroom set {reference.Name}");
            return await ReadAsync(reference.Name, reference.Version, metadata, required: true).ConfigureAwait(false);
        }

        // Null for a secret that is left out because it has expired, or is gone since it was listed.
        private async ValueTask<KnownSecret?> ReadAsync(SecretName name, long? version, SecretMetadata metadata, bool required = false)
        {
            if (metadata.ExpiresAt <= _options.Time.GetUtcNow())
            {
                if (_options.Expired == ExpiredSecrets.Fail)
                    throw new SecretExpiredException("SR1715", $"The secret {name} expired at {metadata.ExpiresAt:yyyy-MM-dd HH:mm} UTC.", $"Rotate it: strongroom rotate {name}");
                loader.SayOnce(name, metadata, "expired", logger => logger.ExpiredInConfiguration(name.ToString(), metadata.ExpiresAt!.Value, _options.Expired == ExpiredSecrets.Skip ? "left out" : "used all the same"));
                if (_options.Expired == ExpiredSecrets.Skip)
                    return null;
            }

            if (_known.TryGetValue((name, version), out KnownSecret? known))
                return known;
            if (loader._known.TryGetValue((name, version), out known) && (version is not null || known.Is(metadata)))
                return _known[(name, version)] = known.With(metadata);
            using SecretData? data = required ? await vault.GetAsync(name, version, ct).ConfigureAwait(false) : await vault.TryGetAsync(name, version, ct).ConfigureAwait(false);
            return data is null ? null : _known[(name, version)] = new KnownSecret(data);
        }

        private static string KeyOf(SecretName name, string prefix, string? field)
        {
            string text = name.ToString();
            string rest = text[prefix.Length..].TrimStart('/');
            if (rest.Length == 0 && field is null)
                rest = text[(text.LastIndexOf('/') + 1)..];
            string key = rest.Replace("/", ConfigurationPath.KeyDelimiter, StringComparison.Ordinal).Replace("--", ConfigurationPath.KeyDelimiter, StringComparison.Ordinal);
            string? last = field?.Replace("--", ConfigurationPath.KeyDelimiter, StringComparison.Ordinal);
            return last is null ? key : key.Length == 0 ? last : ConfigurationPath.Combine(key, last);
        }
    }
}
