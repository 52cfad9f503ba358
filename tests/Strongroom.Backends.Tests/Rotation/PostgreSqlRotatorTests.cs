using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Npgsql;
using Strongroom.Backends.PostgreSql;
using Strongroom.Backends.Tests.PostgreSql;
using Strongroom.Rotation;
using Strongroom.Tests.Rotations;

namespace Strongroom.Backends.Tests.Rotation;

/// <summary>Against a PostgreSQL server that asks for passwords.</summary>
public sealed class PostgreSqlRotatorTests(PostgreSqlFixture postgres) : IClassFixture<PostgreSqlFixture>
{
    private static int s_users;

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task One_user_killed_at_every_point_ends_with_a_login_that_works()
    {
        await using RotationFixture fixture = await RotationFixture.CreateAsync();
        (string user, _) = await UsersAsync(fixture, twoUsers: false);

        int points = await RotationKills.EverywhereAsync(fixture, "db/oms", static () => new PostgreSqlRotator(), static () => Task.CompletedTask, () => LoginAsync(fixture));

        Assert.True(points >= 14, $"only {points} points");
        // The server's log has every statement: the password is in none.
        string log = await postgres.Server.QueryAsync<string>("SELECT pg_read_file(pg_current_logfile())") ?? "";
        Assert.DoesNotContain(await PasswordAsync(fixture), log, StringComparison.Ordinal);
        Assert.Equal("SCRAM-SHA-256", await postgres.Server.QueryAsync<string>("SELECT split_part(rolpassword, '$', 1) FROM pg_authid WHERE rolname = $1", user));
    }

    [Fact]
    public async Task Two_users_killed_at_every_point_can_log_in_at_every_moment()
    {
        await using RotationFixture fixture = await RotationFixture.CreateAsync();
        (string one, string two) = await UsersAsync(fixture, twoUsers: true);

        int points = await RotationKills.EverywhereAsync(fixture, "db/oms", static () => new PostgreSqlRotator(), () => LoginAsync(fixture), async () =>
        {
            await LoginAsync(fixture);
            Assert.Equal(1L, await postgres.Server.QueryAsync<long>("SELECT count(*) FROM pg_roles WHERE rolcanlogin AND rolname IN ($1, $2)", one, two));
        });

        Assert.True(points >= 14, $"only {points} points");
    }

    [Fact]
    public async Task The_former_user_stays_open_when_somebody_went_back_to_it()
    {
        await using RotationFixture fixture = await RotationFixture.CreateAsync();
        (string one, _) = await UsersAsync(fixture, twoUsers: true, ("deadline", "1h"));
        using RotationEngine engine = fixture.Engine(new PostgreSqlRotator());
        await engine.RotateAsync("db/oms", ct: Ct);
        await fixture.Vault.RollbackAsync("db/oms", 1, ct: Ct);
        fixture.Time.Advance(TimeSpan.FromHours(2));

        Assert.Equal(RotationResultKind.Superseded, Assert.Single(await engine.RunDueAsync(Ct)).Kind);
        await LoginAsync(fixture);

        // Once more, and now with a password that a person has given to it.
        Assert.Equal(RotationResultKind.Promoted, (await engine.RotateAsync("db/oms", ct: Ct)).Kind);
        await postgres.Server.QueryAsync<object>($"ALTER ROLE {one} PASSWORD 'by hand'");
        await fixture.Vault.SetAsync("db/oms", Login(postgres.Server.Port, one, "by hand"), ct: Ct);
        fixture.Time.Advance(TimeSpan.FromHours(2));

        Assert.Equal(RotationResultKind.Completed, Assert.Single(await engine.RunDueAsync(Ct)).Kind);
        await LoginAsync(fixture);
    }

