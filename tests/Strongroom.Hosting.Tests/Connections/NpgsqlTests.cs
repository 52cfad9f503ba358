using System.Collections.Concurrent;
using System.Data.Common;
using System.Security.Cryptography;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Testing;
using Npgsql;
using Strongroom.Backends.Tests.PostgreSql;
using Strongroom.Tests.Vault;
using static Strongroom.Hosting.Tests.Support;

namespace Strongroom.Hosting.Tests.Connections;

/// <summary>Connections to a real PostgreSQL whose login is rotated by hand while 64 callers use them. STRONGROOM_FULL=1 makes the hundred rotations of the benchmarks.</summary>
public sealed class NpgsqlTests(PasswordServer fixture) : IClassFixture<PasswordServer>, IDisposable
{
    private readonly TestVault _vault = new();
    private readonly PostgreSqlServer _server = fixture.Server;

    private static int Rotations { get; } = Environment.GetEnvironmentVariable("STRONGROOM_FULL") == "1" ? 100 : 12;

    public void Dispose() => _vault.Dispose();

    [Fact]
    public async Task Two_users_that_alternate_cost_no_opening_and_no_query()
    {
        string[] users = ["alternating_a", "alternating_b"];
        foreach (string user in users)
            await _server.QueryAsync<object>($"CREATE ROLE {user} LOGIN PASSWORD 'first'");
        await using SecretsManager vault = await _vault.CreateAsync();
        await WriteAsync(vault, users[0], "first");
        await using StrongroomNpgsqlDataSource source = await StrongroomNpgsqlDataSource.CreateAsync(vault, "db/oms", new StrongroomNpgsqlOptions { ConnectionString = "Maximum Pool Size=64" }, Ct);
        using var load = new Load(source);

        for (int rotation = 1; rotation <= Rotations; rotation++)
        {
            string next = users[rotation % 2], password = NewPassword();
            await _server.QueryAsync<object>($"ALTER ROLE {next} PASSWORD '{password}'");
            await WriteAsync(vault, next, password);
            await load.UntilAsync(() => load.Seen.ContainsKey(next) && source.User == next);
            load.Seen.Clear();
            await load.UntilAsync(() => source.VersionsInUse.Count == 1 && load.Seen.ContainsKey(next));
        }

        await load.StopAsync();
        Assert.Empty(load.Failures);
        Assert.True(load.Queries > Rotations * 64, $"{load.Queries}");
        TestContext.Current.SendDiagnosticMessage($"{Rotations} rotations, {load.Queries} queries, 0 failures");
        string former = users[(Rotations + 1) % 2];
        await NoSessionsAsync(former);
    }

    [Fact]
    public async Task One_user_with_a_new_password_costs_no_opening_and_no_query()
    {
        await _server.QueryAsync<object>("CREATE ROLE single LOGIN PASSWORD 'first'");
        await using SecretsManager vault = await _vault.CreateAsync();
        await WriteAsync(vault, "single", "first");
        // Without a pool, so that every opening is a login.
        await using StrongroomNpgsqlDataSource source = await StrongroomNpgsqlDataSource.CreateAsync(vault, "db/oms", new StrongroomNpgsqlOptions { ConnectionString = "Pooling=false" }, Ct);
        using var load = new Load(source, workers: 8);

        for (int rotation = 1; rotation <= Rotations; rotation++)
        {
            string password = NewPassword();
            await _server.QueryAsync<object>($"ALTER ROLE single PASSWORD '{password}'");
            // In between, the password in the vault is refused.
            await Task.Delay(20, Ct);
            await WriteAsync(vault, "single", password);
            long before = load.Queries;
            await load.UntilAsync(() => load.Queries > before + 24);
        }

        await load.StopAsync();
        Assert.Empty(load.Failures);
        TestContext.Current.SendDiagnosticMessage($"{Rotations} rotations, {load.Queries} queries, 0 failures");
    }

