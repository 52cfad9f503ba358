using System.Buffers;
using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;
using Strongroom.Audit;

namespace Strongroom.Hosting;

/// <summary>
/// What configuration loaded last, sealed in a small vault of its own that the same credential opens: nothing here but the engine seals. Read only when the vault is away; a vault that was tampered with is no reason to.
/// </summary>
internal sealed class SealedSnapshot(string path, VaultOptions vault) : IDisposable
{
    private static readonly SecretName Name = "configuration";
    private readonly VaultOptions _options = new()
    {
        Path = path,
        StateDirectory = path + ".state",
        Encryption = vault.Encryption,
        Argon2 = vault.Argon2,
        KeepVersions = 0,
        TrackAccess = false,
        MaxValueBytes = 16 * 1024 * 1024 - 1024,
        LockTimeout = TimeSpan.FromSeconds(2),
        Audit = new AuditOptions { Enabled = false },
        Time = vault.Time,
    };

    private SecretsManager? _manager;

    /// <summary>The values and when they were loaded; null when there is no snapshot.</summary>
    public static (LoadedConfiguration Loaded, DateTimeOffset At)? Read(string path, VaultOptions vault, Unlock unlock)
    {
        using var snapshot = new SealedSnapshot(path, vault);
        if (!File.Exists(path))
            return null;
        using SecretsManager manager = SecretsManager.Open(snapshot._options, unlock);
        using SecretData? data = manager.TryGet(Name);
        return data is null ? null : (Parse(data.Value.Span), data.Metadata.UpdatedAt);
    }

    /// <summary>Opens it for writing, or makes it, or makes it anew when the credential has changed since.</summary>
    public async ValueTask OpenAsync(Unlock unlock, CancellationToken ct)
    {
        try
        {
            _manager = await SecretsManager.OpenOrCreateAsync(_options, unlock, ct).ConfigureAwait(false);
        }
        catch (Exception error) when (error is VaultLockedException or VaultIntegrityException)
        {
            File.Delete(path);
            if (Directory.Exists(_options.StateDirectory))
                Directory.Delete(_options.StateDirectory, recursive: true);
            _manager = await SecretsManager.CreateAsync(_options, unlock, ct).ConfigureAwait(false);
        }
    }

    public async ValueTask WriteAsync(LoadedConfiguration loaded, CancellationToken ct)
    {
        if (_manager is null)
            return;
        using SecretValue value = Format(loaded);
        using SecretData? before = await _manager.TryGetAsync(Name, ct: ct).ConfigureAwait(false);
        if (before?.Value.FixedTimeEquals(value) != true)
            await _manager.SetAsync(Name, value, ct: ct).ConfigureAwait(false);
    }

    public void Dispose() => _manager?.Dispose();

    private static SecretValue Format(LoadedConfiguration loaded)
    {
        var buffer = new ArrayBufferWriter<byte>(4096);
        using (var writer = new Utf8JsonWriter(buffer))
        {
            writer.WriteStartObject();
            writer.WriteStartArray("secrets");
            foreach (SecretName name in loaded.Secrets.Order())
                writer.WriteStringValue(name.ToString());
            writer.WriteEndArray();
            writer.WriteStartObject("values");
            foreach ((string key, LoadedValue value) in loaded.Values.OrderBy(static pair => pair.Key, StringComparer.Ordinal))
            {
                writer.WriteStartArray(key);
                writer.WriteStringValue(value.Value);
                if (value.ExpiresAt is { } expires)
                    writer.WriteStringValue(expires.ToString("O", CultureInfo.InvariantCulture));
                writer.WriteEndArray();
            }

            writer.WriteEndObject();
            writer.WriteEndObject();
        }

        try
        {
            return SecretValue.FromBytes(buffer.WrittenSpan);
        }
        finally
        {
            // What it was copied from: the writer's last array. Earlier, smaller ones are garbage, as are the strings that configuration holds anyway.
            CryptographicOperations.ZeroMemory(System.Runtime.InteropServices.MemoryMarshal.AsMemory(buffer.WrittenMemory).Span);
        }
    }

    private static LoadedConfiguration Parse(ReadOnlySpan<byte> json)
    {
        var values = new Dictionary<string, LoadedValue>(StringComparer.OrdinalIgnoreCase);
        var reader = new Utf8JsonReader(json);
        using JsonDocument document = JsonDocument.ParseValue(ref reader);
        foreach (JsonProperty property in document.RootElement.GetProperty("values").EnumerateObject())
        {
            DateTimeOffset? expires = property.Value.GetArrayLength() > 1 ? DateTimeOffset.ParseExact(property.Value[1].GetString()!, "O", CultureInfo.InvariantCulture) : null;
            values[property.Name] = new LoadedValue(property.Value[0].GetString(), expires);
        }

        return new LoadedConfiguration(values, document.RootElement.GetProperty("secrets").EnumerateArray().Select(static name => SecretName.Parse(name.GetString()!)).ToHashSet());
    }
}
