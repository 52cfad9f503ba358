using Strongroom.Audit;

namespace Strongroom.Prove.PowerLoss;

/// <summary>Every kind of write, from an ordinary vault and from awkward places.</summary>
internal static class Workloads
{
    private static readonly byte[] OtherKey = Keys.NewBytes();

    public static IReadOnlyList<Workload> All { get; } =
    [
        new("create", static _ => Task.CompletedTask, static disk => disk.CreateAsync(), static disk => disk.SetAsync("a", "first")),
        new("create-over", PrepareGoneAsync, static disk => disk.CreateAsync()),
        new("set", PrepareAsync, static disk => disk.SetAsync("new", "value"), static disk => disk.SetAsync("a", "again")),
        new("set-large", PrepareAsync, static disk => disk.SetAsync("large", new string('x', 6000)), static disk => disk.SetAsync("a", "again")),
        new("set-three", PrepareAsync, static disk => disk.DoAsync(ThreeAsync)),
        new("rotate", PrepareAsync, static disk => disk.DoAsync(RotateAsync), static disk => disk.DoAsync(RotateAsync)),
        new("delete", PrepareAsync, static disk => disk.DoAsync(async manager => await manager.DeleteAsync("a")), static disk => disk.DoAsync(async manager => await manager.RestoreAsync("a"))),
        new("purge", PrepareAsync, static disk => disk.DoAsync(async manager => await manager.PurgeAsync("a")), static disk => disk.SetAsync("a", "another life")),
        new("roll-back", PrepareAsync, static disk => disk.DoAsync(async manager => await manager.RollbackAsync("b", 1))),
        new("metadata", PrepareAsync, static disk => disk.DoAsync(async manager => await manager.UpdateMetadataAsync("a", new MetadataChange { Description = "described" }))),
        new("batch", PrepareAsync, static disk => disk.DoAsync(BatchAsync), static disk => disk.SetAsync("b", "after")),
        new("read", PrepareAsync, static disk => disk.DoAsync(ReadAsync), static disk => disk.SetAsync("a", "after a read"), static disk => disk.DoAsync(ReadAsync)),
        new("slot-add", PrepareAsync, static disk => disk.DoAsync(AddSlotAsync), static disk => disk.DoAsync(RemoveSlotAsync)),
        new("rekey", PrepareAsync, static disk => disk.DoAsync(async manager => await manager.RekeyAsync()), static disk => disk.SetAsync("a", "after")),
        new("log-restart", PrepareAsync, static disk => disk.DoAsync(async manager => await manager.Audit.RestartAsync()), static disk => disk.SetAsync("a", "after")),
        new("log-rotation", PrepareFullLogAsync, static disk => disk.SetAsync("a", "one"), static disk => disk.SetAsync("a", "two"), static disk => disk.SetAsync("a", "three")),
        new("log-lost", PrepareLostStateAsync, static disk => disk.SetAsync("a", "one"), static disk => disk.SetAsync("a", "two")),
        new("backup", PrepareAsync, static disk => disk.DoAsync(async manager => await manager.BackupAsync("/vault/copy.json")), static disk => disk.SetAsync("a", "after")),
        new("restore", PrepareCopyAsync, static disk => disk.DoAsync(RestoreAsync), static disk => disk.SetAsync("a", "after")),
        new("restore-rekeyed", PrepareRekeyedCopyAsync, static disk => disk.DoAsync(RestoreAsync), static disk => disk.SetAsync("a", "after")),
        new("restore-lost", PrepareGoneWithCopyAsync, static disk => disk.DoAsync(RestoreAsync), static disk => disk.SetAsync("a", "after")),
        new("accept", PrepareRolledBackAsync, static disk => disk.DoAsync(async (options, unlock) => await SecretsManager.AcceptRollbackAsync(options, unlock)), static disk => disk.SetAsync("a", "after")),
        new("migrate", PrepareAsync, static disk => disk.DoAsync(MigrateAsync)) { Reopen = ReopenMovedAsync },
        new("marks-gone", PrepareUnmarkedAsync, static disk => disk.SetAsync("a", "one"), static disk => disk.SetAsync("a", "two")),
    ];

    private static async Task PrepareAsync(WorkDisk disk)
    {
        await disk.CreateAsync();
        await disk.DoAsync(async manager =>
        {
            await WorkDisk.SetAsync(manager, "a", "value of a");
            await WorkDisk.SetAsync(manager, "b", "value of b");
            await WorkDisk.SetAsync(manager, "b", "second value of b");
            (await manager.GetAsync("a")).Dispose();
        });
    }

    private static async Task PrepareGoneAsync(WorkDisk disk)
    {
        await PrepareAsync(disk);
        foreach ((string path, _) in disk.Disk.Files.ToList())
        {
            if (path.StartsWith("/vault/", StringComparison.Ordinal))
                disk.Disk.Delete(path);
        }
    }

