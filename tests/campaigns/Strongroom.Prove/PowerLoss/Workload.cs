using Strongroom.Audit;

namespace Strongroom.Prove.PowerLoss;

/// <summary>What is done to a vault while the power goes: steps, each of which is acknowledged when it returns.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Prepare">Makes the disk that it starts from; all of that is durable.</param>
/// <param name="Steps">The steps.</param>
internal sealed record Workload(string Name, Func<WorkDisk, Task> Prepare, params Func<WorkDisk, Task>[] Steps)
{
    /// <summary>How a vault is opened again after a crash; the ordinary way if null.</summary>
    public Func<WorkDisk, Task<SecretsManager>>? Reopen { get; init; }
}

/// <summary>A simulated disk with one vault on it, and short ways to use that.</summary>
/// <param name="disk">The disk.</param>
/// <param name="key">The content of the key file.</param>
internal sealed class WorkDisk(SimulatedDisk disk, byte[] key)
{
    public const string VaultPath = "/vault/vault.json";
    public const string Moved = "/moved/vault.json";

    public SimulatedDisk Disk => disk;

    public byte[] Key => key;

    public VaultOptions Options { get; init; } = new()
    {
        Path = VaultPath,
        StateDirectory = "/state",
        Files = disk,
        Time = new StillTime(),
        LockTimeout = TimeSpan.Zero,
        Audit = new AuditOptions { MaxSegmentBytes = 64 * 1024 },
    };

    public WorkDisk On(SimulatedDisk other) => new(other, key) { Options = Options with { Files = other, Time = new StillTime() } };

    public async Task<SecretsManager> OpenAsync()
    {
        using Unlock unlock = Keys.Of(key);
        return await SecretsManager.OpenAsync(Options, unlock).ConfigureAwait(false);
    }

    public async Task CreateAsync()
    {
        using Unlock unlock = Keys.Of(key);
        await using SecretsManager manager = await SecretsManager.CreateAsync(Options, unlock).ConfigureAwait(false);
        disk.Acknowledge();
    }

    /// <summary>Opens the vault, does something, and notes that it was acknowledged.</summary>
    public async Task DoAsync(Func<SecretsManager, Task> step)
    {
        await using SecretsManager manager = await OpenAsync().ConfigureAwait(false);
        await step(manager).ConfigureAwait(false);
        disk.Acknowledge();
    }

    /// <summary>Does something with the credential, and notes that it was acknowledged.</summary>
    public async Task DoAsync(Func<VaultOptions, Unlock, Task> step)
    {
        using Unlock unlock = Keys.Of(key);
        await step(Options, unlock).ConfigureAwait(false);
        disk.Acknowledge();
    }

    public Task SetAsync(string name, string value) => DoAsync(manager => SetAsync(manager, name, value));

    public static async Task SetAsync(SecretsManager manager, string name, string value)
    {
        using SecretValue secret = SecretValue.DangerousFromString(value);
        await manager.SetAsync(name, secret).ConfigureAwait(false);
    }
}
