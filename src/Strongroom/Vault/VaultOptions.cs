using Strongroom.Audit;
using Strongroom.Cryptography;
using Strongroom.Storage;
using Strongroom.Vault;

namespace Strongroom;

/// <summary>How a vault is opened and kept. Binds from configuration with <see cref="FromSettings"/>.</summary>
public sealed record VaultOptions
{
    /// <summary>
    /// A file, or a folder (then <c>strongroom.json</c> in it), or the address of a database (<c>sqlite:PATH</c>, <c>postgres://HOST/DATABASE</c>) whose provider is registered with
    /// <see cref="VaultBackends"/>. Either this or <see cref="Backend"/>.
    /// </summary>
    public string? Path { get; init; }

    /// <summary>Another backend than the local file. The manager disposes of it.</summary>
    public IVaultBackend? Backend { get; init; }

    /// <summary>The policy for new passphrase slots; default Argon2id with 64 MiB, 3 passes, 1 lane.</summary>
    public KdfParameters Encryption { get; init; } = KdfParameters.Default;

    /// <summary>Argon2id with parallelism above 1, from <c>Strongroom.Argon2.Managed</c>.</summary>
    public IArgon2Provider? Argon2 { get; init; }

    /// <summary>How many older versions are kept, 0 to 1,000.</summary>
    public int KeepVersions { get; init; } = 10;

    /// <summary>What a read of an expired secret does.</summary>
    public ExpiryPolicy Expiry { get; init; } = ExpiryPolicy.Warn;

    /// <summary>Distances from expiry at which notices are raised.</summary>
    public IReadOnlyList<TimeSpan> ExpiryWarnings { get; init; } = [TimeSpan.FromDays(14), TimeSpan.FromDays(7), TimeSpan.FromDays(1)];

    /// <summary>How long the version before stays readable after a rotation.</summary>
    public TimeSpan RotationGrace { get; init; } = TimeSpan.FromDays(1);

    /// <summary>The audit log.</summary>
    public AuditOptions Audit { get; init; } = new();

    /// <summary>Whether reads are remembered as <c>last_accessed</c>.</summary>
    public bool TrackAccess { get; init; } = true;

