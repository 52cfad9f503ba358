using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Strongroom.Rotation;
using Strongroom.Tests.House;
using Strongroom.Tests.LocalVaults;

namespace Strongroom.Tests.Rotations;

/// <summary>Against a Redis server of the test's own.</summary>
public sealed class RedisRotatorTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("strongroom-redis-").FullName;
    private Process? _server;
    private readonly int _port;

    public RedisRotatorTests()
    {
        Need.That(Programs.Has("redis-server") && Programs.Has("redis-cli"), "Redis is not installed: apt-get install redis-server");
        File.WriteAllLines(Path.Combine(_folder, "users.acl"), ["user default off", "user desk on >first-password ~* +@all", "user admin on >admin-password +acl", "user unsaving on >unsaving-password +acl|setuser", "user händler on >first-password ~* +@all"]);
        using (var free = new TcpListener(IPAddress.Loopback, 0))
        {
            free.Start();
            _port = ((IPEndPoint)free.LocalEndpoint).Port;
        }

        StartServer();
    }

    private void StartServer(params string[] users)
    {
        string[] list = users.Length > 0 ? users : ["--aclfile", Path.Combine(_folder, "users.acl")];
        var start = new ProcessStartInfo("redis-server", ["--port", $"{_port}", "--bind", "127.0.0.1", "--save", "", .. list, "--dir", _folder, "--logfile", Path.Combine(_folder, "log")]);
        _server = Process.Start(start)!;
        for (int i = 0; i < 200 && Ping("desk", "first-password") != "PONG"; i++)
            Thread.Sleep(25);
    }

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        StopServer();
        Directory.Delete(_folder, recursive: true);
    }

    private void StopServer()
    {
        _server?.Kill();
        _server?.WaitForExit();
        _server?.Dispose();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Killed_at_every_point_the_login_works_at_every_moment_and_one_password_is_left(bool withAdmin)
    {
        await using RotationFixture fixture = await RotationFixture.CreateAsync();
        await LoginAsync(fixture, "cache/desk", "desk", "first-password", withAdmin ? [("with", "redis"), ("admin", "cache/admin")] : [("with", "redis")]);
        await LoginAsync(fixture, "cache/admin", "admin", "admin-password", []);
        string first = await PasswordAsync(fixture);

        int points = await RotationKills.EverywhereAsync(fixture, "cache/desk", static () => new RedisRotator(), async () => Assert.Equal("PONG", Ping("desk", await PasswordAsync(fixture))), async () =>
        {
            Assert.Equal("PONG", Ping("desk", await PasswordAsync(fixture)));
            // Saved: the file has one hash for the user.
            Assert.Single(File.ReadAllLines(Path.Combine(_folder, "users.acl")).Single(line => line.StartsWith("user desk ", StringComparison.Ordinal)).Split(' '), word => word.StartsWith('#'));
        });

        Assert.True(points >= 14, $"only {points} points");
        Assert.NotEqual("PONG", Ping("desk", first));
    }

    [Fact]
    public async Task A_refusal_is_named_without_what_was_sent()
    {
        await using RotationFixture fixture = await RotationFixture.CreateAsync();
        await LoginAsync(fixture, "cache/desk", "desk", "wrong-password", [("with", "redis")]);
        using RotationEngine engine = fixture.Engine(new RedisRotator());

        RotationResult result = await engine.RotateAsync("cache/desk", ct: Ct);

        Assert.Equal(("SR1825", "Redis refused: WRONGPASS."), (result.Error!.Code, result.Error.Message));
    }

    [Fact]
    public async Task After_a_restart_the_revoked_password_is_refused_and_what_was_not_saved_has_failed()
    {
        await using RotationFixture fixture = await RotationFixture.CreateAsync();
        await LoginAsync(fixture, "cache/desk", "desk", "first-password", [("with", "redis"), ("admin", "cache/admin")]);
        await LoginAsync(fixture, "cache/admin", "unsaving", "unsaving-password", []);
        using RotationEngine engine = fixture.Engine(new RedisRotator());

        RotationResult unsaved = await engine.RotateAsync("cache/desk", ct: Ct);
        Assert.Equal((RotationResultKind.Failed, "SR1825", "Redis has not saved its list of users: NOPERM."), (unsaved.Kind, unsaved.Error?.Code, unsaved.Error?.Message));

        await LoginAsync(fixture, "cache/admin", "admin", "admin-password", []);
        Assert.Equal(RotationResultKind.Completed, (await engine.RotateAsync("cache/desk", new RotationRequest { Urgent = true }, Ct)).Kind);
        StopServer();
        StartServer();
        for (int i = 0; i < 200 && !Ping("desk", "first-password").Contains("WRONGPASS", StringComparison.Ordinal); i++)
            await Task.Delay(25, Ct);
        Assert.Equal("PONG", Ping("desk", await PasswordAsync(fixture)));
        Assert.NotEqual("PONG", Ping("desk", "first-password"));
    }

    [Fact]
    public async Task A_server_that_has_no_file_to_save_to_is_no_failure()
    {
        StopServer();
        StartServer("--user", "default", "off", "--user", "desk", "on", ">first-password", "~*", "+@all");
        await using RotationFixture fixture = await RotationFixture.CreateAsync();
        await LoginAsync(fixture, "cache/desk", "desk", "first-password", [("with", "redis")]);
        using RotationEngine engine = fixture.Engine(new RedisRotator());

        RotationResult result = await engine.RotateAsync("cache/desk", new RotationRequest { Urgent = true }, Ct);

        Assert.True(result.Kind == RotationResultKind.Completed, result.Error?.Message);
    }

    [Theory]
    [InlineData("tls", "True")]
    [InlineData("tls", "1")]
    [InlineData("port", "6379 ")]
    [InlineData("port", "70000")]
    public async Task What_says_where_and_how_to_connect_is_not_guessed(string field, string text)
    {
        await using RotationFixture fixture = await RotationFixture.CreateAsync();
        await LoginAsync(fixture, "cache/desk", "desk", "first-password", [("with", "redis")], new KeyValuePair<string, SecretValue>(field, SecretValue.DangerousFromString(text)));
        using RotationEngine engine = fixture.Engine(new RedisRotator());

        RotationResult result = await engine.RotateAsync("cache/desk", ct: Ct);

        Assert.Equal("SR1802", result.Error?.Code);
        Assert.Contains($"'{field}'", result.Error!.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_old_password_that_somebody_went_back_to_stays_accepted()
    {
        await using RotationFixture fixture = await RotationFixture.CreateAsync();
        await LoginAsync(fixture, "cache/desk", "desk", "first-password", [("with", "redis"), ("deadline", "1h")]);
        using RotationEngine engine = fixture.Engine(new RedisRotator());
        await engine.RotateAsync("cache/desk", ct: Ct);

        // Not the value of before in all its fields.
        await LoginAsync(fixture, "cache/desk", "desk", "first-password", [("with", "redis"), ("deadline", "1h")], new KeyValuePair<string, SecretValue>("tls", SecretValue.FromBytes("false"u8)));
        fixture.Time.Advance(TimeSpan.FromHours(2));
        Assert.Equal(RotationResultKind.Completed, Assert.Single(await engine.RunDueAsync(Ct)).Kind);

        Assert.Equal("PONG", Ping("desk", "first-password"));
    }

    [Fact]
    public async Task A_user_s_name_may_have_other_letters()
    {
        await using RotationFixture fixture = await RotationFixture.CreateAsync();
        await LoginAsync(fixture, "cache/desk", "händler", "first-password", [("with", "redis")]);
        using RotationEngine engine = fixture.Engine(new RedisRotator());

        RotationResult result = await engine.RotateAsync("cache/desk", new RotationRequest { Urgent = true }, Ct);

        Assert.True(result.Kind == RotationResultKind.Completed, result.Error?.Message);
        Assert.Equal("PONG", Ping("händler", await PasswordAsync(fixture)));
    }

    private async Task LoginAsync(RotationFixture fixture, string name, string user, string password, (string Key, string Value)[] policy, params KeyValuePair<string, SecretValue>[] other)
    {
        KeyValuePair<string, SecretValue>[] fields = [new("host", SecretValue.FromBytes("127.0.0.1"u8)), new("port", SecretValue.DangerousFromString($"{_port}")), new("username", SecretValue.DangerousFromString(user)), new("password", SecretValue.DangerousFromString(password))];
        using SecretValue value = SecretValue.FromFields([.. fields.Where(field => !other.Any(given => given.Key == field.Key)), .. other]);
        await fixture.Vault.SetAsync(name, value, new SetOptions { Tags = policy.ToDictionary(tag => "rotate." + tag.Key, tag => tag.Value) }, Ct);
    }

    private static async Task<string> PasswordAsync(RotationFixture fixture)
    {
        using SecretData data = await fixture.Vault.GetAsync("cache/desk", ct: Ct);
        return data.Value.DangerousRevealString("password");
    }

    private string Ping(string user, string password)
    {
        var start = new ProcessStartInfo("redis-cli", ["-p", $"{_port}", "--user", user, "ping"]) { RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["REDISCLI_AUTH"] = password;
        using Process process = Process.Start(start)!;
        string output = process.StandardOutput.ReadToEnd().Trim();
        process.WaitForExit();
        return output;
    }
}
