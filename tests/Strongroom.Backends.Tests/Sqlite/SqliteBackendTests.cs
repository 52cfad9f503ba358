using Strongroom.Backends.Sqlite;
using Strongroom.Storage;

namespace Strongroom.Backends.Tests.Sqlite;

/// <summary>The kit, the lying administrator, and what is SQLite's own.</summary>
public sealed class SqliteBackendTests : IDisposable
{
    private readonly SqliteDatabase _database = new();
    private readonly TestVault _vault = new();

    public SqliteBackendTests()
    {
        VaultBackends.Register(SqliteBackend.Provider);
        _vault.Options = _vault.Options with { Path = "sqlite:" + _database.FilePath };
    }

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public static TheoryData<string> Checks => Kit.Checks;

    public static TheoryData<string> Attacks => LyingAdministrator.Attacks;

    public void Dispose()
    {
        _vault.Dispose();
        _database.Dispose();
    }

    [Theory]
    [MemberData(nameof(Checks))]
    public Task Conforms(string check)
    {
        int storages = 0;
        return Kit.RunAsync(check, () =>
        {
            string path = $"{_database.FilePath}-{storages++}";
            return () => new(new SqliteBackend(path));
        });
    }

    [Theory]
    [MemberData(nameof(Attacks))]
    public Task The_administrator_is_found_out(string attack) => LyingAdministrator.RunAsync(_vault, _database, attack);

    [Fact]
    public Task A_forged_log_is_found() => LyingAdministrator.ForgeTheLogAsync(_vault, _database);

    [Fact]
    public Task A_full_rollback_is_found_by_the_marks() => LyingAdministrator.RollBackEverythingAsync(_vault, _database);

    [Fact]
    public async Task The_file_is_for_its_owner_only_and_the_synchronous_ways_work()
    {
        await using SecretsManager manager = SecretsManager.Create(_vault.Options, _vault.Unlock);
        using SecretValue value = SecretValue.FromBytes("v"u8);
        manager.Set("a", value);
        using SecretData read = manager.Get("a");
        Assert.Equal("v", read.Value.DangerousRevealString());
        foreach (string file in Directory.GetFiles(Path.GetDirectoryName(_database.FilePath)!))
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file));
    }

    [Fact]
    public async Task Another_programs_database_is_refused()
    {
        _database.CreateForeign();
        Assert.Equal("SR1281", (await Assert.ThrowsAsync<VaultConfigurationException>(() => _vault.CreateAsync().AsTask())).Code);
    }

    [Fact]
    public async Task A_file_that_is_no_database_is_refused()
    {
        await File.WriteAllTextAsync(_database.FilePath, new string('x', 5000), Ct);
        Assert.Equal("SR1284", (await Assert.ThrowsAsync<VaultIntegrityException>(() => _vault.OpenAsync().AsTask())).Code);
    }

    [Fact]
    public async Task A_database_of_a_newer_version_is_refused()
    {
        await using (await _vault.CreateAsync())
        {
        }

        _database.Run("PRAGMA user_version = 2");
        Assert.Equal("SR1281", (await Assert.ThrowsAsync<VaultConfigurationException>(() => _vault.OpenAsync().AsTask())).Code);
    }

    [Fact]
    public async Task A_missing_database_is_no_vault_and_is_not_made_by_looking()
    {
        Assert.Equal("SR1410", (await Assert.ThrowsAsync<VaultUnavailableException>(() => _vault.OpenAsync().AsTask())).Code);
        Assert.False(File.Exists(_database.FilePath));
    }

    [Fact]
    public async Task A_locked_database_says_so_and_nothing_is_written()
    {
        await using SecretsManager manager = await SecretsManager.CreateAsync(_vault.Options with { LockTimeout = TimeSpan.FromMilliseconds(200) }, _vault.Unlock, Ct);
        await manager.SetAsync("a", "1");
        using (_database.Lock())
            Assert.Equal("SR1280", (await Assert.ThrowsAsync<VaultUnavailableException>(() => manager.SetAsync("a", "2"))).Code);
        Assert.Equal("1", await manager.TextAsync("a"));
        await manager.SetAsync("a", "3");
        Assert.Equal("3", await manager.TextAsync("a"));
    }

    [Fact]
    public async Task Another_process_is_seen_at_once()
    {
        await using SecretsManager manager = await _vault.CreateAsync();
        await manager.SetAsync("a", "1");
        Assert.Equal("1", await manager.TextAsync("a"));
        await using SecretsManager other = await _vault.OpenAsync();
        await other.SetAsync("a", "2");
        Assert.Equal("2", await manager.TextAsync("a"));
    }

    [Theory]
    [InlineData("sqlite:")]
    [InlineData("sqlite://host/vault.db")]
    [InlineData("sqlite:vault.db?mode=ro")]
    public void An_address_that_does_not_fit_is_refused(string text) =>
        Assert.Equal("SR1285", Assert.Throws<VaultConfigurationException>(() => VaultBackends.Open(VaultAddress.Of(text)!, new BackendSettings(TimeProvider.System, TimeSpan.FromSeconds(1)))).Code);

    [Fact]
    public void The_address_of_other_programs_is_understood() =>
        Assert.Equal("sqlite:/srv/vault.db", VaultBackends.Open(VaultAddress.Of("sqlite:///srv/vault.db")!, new BackendSettings(TimeProvider.System, TimeSpan.FromSeconds(1))).Location);
}
