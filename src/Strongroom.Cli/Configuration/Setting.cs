namespace Strongroom.Cli.Configuration;

/// <summary>Something that can be configured.</summary>
/// <param name="Name">Its key in configuration files.</param>
/// <param name="Variable">The environment variable that stands for it, or null.</param>
/// <param name="Default">What holds when nobody says anything, or null.</param>
/// <param name="IsPath">Whether a relative value is relative to the folder of its file.</param>
/// <param name="UserOnly">Whether a project's file may not set it: what unlocks and for how long, where marks are kept, and which profile is in use, is never a repository's business.</param>
/// <param name="Description">For people.</param>
internal sealed record Setting(string Name, string? Variable, string? Default, bool IsPath, bool UserOnly, string Description)
{
    public static Setting Vault { get; } = new("vault", "STRONGROOM_VAULT", null, true, false, "the vault: a file, a folder, or an address");

    public static Setting KeyFile { get; } = new("key_file", "STRONGROOM_KEY_FILE", null, true, true, "the key file that opens it");

    public static Setting PassphraseFile { get; } = new("passphrase_file", "STRONGROOM_PASSPHRASE_FILE", null, true, true, "a file with the passphrase");

    public static Setting StateFolder { get; } = new("state_dir", "STRONGROOM_STATE_DIR", null, true, true, "where this machine keeps its marks against rollback");

    public static Setting LockTimeout { get; } = new("lock_timeout", "STRONGROOM_LOCK_TIMEOUT", "10s", false, false, "how long to wait for other writers");

    public static Setting UnlockIdle { get; } = new("unlock_idle", "STRONGROOM_UNLOCK_IDLE", "15m", false, true, "unlock: lock after this time without use");

    public static Setting UnlockTtl { get; } = new("unlock_ttl", "STRONGROOM_UNLOCK_TTL", "8h", false, true, "unlock: lock after this time in any case");

    public static Setting Profile { get; } = new("profile", "STRONGROOM_PROFILE", null, false, true, "the profile in use when none is named");

    /// <summary>All of them.</summary>
    public static IReadOnlyList<Setting> All { get; } = [Vault, KeyFile, PassphraseFile, StateFolder, LockTimeout, UnlockIdle, UnlockTtl, Profile];

    /// <summary>The setting of a name, or null.</summary>
    public static Setting? Named(string name) => All.FirstOrDefault(setting => setting.Name == name);
}

/// <summary>A value, and where it comes from.</summary>
/// <param name="Value">As it is used: paths are complete.</param>
/// <param name="Source">For people: a file, a variable, an option.</param>
/// <param name="IsFile">Whether it comes from a configuration file.</param>
internal sealed record Configured(string Value, string Source, bool IsFile);