    /// <summary>64 connections under load while two users take turns: nothing is refused. The full hundred: STRONGROOM_ROTATIONS=100.</summary>
    [Fact]
    public async Task Rotations_under_load_fail_no_opening_and_no_query()
    {
        int rotations = int.TryParse(Environment.GetEnvironmentVariable("STRONGROOM_ROTATIONS"), CultureInfo.InvariantCulture, out int given) ? given : 3;
        await using RotationFixture fixture = await RotationFixture.CreateAsync(TimeProvider.System);
        await UsersAsync(fixture, twoUsers: true, ("grace", "0s"));
        using LiveSecret<NpgsqlDataSource> pool = await fixture.Vault.LiveAsync("db/oms", static data => NpgsqlDataSource.Create(Settings(data.Value).ConnectionString), Ct);
        await using var consumer = new RotationConsumer(fixture.Vault, "oms");
        consumer.Track(pool);
        await consumer.ReportAsync(Ct);
        using RotationEngine engine = fixture.Engine(new PostgreSqlRotator());
        using var stop = new CancellationTokenSource();
        long queries = 0;
        List<Exception> failures = [];
        Thread[] load = [.. Enumerable.Range(0, 64).Select(_ => new Thread(() => Load(pool, failures, ref queries, stop.Token)))];
        foreach (Thread thread in load)
            thread.Start();

        for (int i = 0; i < rotations; i++)
        {
            RotationResult result = await engine.RotateAsync("db/oms", ct: Ct);
            for (int wait = 0; result.Kind == RotationResultKind.Promoted && wait < 2000; wait++)
            {
                await Task.Delay(10, Ct);
                await consumer.ReportAsync(Ct);
                result = await engine.RunDueAsync(Ct) is [var worked, ..] ? worked : result;
            }

            Assert.True(result.Kind == RotationResultKind.Completed, $"rotation {i}: {result.Kind} {result.Error?.Code} {result.Error?.Message}");
        }

        await stop.CancelAsync();
        foreach (Thread thread in load)
            thread.Join();
        Assert.True(failures.Count == 0, $"{failures.Count} of {queries}: {(failures.Count > 0 ? failures[0].Message : "")}");
        Assert.True(queries > rotations * 20, $"only {queries} queries");
        Assert.Equal(rotations + 1, pool.Version);
        TestContext.Current.TestOutputHelper?.WriteLine($"{rotations} rotations, {queries} openings and queries, 0 failed");
    }