    [Fact]
    public async Task A_refused_login_is_tried_once_more_and_then_told_without_the_password()
    {
        await _server.QueryAsync<object>("CREATE ROLE refused LOGIN PASSWORD 'right'");
        var log = new FakeLoggerProvider();
        await using (SecretsManager vault = await _vault.CreateAsync())
            await WriteAsync(vault, "refused", "wrong-password");
        using IHost host = Application(services =>
        {
            services.AddSingleton<ILoggerProvider>(log);
            services.AddStrongroom(_vault.Configure).Require("db/oms#password");
            services.AddStrongroomNpgsqlDataSource("db/oms", options => options.WaitForChange = TimeSpan.FromMilliseconds(100));
        });
        await host.StartAsync(Ct);
        var source = host.Services.GetRequiredService<StrongroomNpgsqlDataSource>();
        Assert.Same(source, host.Services.GetRequiredService<DbDataSource>());

        PostgresException refused = await Assert.ThrowsAsync<PostgresException>(async () => await source.OpenConnectionAsync(Ct));
        PostgresException again = Assert.Throws<PostgresException>(source.OpenConnection);
        Assert.All([refused, again], static error => Assert.DoesNotContain("wrong-password", error.ToString(), StringComparison.Ordinal));
        FakeLogRecord[] told = [.. log.Collector.GetSnapshot().Where(static record => record.Id.Id == 1031)];
        Assert.Equal(2, told.Length);
        Assert.All(told, static record => Assert.Contains("28P01", record.Message, StringComparison.Ordinal));
        Assert.All(log.Collector.GetSnapshot(), static record => Assert.DoesNotContain("wrong-password", record.Message + record.Exception, StringComparison.Ordinal));

        await WriteAsync(host.Services.GetRequiredService<SecretsManager>(), "refused", "right");
        await using NpgsqlConnection asynchronous = await source.OpenConnectionAsync(Ct);
        using NpgsqlConnection synchronous = source.OpenConnection();
        Assert.DoesNotContain("right", asynchronous.ConnectionString + source.ConnectionString + source, StringComparison.Ordinal);
        await host.StopAsync(Ct);
    }

    [Fact]
    public async Task A_data_source_of_the_driver_takes_the_newest_password()
    {
        await _server.QueryAsync<object>("CREATE ROLE follows LOGIN PASSWORD 'first'");
        await using SecretsManager vault = await _vault.CreateAsync();
        await vault.SetAsync("db/password", "first");
        var builder = new NpgsqlDataSourceBuilder($"Host=127.0.0.1;Port={_server.Port};Username=follows;Database=postgres;Pooling=false");
        await using NpgsqlDataSource source = builder.UseStrongroomPassword(vault, "db/password").Build();
        await (await source.OpenConnectionAsync(Ct)).DisposeAsync();

        await _server.QueryAsync<object>("ALTER ROLE follows PASSWORD 'second'");
        await vault.SetAsync("db/password", "second");

        await Until(() =>
        {
            try
            {
                source.OpenConnection().Dispose();
                return true;
            }
            catch (PostgresException)
            {
                return false;
            }
        });
    }

    [Fact]
    public async Task A_connection_that_was_created_before_the_exchange_opens_after_it_and_other_users_end()
    {
        foreach (string user in (string[])["dynamic_a", "dynamic_b", "dynamic_c"])
            await _server.QueryAsync<object>($"CREATE ROLE {user} LOGIN PASSWORD 'pw'");
        await using SecretsManager vault = await _vault.CreateAsync();
        await WriteAsync(vault, "dynamic_a", "pw");
        await using StrongroomNpgsqlDataSource source = await StrongroomNpgsqlDataSource.CreateAsync(vault, "db/oms", new StrongroomNpgsqlOptions { Linger = TimeSpan.Zero }, Ct);
        await using NpgsqlConnection created = source.CreateConnection(), busy = await source.OpenConnectionAsync(Ct);

        await WriteAsync(vault, "dynamic_b", "pw");
        await Until(() => source.User == "dynamic_b");
        await created.OpenAsync(Ct);
        Assert.Equal([1, 2], source.VersionsInUse);
        await created.CloseAsync();
        await busy.CloseAsync();
        Assert.Equal([2], source.VersionsInUse);
        await NoSessionsAsync("dynamic_a");

        await WriteAsync(vault, "dynamic_c", "pw");
        await Until(() => source.User == "dynamic_c");
        await Assert.ThrowsAsync<ObjectDisposedException>(() => created.OpenAsync(Ct));
        await using NpgsqlConnection now = await source.OpenConnectionAsync(Ct);
        Assert.Equal("dynamic_c", now.UserName);
    }