    /// <summary>How long a writer waits for others.</summary>
    public TimeSpan LockTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// In a shared database: how old what a node has cached may be before a read asks the database. Commits of other nodes are usually seen within milliseconds; this bounds it when their notice is lost. Zero: every read asks.
    /// </summary>
    public TimeSpan MaxStaleness { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>While a shared database does not answer: whether secrets that are cached are given as they were. <see cref="SecretsManager.Freshness"/> tells.</summary>
    public bool ServeStale { get; init; } = true;

    /// <summary>In a database: how many bytes of rows a node keeps, still sealed.</summary>
    public long CacheBytes { get; init; } = 32 << 20;

    /// <summary>The largest value in bytes, up to 16 MiB.</summary>
    public int MaxValueBytes { get; init; } = 1024 * 1024;

    /// <summary>Refuse a weak passphrase for a new slot rather than warn.</summary>
    public bool RefuseWeakPassphrase { get; init; }

    /// <summary>Where this machine keeps its marks against rollback; null for the user's state folder.</summary>
    public string? StateDirectory { get; init; }

    /// <summary>The vault must have at least this revision: protects the first use on a machine.</summary>
    public long MinimumRevision { get; init; }

    /// <summary>Open read-only and without regard to marks: for looking into an older copy. Nothing is written, not even marks or audit entries.</summary>
    public bool AsCopy { get; init; }

    /// <summary>Sees every value before it is handed out: for masks of logs and output.</summary>
    public ISecretObserver? Observer { get; init; }

    /// <summary>The clock.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>Where the audit log is kept; null for the folder beside a local vault (<c>FILE.audit</c>), or one in the state folder for other backends.</summary>
    public string? AuditDirectory { get; init; }

    /// <summary>The files of vault, marks and audit log: the operating system's, or a test's.</summary>
    internal IFileSystem? Files { get; init; }

    /// <summary>
    /// Reads options from settings, for instance <c>configuration.GetSection("Strongroom").AsEnumerable(makePathsRelative: true)</c>. Keys are those of the original system:
    /// <c>vault_path</c>, <c>encryption:memory_cost</c>, <c>encryption:time_cost</c>, <c>encryption:parallelism</c>, <c>keep_versions</c>, <c>expiry:policy</c>, <c>expiry:warnings:N</c>, <c>rotation_grace</c>,
    /// <c>audit:enabled</c>, <c>audit:reads</c>, <c>audit:max_segment_bytes</c>, <c>audit:directory</c>, <c>track_access</c>, <c>lock_timeout</c>, <c>max_value_bytes</c>, <c>refuse_weak_passphrase</c>,
    /// <c>state_directory</c>, <c>minimum_revision</c>, <c>max_staleness</c>, <c>serve_stale</c>, <c>cache_bytes</c>. Case does not matter; durations are <c>d.hh:mm:ss</c>.
    /// </summary>
    /// <exception cref="VaultConfigurationException">An unknown key or a value that does not fit: names the key.</exception>
    public static VaultOptions FromSettings(IEnumerable<KeyValuePair<string, string?>> settings) => VaultSettings.Read(settings);

    /// <summary>Options from the environment: <c>STRONGROOM_VAULT</c> (the path or address) and <c>STRONGROOM_STATE_DIR</c>.</summary>
    /// <exception cref="VaultConfigurationException"><c>STRONGROOM_VAULT</c> is not set.</exception>
    public static VaultOptions FromEnvironment() => Environment.GetEnvironmentVariable("STRONGROOM_VAULT") is { Length: > 0 } path
        ? new VaultOptions { Path = path }
        : throw new VaultConfigurationException("SR1502", "STRONGROOM_VAULT is not set, so no vault is named.", "Set it to the path of the vault's file or folder.");

    /// <summary>Names the vault, without the password that its address may hold.</summary>
    public override string ToString() => $"{nameof(VaultOptions)} {{ {Backend?.Location ?? VaultAddress.Describe(Path ?? "")} }}";

    /// <summary>Refuses options that can't be used, before anything is touched.</summary>
    internal void Validate()
    {
        Encryption.Validate();
        Require(Path is not null ^ Backend is not null, "Either Path or Backend names the vault, not both and not none.");
        Require(KeepVersions is >= 0 and <= 1000, "KeepVersions is 0 to 1,000.");
        Require(MaxValueBytes is > 0 and <= HardenedEncryption.MaxPayloadLength - 1024, "MaxValueBytes is 1 to 16,776,192.");
        Require(LockTimeout >= TimeSpan.Zero && LockTimeout <= TimeSpan.FromDays(1), "LockTimeout is from zero to one day.");
        Require(MaxStaleness >= TimeSpan.Zero && MaxStaleness <= TimeSpan.FromDays(1), "MaxStaleness is from zero to one day.");
        Require(CacheBytes is >= 1 << 20 and <= 1L << 40, "CacheBytes is at least 1 MiB.");
        Require(RotationGrace >= TimeSpan.Zero && RotationGrace <= TimeSpan.FromDays(36500), "RotationGrace is not negative and at most 100 years.");
        Require(Audit.MaxSegmentBytes is >= 64 * 1024 and <= 1024L * 1024 * 1024, "Audit.MaxSegmentBytes is 64 KiB to 1 GiB.");
        Require(MinimumRevision >= 0, "MinimumRevision is not negative.");
        Require(ExpiryWarnings.All(static distance => distance > TimeSpan.Zero && distance <= TimeSpan.FromDays(36500)), "ExpiryWarnings are above zero and at most 100 years.");
    }

    private static void Require(bool holds, string what)
    {
        if (!holds)
            throw new VaultConfigurationException("SR1503", $"An option can't be used: {what}", "Correct the option.");
    }
}

/// <summary>What a read of an expired secret does.</summary>
public enum ExpiryPolicy
{
    /// <summary>The value is given; a notice is raised.</summary>
    Warn,

    /// <summary>The value is refused with <see cref="SecretExpiredException"/>.</summary>
    Refuse,
}
