namespace Strongroom;

/// <summary>Which vault an application uses, and what opens it. What is not set comes from the environment, as for the command: see <c>docs/configuration.md</c>.</summary>
public class StrongroomOptions
{
    /// <summary>The vault's file or folder; null for <c>STRONGROOM_VAULT</c>.</summary>
    public string? Vault { get; set; }

    /// <summary>A key file that opens it; null for what the environment names.</summary>
    public string? KeyFile { get; set; }

    /// <summary>A file with the passphrase; together with <see cref="KeyFile"/>: both are needed.</summary>
    public string? PassphraseFile { get; set; }

    /// <summary>What opens the vault, for everything else. Called for each attempt to open it; the result is disposed of afterwards.</summary>
    public Func<Unlock>? Unlock { get; set; }

    /// <summary>All other options of the vault: another backend, audit, what happens with expired secrets, when notices of expiry are raised. Called for each attempt to open the vault.</summary>
    public Func<VaultOptions, VaultOptions>? ConfigureVault { get; set; }

    /// <summary>Whether metrics name secrets. Off by default: names tell much, and each is a series of its own.</summary>
    public bool NameSecretsInTelemetry { get; set; }

    internal VaultOptions VaultOptions()
    {
        string? path = Vault ?? Environment.GetEnvironmentVariable("STRONGROOM_VAULT");
        VaultOptions options = new() { Path = string.IsNullOrEmpty(path) ? null : path };
        options = ConfigureVault?.Invoke(options) ?? options;
        if (options.Backend is not null && options.Path is not null)
            options = options with { Path = null };
        return options.Path is null && options.Backend is null
            ? throw new VaultConfigurationException("SR1701", "No vault is named.", "Set Vault in AddStrongroom(o => o.Vault = …), or STRONGROOM_VAULT in the environment.")
            : options;
    }

    internal Unlock OpenWith()
    {
        if (Unlock is not null)
            return Unlock();
        if (PassphraseFile is not null && KeyFile is not null)
            return Strongroom.Unlock.PassphraseFileAndKeyFile(PassphraseFile, KeyFile);
        if (KeyFile is not null)
            return Strongroom.Unlock.KeyFile(KeyFile);
        if (PassphraseFile is not null)
            return Strongroom.Unlock.PassphraseFile(PassphraseFile);
        return Strongroom.Unlock.FromEnvironment() ?? throw new VaultConfigurationException(
            "SR1702", "Nothing is named that opens the vault.", "Set KeyFile or PassphraseFile in AddStrongroom, or STRONGROOM_KEY_FILE or STRONGROOM_PASSPHRASE_FILE in the environment.");
    }
}