    [Fact]
    public async Task A_secret_that_is_no_login_is_refused_and_does_not_replace_one_that_is()
    {
        await _server.QueryAsync<object>("CREATE ROLE stays LOGIN PASSWORD 'pw'");
        await using SecretsManager vault = await _vault.CreateAsync();
        await vault.SetAsync("db/oms", "only a password");
        VaultConfigurationException error = await Assert.ThrowsAsync<VaultConfigurationException>(async () => await StrongroomNpgsqlDataSource.CreateAsync(vault, "db/oms", ct: Ct));
        Assert.Equal("SR1750", error.Code);

        await WriteAsync(vault, "stays", "pw");
        await using StrongroomNpgsqlDataSource source = StrongroomNpgsqlDataSource.Create(vault, "db/oms");
        await vault.SetAsync("db/oms", "only a password");
        await Until(() => vault.LiveTroubles.Count > 0);
        await using NpgsqlConnection connection = await source.OpenConnectionAsync(Ct);
        Assert.Equal("stays", connection.UserName);
    }

    // A server ends a session a moment after its client has closed the connection. One that lies idle in a pool stays for five minutes.
    private async Task NoSessionsAsync(string user)
    {
        long left = 1;
        for (int i = 0; i < 1000 && left > 0; i++)
        {
            left = await _server.QueryAsync<long>($"SELECT count(*) FROM pg_stat_activity WHERE usename = '{user}'");
            await Task.Delay(10, Ct);
        }

        Assert.Equal(0, left);
    }

    private static string NewPassword() => Convert.ToHexString(RandomNumberGenerator.GetBytes(12));

    private async Task WriteAsync(SecretsManager vault, string user, string password)
    {
        using var login = new DatabaseCredentials("127.0.0.1", _server.Port, "postgres", user, System.Text.Encoding.UTF8.GetBytes(password));
        await new SecretsHelper(vault).StoreDatabaseCredentialsAsync("db/oms", login, ct: Ct);
    }

    /// <summary>Callers that open, query and give back, without a pause.</summary>
    private sealed class Load : IDisposable
    {
        private readonly CancellationTokenSource _stop = CancellationTokenSource.CreateLinkedTokenSource(Ct);
        private readonly Task _work;
        private long _queries;

        public Load(StrongroomNpgsqlDataSource source, int workers = 64) => _work = Task.WhenAll(Enumerable.Range(0, workers).Select(_ => Task.Run(() => WorkAsync(source))));

        public ConcurrentBag<Exception> Failures { get; } = [];

        public ConcurrentDictionary<string, bool> Seen { get; } = new();

        public long Queries => Volatile.Read(ref _queries);

        public async Task UntilAsync(Func<bool> holds)
        {
            await Until(() => holds() || !Failures.IsEmpty);
            Assert.Empty(Failures);
        }

        public async Task StopAsync()
        {
            await _stop.CancelAsync();
            await _work;
        }

        public void Dispose()
        {
            _stop.Cancel();
            _stop.Dispose();
        }

        private async Task WorkAsync(StrongroomNpgsqlDataSource source)
        {
            while (!_stop.IsCancellationRequested)
            {
                try
                {
                    await using NpgsqlConnection connection = await source.OpenConnectionAsync(CancellationToken.None);
                    await using var command = new NpgsqlCommand("SELECT current_user::text", connection);
                    Seen[(string)(await command.ExecuteScalarAsync(CancellationToken.None))!] = true;
                    Interlocked.Increment(ref _queries);
                }
                catch (Exception error)
                {
                    Failures.Add(error);
                    return;
                }
            }
        }
    }
}

/// <summary>One server for the tests of a class, which asks for passwords.</summary>
public sealed class PasswordServer : IDisposable
{
    private readonly Lazy<PostgreSqlServer> _server = new(static () => PostgreSqlServer.StartWithPasswords("shared_buffers=64MB", "max_connections=200"));

    public PostgreSqlServer Server => _server.Value;

    public void Dispose()
    {
        if (_server.IsValueCreated)
            _server.Value.Dispose();
    }
}
