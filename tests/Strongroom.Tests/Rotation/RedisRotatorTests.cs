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
    private readonly Process? _server;
    private readonly int _port;

    public RedisRotatorTests()
    {
        Need.That(Programs.Has("redis-server") && Programs.Has("redis-cli"), "Redis is not installed: apt-get install redis-server");
        File.WriteAllLines(Path.Combine(_folder, "users.acl"), ["user default off", "user desk on >first-password ~* +@all", "user admin on >admin-password +acl"]);
        using (var free = new TcpListener(IPAddress.Loopback, 0))
        {
            free.Start();
            _port = ((IPEndPoint)free.LocalEndpoint).Port;
        }

        var start = new ProcessStartInfo("redis-server", ["--port", $"{_port}", "--bind", "127.0.0.1", "--save", "", "--aclfile", Path.Combine(_folder, "users.acl"), "--dir", _folder, "--logfile", Path.Combine(_folder, "log")]);
        _server = Process.Start(start)!;
        for (int i = 0; i < 200 && Ping("desk", "first-password") != "PONG"; i++)
            Thread.Sleep(25);
    }

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _server?.Kill();
        _server?.WaitForExit();
        _server?.Dispose();
        Directory.Delete(_folder, recursive: true);
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

    private async Task LoginAsync(RotationFixture fixture, string name, string user, string password, (string Key, string Value)[] policy)
    {
        using var value = SecretValue.FromFields([new("host", SecretValue.FromBytes("127.0.0.1"u8)), new("port", SecretValue.DangerousFromString($"{_port}")), new("username", SecretValue.DangerousFromString(user)), new("password", SecretValue.DangerousFromString(password))]);
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