    private static async Task PrepareFullLogAsync(WorkDisk disk)
    {
        await PrepareAsync(disk);
        VaultOptions durable = disk.Options with { Audit = disk.Options.Audit with { Reads = AuditReads.Durable } };
        using Unlock unlock = Keys.Of(disk.Key);
        await using SecretsManager manager = await SecretsManager.OpenAsync(durable, unlock);
        while (disk.Disk.Files.Single(static file => file.Path.EndsWith(".jsonl", StringComparison.Ordinal)).Bytes.Length < (64 * 1024) - 700)
            (await manager.GetAsync("a")).Dispose();
    }

    private static async Task PrepareLostStateAsync(WorkDisk disk)
    {
        await PrepareAsync(disk);
        disk.Disk.Delete(disk.Disk.Files.Single(static file => file.Path.EndsWith("/state", StringComparison.Ordinal)).Path);
    }

    private static async Task PrepareCopyAsync(WorkDisk disk)
    {
        await PrepareAsync(disk);
        await disk.DoAsync(async manager => await manager.BackupAsync("/copy/vault.json"));
        await disk.SetAsync("a", "newer than the copy");
        await disk.SetAsync("c", "newer than the copy");
    }

    private static async Task PrepareRekeyedCopyAsync(WorkDisk disk)
    {
        await PrepareCopyAsync(disk);
        await disk.DoAsync(async manager => await manager.RekeyAsync());
    }

    private static async Task PrepareGoneWithCopyAsync(WorkDisk disk)
    {
        await PrepareCopyAsync(disk);
        disk.Disk.Delete(WorkDisk.VaultPath);
    }

    private static async Task PrepareRolledBackAsync(WorkDisk disk)
    {
        await PrepareRekeyedCopyAsync(disk);
        disk.Disk.Put(WorkDisk.VaultPath, disk.Disk.Read("/copy/vault.json")!);
    }

    private static async Task PrepareUnmarkedAsync(WorkDisk disk)
    {
        await PrepareAsync(disk);
        foreach ((string path, _) in disk.Disk.Files.ToList())
        {
            if (path.StartsWith("/state/", StringComparison.Ordinal))
                disk.Disk.Delete(path);
        }
    }

    private static async Task ThreeAsync(SecretsManager manager)
    {
        // Only the last is acknowledged to the harness, so any of them may be the newest: the batch below is what is compared.
        using SecretValue value = SecretValue.DangerousFromString("one of three");
        await manager.CommitAsync(new SecretBatch().Set("x", value).Set("y", value).Set("z", value));
    }

    private static async Task RotateAsync(SecretsManager manager)
    {
        using SecretValue value = SecretValue.DangerousFromString("rotated");
        await manager.RotateAsync("a", value);
    }

    private static async Task BatchAsync(SecretsManager manager)
    {
        using SecretValue value = SecretValue.DangerousFromString("of a batch");
        await manager.CommitAsync(new SecretBatch().Set("c", value).Rotate("a", value).Delete("b"));
    }

    private static async Task ReadAsync(SecretsManager manager)
    {
        (await manager.GetAsync("a")).Dispose();
        (await manager.GetAsync("b")).Dispose();
        manager.Audit.Flush();
    }

    private static async Task AddSlotAsync(SecretsManager manager)
    {
        using Unlock other = Keys.Of(OtherKey);
        await manager.Slots.AddAsync(other, "second");
    }

    private static async Task RemoveSlotAsync(SecretsManager manager) =>
        await manager.Slots.RemoveAsync((await manager.Slots.ListAsync()).Single(static slot => slot.Label == "second").Id);

    private static async Task RestoreAsync(VaultOptions options, Unlock unlock) => await SecretsManager.RestoreVaultAsync(options, "/copy/vault.json", unlock);

    private static async Task MigrateAsync(VaultOptions options, Unlock unlock) => await SecretsManager.MigrateAsync(options, options with { Path = WorkDisk.Moved }, unlock);

    // A move that was interrupted goes on when the same is asked for again; one that was not is over.
    private static async Task<SecretsManager> ReopenMovedAsync(WorkDisk disk)
    {
        using Unlock unlock = Keys.Of(disk.Key);
        VaultOptions moved = disk.Options with { Path = WorkDisk.Moved };
        await using (SecretsManager source = await SecretsManager.OpenAsync(disk.Options, unlock))
        {
            if (!source.Warnings.Any(static warning => warning.Contains("has been moved to", StringComparison.Ordinal)))
                return await SecretsManager.OpenAsync(disk.Options, unlock);
        }

        try
        {
            return await SecretsManager.OpenAsync(moved, unlock);
        }
        catch (StrongroomException error) when (error.Code is "SR1450" or "SR1410")
        {
            await MigrateAsync(disk.Options, unlock);
            return await SecretsManager.OpenAsync(moved, unlock);
        }
    }
}
