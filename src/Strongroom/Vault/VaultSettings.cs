using System.Globalization;
using Strongroom.Audit;
using Strongroom.Cryptography;

namespace Strongroom.Vault;

/// <summary>Reads <see cref="VaultOptions"/> from flat settings. A key that is not known is an error, so that a typing mistake does not weaken a vault in silence.</summary>
internal static class VaultSettings
{
    public static VaultOptions Read(IEnumerable<KeyValuePair<string, string?>> settings)
    {
        ArgumentNullException.ThrowIfNull(settings);
        var options = new VaultOptions();
        KdfParameters kdf = options.Encryption;
        var warnings = new SortedDictionary<string, TimeSpan>(StringComparer.OrdinalIgnoreCase);
        foreach ((string key, string? value) in settings)
        {
            // A section itself is listed with a null value.
            if (value is null || value.Length == 0 && key.Length == 0)
                continue;
            string name = key.ToLowerInvariant();
            switch (name)
            {
                case "encryption:memory_cost":
                    kdf = kdf with { MemoryCost = Int(key, value) };
                    break;
                case "encryption:time_cost":
                    kdf = kdf with { TimeCost = Int(key, value) };
                    break;
                case "encryption:parallelism":
                    kdf = kdf with { Parallelism = Int(key, value) };
                    break;
                default:
                    if (name.StartsWith("expiry:warnings:", StringComparison.Ordinal))
                        warnings[name] = Duration(key, value);
                    else
                        options = Apply(options, name, key, value);
                    break;
            }
        }

        kdf.Validate();
        return options with { Encryption = kdf, ExpiryWarnings = warnings.Count == 0 ? options.ExpiryWarnings : [.. warnings.Values] };
    }

    private static VaultOptions Apply(VaultOptions options, string name, string key, string value) => name switch
    {
        "vault_path" => options with { Path = value },
        "keep_versions" => options with { KeepVersions = Int(key, value) },
        "expiry:policy" => options with { Expiry = Choice<ExpiryPolicy>(key, value) },
        "rotation_grace" => options with { RotationGrace = Duration(key, value) },
        "audit:enabled" => options with { Audit = options.Audit with { Enabled = Bool(key, value) } },
        "audit:reads" => options with { Audit = options.Audit with { Reads = Choice<AuditReads>(key, value) } },
        "audit:max_segment_bytes" => options with { Audit = options.Audit with { MaxSegmentBytes = Int(key, value) } },
        "audit:gather_interval" => options with { Audit = options.Audit with { GatherInterval = Duration(key, value) } },
        "audit:directory" => options with { AuditDirectory = value },
        "track_access" => options with { TrackAccess = Bool(key, value) },
        "lock_timeout" => options with { LockTimeout = Duration(key, value) },
        "max_staleness" => options with { MaxStaleness = Duration(key, value) },
        "serve_stale" => options with { ServeStale = Bool(key, value) },
        "cache_bytes" => options with { CacheBytes = Int(key, value) },
        "max_value_bytes" => options with { MaxValueBytes = Int(key, value) },
        "refuse_weak_passphrase" => options with { RefuseWeakPassphrase = Bool(key, value) },
        "state_directory" => options with { StateDirectory = value },
        "minimum_revision" => options with { MinimumRevision = Int(key, value) },
        _ => throw new VaultConfigurationException("SR1504", $"The setting '{key}' is not known.", "See docs/configuration.md for the settings."),
    };

    private static int Int(string key, string value) =>
        int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out int number) ? number : throw Unfit(key, "a whole number");

    private static bool Bool(string key, string value) => bool.TryParse(value, out bool flag) ? flag : throw Unfit(key, "true or false");

    private static TimeSpan Duration(string key, string value) =>
        TimeSpan.TryParse(value, CultureInfo.InvariantCulture, out TimeSpan duration) ? duration : throw Unfit(key, "a duration such as 00:00:10 or 14.00:00:00");

    private static T Choice<T>(string key, string value)
        where T : struct, Enum =>
        Enum.TryParse(value, ignoreCase: true, out T choice) && Enum.IsDefined(choice) && !int.TryParse(value, CultureInfo.InvariantCulture, out _)
            ? choice
            : throw Unfit(key, "one of " + string.Join(", ", Enum.GetNames<T>()));

    private static VaultConfigurationException Unfit(string key, string what) =>
        new("SR1505", $"The setting '{key}' has a value that does not fit: it is {what}.", "Correct it; see docs/configuration.md.");
}