    [Fact]
    public async Task What_can_not_be_is_named()
    {
        await using RotationFixture fixture = await RotationFixture.CreateAsync();
        await UsersAsync(fixture, twoUsers: true);
        using RotationEngine engine = fixture.Engine(new PostgreSqlRotator());
        await fixture.Vault.UpdateMetadataAsync("db/oms", new MetadataChange { Tags = new Dictionary<string, string?> { ["rotate.users"] = "somebody,else" } }, ct: Ct);
        Assert.Equal("SR1801", (await engine.RotateAsync("db/oms", ct: Ct)).Error!.Code);
        await fixture.Vault.UpdateMetadataAsync("db/oms", new MetadataChange { Tags = new Dictionary<string, string?> { ["rotate.users"] = null, ["rotate.admin"] = null } }, ct: Ct);
        using (var fields = SecretValue.FromFields([new("host", SecretValue.FromBytes("127.0.0.1"u8)), new("port", SecretValue.FromBytes("1"u8)), new("username", SecretValue.FromBytes("nobody"u8)), new("password", SecretValue.FromBytes("hidden"u8))]))
            await fixture.Vault.SetAsync("db/oms", fields, ct: Ct);

        RotationResult away = await engine.RotateAsync("db/oms", ct: Ct);

        Assert.Equal("SR1827", away.Error!.Code);
        Assert.DoesNotContain("hidden", away.Error.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("whenever", "SR1801")]
    [InlineData("require", "SR1827")]
    [InlineData("verify-full", "SR1827")]
    public async Task A_server_without_encryption_is_refused_where_the_policy_asks_for_it(string ssl, string code)
    {
        await using RotationFixture fixture = await RotationFixture.CreateAsync();
        await UsersAsync(fixture, twoUsers: true, ("ssl", ssl));

        Assert.Equal(code, (await fixture.Engine(new PostgreSqlRotator()).RotateAsync("db/oms", ct: Ct)).Error?.Code);
    }

    [Fact]
    public async Task A_server_that_asks_for_the_password_in_clear_does_not_get_it()
    {
        await using RotationFixture fixture = await RotationFixture.CreateAsync();
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        Task<string> heard = Task.Run(() => AskInClearAsync(listener), Ct);
        await fixture.Vault.SetAsync("db/oms", Login(((IPEndPoint)listener.LocalEndpoint).Port, "oms", "planted"), new SetOptions { Tags = new Dictionary<string, string> { ["rotate.with"] = "postgresql" } }, Ct);

        RotationResult result = await fixture.Engine(new PostgreSqlRotator()).RotateAsync("db/oms", ct: Ct);

        Assert.Equal("SR1827", result.Error?.Code);
        Assert.DoesNotContain("planted", await heard, StringComparison.Ordinal);
        Assert.Contains("oms", await heard, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_port_that_is_none_is_named()
    {
        await using RotationFixture fixture = await RotationFixture.CreateAsync();
        await fixture.Vault.SetAsync("db/oms", Login(70_000, "oms", "pw"), new SetOptions { Tags = new Dictionary<string, string> { ["rotate.with"] = "postgresql" } }, Ct);

        StrongroomException? error = (await fixture.Engine(new PostgreSqlRotator()).RotateAsync("db/oms", ct: Ct)).Error;

        Assert.Equal("SR1802", error?.Code);
        Assert.Contains("'port'", error!.Message, StringComparison.Ordinal);
    }

    /// <summary>RFC 7677's example: user <c>user</c>, password <c>pencil</c>.</summary>
    [Fact]
    public void The_verifier_is_the_one_of_the_standard()
    {
        string verifier = ScramVerifier.Make("pencil"u8, Bytes("W22ZaJ0SNY7soEsUEjb6gQ=="), 4096);

        // Stored and server key were computed with another program.
        Assert.Equal("SCRAM-SHA-256$4096:W22ZaJ0SNY7soEsUEjb6gQ==$WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=:wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU=", verifier);
    }

    // As somebody who sits on the network and pretends to be the server: no encryption, and the password in clear, please.
    private static async Task<string> AskInClearAsync(TcpListener listener)
    {
        using TcpClient client = await listener.AcceptTcpClientAsync(Ct);
        NetworkStream stream = client.GetStream();
        var heard = new StringBuilder();
        byte[] buffer = new byte[4096];
        for (byte[] answer = "N"u8.ToArray(); ; answer = [(byte)'R', 0, 0, 0, 8, 0, 0, 0, 3])
        {
            int length = await stream.ReadAsync(buffer, Ct);
            if (length == 0)
                return heard.ToString();
            heard.Append(Encoding.Latin1.GetString(buffer, 0, length));
            await stream.WriteAsync(answer, Ct);
        }
    }

    private static byte[] Bytes(string base64) => System.Text.Json.JsonDocument.Parse($"\"{base64}\"").RootElement.GetBytesFromBase64();

    private static void Load(LiveSecret<NpgsqlDataSource> pool, List<Exception> failures, ref long queries, CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            try
            {
                using SecretLease<NpgsqlDataSource> lease = pool.Acquire();
                using NpgsqlConnection connection = lease.Value.OpenConnection();
                using var command = new NpgsqlCommand("SELECT 1", connection);
                command.ExecuteScalar();
                Interlocked.Increment(ref queries);
            }
            catch (Exception error)
            {
                lock (failures)
                    failures.Add(error);
            }

            Thread.Sleep(20);
        }
    }

    // A server that trusts would prove nothing: from now on it asks all but the superuser for a password.
    private async Task<(string One, string Two)> UsersAsync(RotationFixture fixture, bool twoUsers, params (string Key, string Value)[] policy)
    {
        PostgreSqlServer server = postgres.Server;
        await File.WriteAllLinesAsync(Path.Combine(server.Data, "pg_hba.conf"), ["host all postgres 127.0.0.1/32 trust", "host all all 127.0.0.1/32 scram-sha-256"], Ct);
        await server.QueryAsync<object>("SELECT pg_reload_conf()");
        int number = Interlocked.Increment(ref s_users);
        (string one, string two, string admin) = ($"oms_a{number}", $"oms_b{number}", $"admin{number}");
        foreach (string sql in (string[])[$"CREATE ROLE {one} LOGIN PASSWORD 'first'", $"CREATE ROLE {two}", $"CREATE ROLE {admin} LOGIN CREATEROLE PASSWORD 'admin'", $"GRANT {one} TO {admin} WITH ADMIN OPTION", $"GRANT {two} TO {admin} WITH ADMIN OPTION"])
            await server.QueryAsync<object>(sql);
        var tags = policy.Append(("with", "postgresql")).Concat(twoUsers ? [("users", $"{one},{two}"), ("admin", "db/admin")] : []).ToDictionary(tag => "rotate." + tag.Item1, tag => tag.Item2);
        await fixture.Vault.SetAsync("db/oms", Login(server.Port, one, "first"), new SetOptions { Tags = tags }, Ct);
        await fixture.Vault.SetAsync("db/admin", Login(server.Port, admin, "admin"), ct: Ct);
        return (one, two);
    }

    private static SecretValue Login(int port, string user, string password) => SecretValue.FromFields(
        new Dictionary<string, string> { ["host"] = "127.0.0.1", ["port"] = $"{port}", ["database"] = "postgres", ["username"] = user, ["password"] = password }
            .Select(pair => new KeyValuePair<string, SecretValue>(pair.Key, SecretValue.DangerousFromString(pair.Value))));

    private static NpgsqlConnectionStringBuilder Settings(SecretValue value) => new()
    {
        Host = value.DangerousRevealString("host"),
        Port = int.Parse(value.DangerousRevealString("port"), CultureInfo.InvariantCulture),
        Database = "postgres",
        Username = value.DangerousRevealString("username"),
        Password = value.DangerousRevealString("password"),
        MaxPoolSize = 64,
        Timeout = 30,
    };

    private static async Task LoginAsync(RotationFixture fixture)
    {
        using SecretData data = await fixture.Vault.GetAsync("db/oms", ct: Ct);
        NpgsqlConnectionStringBuilder settings = Settings(data.Value);
        settings.Pooling = false;
        await using var connection = new NpgsqlConnection(settings.ConnectionString);
        await connection.OpenAsync(Ct);
    }

    private static async Task<string> PasswordAsync(RotationFixture fixture)
    {
        using SecretData data = await fixture.Vault.GetAsync("db/oms", ct: Ct);
        return data.Value.DangerousRevealString("password");
    }
}
