using Strongroom.Backends.PostgreSql;
using Strongroom.Backends.Sqlite;
using Strongroom.Backends.Tests.PostgreSql;

namespace Strongroom.Backends.Tests;

/// <summary>Vaults move, are backed up and restored between a file, SQLite and PostgreSQL.</summary>
public sealed class MovingTests : IClassFixture<PostgreSqlFixture>, IDisposable
{
    private readonly TestVault _vault = new();
    private readonly PostgreSqlServer _server;

    public MovingTests(PostgreSqlFixture fixture)
    {
        _server = fixture.Server;
        VaultBackends.Register(SqliteBackend.Provider);
        VaultBackends.Register(PostgreSqlBackend.Provider);
    }

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    private string Sqlite => "sqlite:" + Path.Combine(_vault.Folder, "vault.db");

    public void Dispose() => _vault.Dispose();

    [Fact]
    public async Task A_vault_goes_from_a_file_to_SQLite_to_PostgreSQL_and_back()
    {
        await using (SecretsManager manager = await _vault.CreateAsync())
        {
            await FillAsync(manager);
            using Unlock second = Unlock.DangerousPassphrase("correct horse battery staple");
            await manager.Slots.AddAsync(second, "people", Ct);
        }

        VaultOptions options = _vault.Options;
        foreach (string address in new[] { Sqlite, _server.NewAddress(), Path.Combine(_vault.Folder, "back.json") })
        {
            VaultOptions target = options with { Path = address };
            MigrationReport report = await SecretsManager.MigrateAsync(options, target, _vault.Unlock, ct: Ct);
            Assert.True(report.Verified.IsIntact, string.Join("; ", report.Verified.Findings));
            Assert.Equal(50, report.Written);
            await using (SecretsManager old = await SecretsManager.OpenAsync(options, _vault.Unlock, Ct))
            {
                Assert.Contains(old.Warnings, warning => warning.Contains("has been moved to", StringComparison.Ordinal));
                Assert.Equal("third", await old.TextAsync("k1"));
                Assert.Equal("SR1423", (await Assert.ThrowsAsync<VaultConfigurationException>(() => old.SetAsync("k1", "x"))).Code);
            }

            options = target;
            using Unlock people = Unlock.DangerousPassphrase("correct horse battery staple");
            await using SecretsManager moved = await SecretsManager.OpenAsync(options, people, Ct);
            Assert.Equal(2, (await moved.Slots.ListAsync(Ct)).Count);
            await RequireFilledAsync(moved);
            await moved.SetAsync("afterwards", address);
            await moved.PurgeAsync("afterwards", ct: Ct);
            Assert.True((await moved.VerifyAsync(ct: Ct)).IsIntact);
        }
    }

    [Fact]
    public async Task An_interrupted_migration_is_not_opened_and_goes_on()
    {
        const int Count = 4500;
        await using (SecretsManager manager = await _vault.CreateAsync())
        {
            var batch = new SecretBatch();
            using SecretValue value = SecretValue.FromBytes("v"u8);
            for (int i = 0; i < Count; i++)
                batch.Set($"k{i:d5}", value);
            await manager.CommitAsync(batch, Ct);
        }

        VaultOptions target = _vault.Options with { Path = Sqlite };
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Ct);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => SecretsManager.MigrateAsync(_vault.Options, target, _vault.Unlock, new Stop(3000, stop), stop.Token).AsTask());
        Assert.Equal("SR1450", (await Assert.ThrowsAsync<VaultConfigurationException>(() => SecretsManager.OpenAsync(target, _vault.Unlock, Ct).AsTask())).Code);
        await using (SecretsManager manager = await _vault.OpenAsync())
            await manager.SetAsync("k00001", "written meanwhile");
        MigrationReport report = await SecretsManager.MigrateAsync(_vault.Options, target, _vault.Unlock, ct: Ct);
        Assert.Equal((Count, true), ((int)report.Verified.Records, report.Verified.IsIntact));
        Assert.Equal(Count - 2000 + 1, report.Written);
        await using SecretsManager moved = await SecretsManager.OpenAsync(target, _vault.Unlock, Ct);
        Assert.Equal("written meanwhile", await moved.TextAsync("k00001"));
    }

    [Fact]
    public async Task A_place_with_another_vault_is_refused()
    {
        await using (await _vault.CreateAsync())
        {
        }

        VaultOptions target = _vault.Options with { Path = Sqlite };
        await using (await SecretsManager.CreateAsync(target, _vault.Unlock, Ct))
        {
        }

        Assert.Equal("SR1429", (await Assert.ThrowsAsync<VaultConfigurationException>(() => SecretsManager.MigrateAsync(_vault.Options, target, _vault.Unlock, ct: Ct).AsTask())).Code);
        await using SecretsManager source = await _vault.OpenAsync();
        await source.SetAsync("still", "here");
    }

    [Theory]
    [InlineData("sqlite")]
    [InlineData("postgres")]
    public async Task A_database_is_backed_up_to_a_file_and_restored_over_a_damaged_one(string kind)
    {
        string address = kind == "sqlite" ? Sqlite : _server.NewAddress();
        VaultOptions options = _vault.Options with { Path = address };
        string copy = Path.Combine(_vault.Folder, "copy.json");
        await using (SecretsManager manager = await SecretsManager.CreateAsync(options, _vault.Unlock, Ct))
        {
            await FillAsync(manager);
            await manager.BackupAsync(copy, Ct);
            await manager.SetAsync("k1", "lost by the restore");
        }

        if (kind == "postgres")
            await new PostgreSqlDatabase(_server, address).WriteAsync("t/", [1, 2, 3]);
        RestoreReport report = await SecretsManager.RestoreVaultAsync(options, copy, _vault.Unlock, Ct);
        Assert.True(report.Revision > report.CopyRevision);
        await using SecretsManager restored = await SecretsManager.OpenAsync(options, _vault.Unlock, Ct);
        await RequireFilledAsync(restored);
        Assert.True((await restored.VerifyAsync(ct: Ct)).IsIntact);
        await restored.BackupAsync("sqlite:" + Path.Combine(_vault.Folder, "second.db"), Ct);
        await using SecretsManager second = await SecretsManager.OpenAsync(options with { Path = "sqlite:" + Path.Combine(_vault.Folder, "second.db"), AsCopy = true }, _vault.Unlock, Ct);
        await RequireFilledAsync(second);
    }

    private static async Task FillAsync(SecretsManager manager)
    {
        for (int i = 0; i < 50; i++)
            await manager.SetAsync($"k{i}", $"v{i}", new SetOptions { Description = $"number {i}" });
        await manager.SetAsync("k1", "second");
        await manager.SetAsync("k1", "third");
        await manager.DeleteAsync("k2", ct: Ct);
    }

    private static async Task RequireFilledAsync(SecretsManager manager)
    {
        Assert.Equal("third", await manager.TextAsync("k1"));
        Assert.Equal("second", await manager.TextAsync("k1", 2));
        Assert.Equal("v1", await manager.TextAsync("k1", 1));
        Assert.Equal("v49", await manager.TextAsync("k49"));
        Assert.Equal("number 7", (await manager.GetMetadataAsync("k7", Ct))!.Description);
        Assert.True((await manager.GetMetadataAsync("k2", Ct))!.IsDeleted);
        Assert.Equal(49, (await manager.NamesAsync()).Count);
    }

    private sealed class Stop(long after, CancellationTokenSource stop) : IProgress<(long Done, long All)>
    {
        public void Report((long Done, long All) value)
        {
            if (value.Done >= after)
                stop.Cancel();
        }
    }
}
