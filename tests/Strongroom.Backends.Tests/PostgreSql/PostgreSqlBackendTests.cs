using Strongroom.Backends.PostgreSql;
using Strongroom.Storage;

namespace Strongroom.Backends.Tests.PostgreSql;

/// <summary>The kit and the lying administrator on a real server, and what is PostgreSQL's own.</summary>
public sealed class PostgreSqlBackendTests : IClassFixture<PostgreSqlFixture>, IDisposable
{
    private readonly PostgreSqlServer _server;
    private readonly TestVault _vault = new();
    private readonly string _address;

    public PostgreSqlBackendTests(PostgreSqlFixture fixture)
    {
        _server = fixture.Server;
        _address = _server.NewAddress();
        VaultBackends.Register(PostgreSqlBackend.Provider);
        _vault.Options = _vault.Options with { Path = _address };
    }

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public static TheoryData<string> Checks => Kit.Checks;

    public static TheoryData<string> Attacks => LyingAdministrator.Attacks;

    public void Dispose() => _vault.Dispose();

    [Theory]
    [MemberData(nameof(Checks))]
    public Task Conforms(string check) => Kit.RunAsync(check, () =>
    {
        string address = _server.NewAddress();
        return () => new(new PostgreSqlBackend(address));
    });

    [Theory]
    [MemberData(nameof(Attacks))]
    public Task The_administrator_is_found_out(string attack) => LyingAdministrator.RunAsync(_vault, new PostgreSqlDatabase(_server, _address), attack);

    [Fact]
    public Task A_forged_log_is_found() => LyingAdministrator.ForgeTheLogAsync(_vault, new PostgreSqlDatabase(_server, _address));

    [Fact]
    public Task A_full_rollback_is_found_by_the_marks() => LyingAdministrator.RollBackEverythingAsync(_vault, new PostgreSqlDatabase(_server, _address));

    [Fact]
    public async Task A_role_of_the_set_up_script_can_use_the_vault_and_nothing_else()
    {
        string schema = "least_privilege", role = "vault_user";
        await _server.QueryAsync<object>($"CREATE ROLE {role} LOGIN");
        await _server.QueryAsync<object>(PostgreSqlBackend.SetupScript(schema, role));
        _vault.Options = _vault.Options with { Path = $"postgres://{role}@{_server.Host}/postgres?schema={schema}" };
        await using SecretsManager manager = await _vault.CreateAsync();
        await manager.SetAsync("a", "1");
        await manager.PurgeAsync("a", ct: Ct);
        Assert.True((await manager.VerifyAsync(ct: Ct)).IsIntact);
        Assert.False(await _server.QueryAsync<bool>($"SELECT has_schema_privilege('{role}', '{schema}', 'CREATE') OR has_table_privilege('{role}', '{schema}.head', 'DELETE') OR has_table_privilege('{role}', '{schema}.rows', 'TRUNCATE')"));
    }

    [Fact]
    public async Task A_role_without_rights_is_told_what_to_do()
    {
        await _server.QueryAsync<object>("CREATE ROLE stranger LOGIN");
        _vault.Options = _vault.Options with { Path = $"postgres://stranger@{_server.Host}/postgres?schema=not_mine" };
        VaultUnavailableException error = await Assert.ThrowsAsync<VaultUnavailableException>(() => _vault.CreateAsync().AsTask());
        Assert.Equal("SR1291", error.Code);
    }

    [Fact]
    public async Task A_server_that_is_away_is_unavailable()
    {
        _vault.Options = _vault.Options with { Path = "postgres://postgres:canary@127.0.0.1:1/postgres", LockTimeout = TimeSpan.FromSeconds(1) };
        VaultUnavailableException error = await Assert.ThrowsAsync<VaultUnavailableException>(() => _vault.OpenAsync().AsTask());
        Assert.Equal("SR1290", error.Code);
        Assert.DoesNotContain("canary", error.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("postgres:host")]
    [InlineData("postgres://h/d?schema=Bad-Name")]
    [InlineData("postgres://h/d?sslmode=maybe")]
    [InlineData("postgres://h/d?unknown=1")]
    [InlineData("postgres://h/d?connect_timeout=soon")]
    public void An_address_that_does_not_fit_is_refused(string text) => Assert.Equal("SR1293", Assert.Throws<VaultConfigurationException>(() => new PostgreSqlBackend(text)).Code);

    [Fact]
    public void The_location_has_no_credentials() =>
        Assert.Equal("postgres://db1,db2/secrets?schema=prod", new PostgreSqlBackend("postgresql://u:canary@db1,db2/secrets?schema=prod").Location);

    [Fact]
    public async Task Two_machines_share_a_vault()
    {
        using var elsewhere = new TestVault();
        string audit = Path.Combine(_vault.Folder, "audit"); // one user of one host, so one chain
        await using SecretsManager one = await SecretsManager.CreateAsync(_vault.Options with { AuditDirectory = audit }, _vault.Unlock, Ct);
        await using SecretsManager two = await SecretsManager.OpenAsync(elsewhere.Options with { Path = _address, AuditDirectory = audit }, _vault.Unlock, Ct);
        for (int i = 0; i < 50; i++)
            await one.SetAsync($"k{i:d2}", $"v{i}");
        await Parallel.ForEachAsync(Enumerable.Range(0, 50), Ct, async (i, _) => await (i % 2 == 0 ? one : two).SetAsync($"k{i:d2}", $"second {i}"));
        for (int i = 0; i < 50; i++)
            Assert.Equal($"second {i}", await (i % 2 == 0 ? two : one).TextAsync($"k{i:d2}"));
        Assert.Equal(50, (await two.NamesAsync()).Count);
        Assert.True((await one.VerifyAsync(ct: Ct)).IsIntact);
    }
}
