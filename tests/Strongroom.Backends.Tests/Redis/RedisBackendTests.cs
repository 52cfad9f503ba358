using Strongroom.Backends.Redis;
using Strongroom.Storage;

namespace Strongroom.Backends.Tests.Redis;

/// <summary>The kit and the lying administrator on a real server, and what is Redis's own.</summary>
public sealed class RedisBackendTests : IClassFixture<RedisFixture>, IDisposable
{
    private readonly RedisServer _server;
    private readonly TestVault _vault = new();
    private readonly string _address;

    public RedisBackendTests(RedisFixture fixture)
    {
        _server = fixture.Server;
        _address = _server.NewAddress();
        VaultBackends.Register(RedisBackend.Provider);
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
        return () => new(new RedisBackend(address));
    });

    [Theory]
    [MemberData(nameof(Attacks))]
    public Task The_administrator_is_found_out(string attack) => LyingAdministrator.RunAsync(_vault, new RedisDatabase(_server, _address), attack);

    [Fact]
    public Task A_forged_log_is_found() => LyingAdministrator.ForgeTheLogAsync(_vault, new RedisDatabase(_server, _address));

    [Fact]
    public Task A_full_rollback_is_found_by_the_marks() => LyingAdministrator.RollBackEverythingAsync(_vault, new RedisDatabase(_server, _address));

    [Theory]
    [InlineData("appendonly is 'no'", "--appendonly", "no")]
    [InlineData("appendfsync is 'everysec'", "--appendonly", "yes", "--appendfsync", "everysec")]
    [InlineData("maxmemory-policy is 'allkeys-lru'", "--appendonly", "yes", "--appendfsync", "always", "--maxmemory-policy", "allkeys-lru")]
    public async Task A_server_that_loses_what_it_acknowledges_is_refused_unless_that_is_accepted(string what, params string[] settings)
    {
        using RedisServer server = RedisServer.StartAsIs(settings);
        _vault.Options = _vault.Options with { Path = server.NewAddress() };
        VaultConfigurationException error = await Assert.ThrowsAsync<VaultConfigurationException>(() => _vault.CreateAsync().AsTask());
        Assert.Equal("SR1276", error.Code);
        Assert.Contains(what, error.Message, StringComparison.Ordinal);
        _vault.Options = _vault.Options with { Path = _vault.Options.Path + "?durability=unchecked" };
        await using SecretsManager manager = await _vault.CreateAsync();
        await manager.SetAsync("a", "1");
    }

    [Fact]
    public async Task What_was_acknowledged_is_there_after_a_crash_of_the_server()
    {
        using RedisServer server = RedisServer.Start();
        _vault.Options = _vault.Options with { Path = server.NewAddress(), LockTimeout = TimeSpan.FromSeconds(30) };
        await using SecretsManager manager = await _vault.CreateAsync();
        for (int i = 0; i < 20; i++)
            await manager.SetAsync($"k{i}", $"v{i}");
        server.Kill();
        Task write = manager.SetAsync("late", "1");
        server.Up();
        await write;
        await using SecretsManager reader = await _vault.OpenAsync();
        for (int i = 0; i < 20; i++)
            Assert.Equal($"v{i}", await reader.TextAsync($"k{i}"));
        Assert.True((await reader.VerifyAsync(ct: Ct)).IsIntact);
    }

    [Fact]
    public async Task A_user_without_rights_and_a_server_that_is_away_are_told_apart()
    {
        await _server.RunAsync("ACL", "SETUSER", "poor", "on", ">pw", "~*", "+get", "+client", "+info", "+ping", "+subscribe", "+echo");
        _vault.Options = _vault.Options with { Path = $"redis://poor:pw@{_server.Host}/acl?durability=unchecked" };
        Assert.Equal("SR1272", (await Assert.ThrowsAsync<VaultUnavailableException>(() => _vault.OpenAsync().AsTask())).Code);
        using RedisServer closed = RedisServer.Start("--requirepass", "right");
        _vault.Options = _vault.Options with { Path = $"redis://:wrong@{closed.Host}/acl" };
        Assert.Equal("SR1272", (await Assert.ThrowsAsync<VaultUnavailableException>(() => _vault.OpenAsync().AsTask())).Code);
        _vault.Options = _vault.Options with { Path = "redis://127.0.0.1:1/away" };
        VaultUnavailableException away = await Assert.ThrowsAsync<VaultUnavailableException>(() => _vault.OpenAsync().AsTask());
        Assert.Equal(("SR1271", true), (away.Code, away.IsTransient));
    }

    [Fact]
    public async Task A_user_with_the_rights_of_the_page_can_use_a_vault()
    {
        string rights = File.ReadLines(Path.Combine(Repository, "docs", "databases.md")).First(static line => line.StartsWith("ACL SETUSER vault ", StringComparison.Ordinal));
        await _server.RunAsync("ACL", [.. rights.Split(' ')[1..].Select(static word => word == ">PASSWORD" ? ">pw" : word)]);
        _vault.Options = _vault.Options with { Path = $"redis://vault:pw@{_server.Host}/prod" };
        await using SecretsManager manager = await _vault.CreateAsync();
        await manager.SetAsync("a", "1");
        Assert.True((await manager.VerifyAsync(ct: Ct)).IsIntact);
        using ChangeSubscription changes = await manager.SubscribeAsync(Ct);
        await manager.SetAsync("a", "2");
        Assert.Equal("a", Assert.Single(await changes.NextAsync(Ct).AsTask().WaitAsync(TimeSpan.FromSeconds(30), Ct)).Name.ToString());
    }

    [Theory]
    [InlineData("redis:db")]
    [InlineData("redis://host/a/b")]
    [InlineData("redis://host/a?unknown=1")]
    [InlineData("redis://host/a?replicas=x")]
    [InlineData("redis://host:70000/a")]
    [InlineData("redis://host/a?sslhost=x")]
    public void An_address_that_does_not_fit_is_refused(string text) =>
        Assert.Equal("SR1274", Assert.Throws<VaultConfigurationException>(() => new RedisBackend(text)).Code);

    [Fact]
    public void The_location_has_no_password_and_tells_vaults_apart()
    {
        Assert.Equal("redis://h1,h2:7/prod?sentinel=m", new RedisBackend("redis://u:secret@h1,h2:7/prod?sentinel=m").Location);
        Assert.Equal("rediss://localhost/strongroom?db=3", new RedisBackend("rediss://?db=3&password=x").Location);
    }

    private static string Repository
    {
        get
        {
            string folder = AppContext.BaseDirectory;
            while (!File.Exists(Path.Combine(folder, "Strongroom.slnx")))
                folder = Path.GetDirectoryName(folder)!;
            return folder;
        }
    }
}
