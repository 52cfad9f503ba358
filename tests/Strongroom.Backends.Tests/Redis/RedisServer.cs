using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using StackExchange.Redis;
using Strongroom.Tests.LocalVaults;

namespace Strongroom.Backends.Tests.Redis;

/// <summary>A Redis server of a test, or a sentinel: a folder, a port on loopback, and gone at the end.</summary>
public sealed class RedisServer : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("strongroom-redis-").FullName;
    private readonly string[] _settings;
    private Process? _process;
    private int _vaults;

    private RedisServer(string[] settings) => _settings = settings;

    public int Port { get; } = FreePort();

    public string Host => string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{Port}");

    /// <summary>Starts a server that keeps what it acknowledges.</summary>
    public static RedisServer Start(params string[] settings) => StartAsIs(["--appendonly", "yes", "--appendfsync", "always", .. settings]);

    /// <summary>Starts a server with exactly these settings.</summary>
    public static RedisServer StartAsIs(params string[] settings)
    {
        Need.Tool("redis-server");
        var server = new RedisServer(settings);
        server.Up();
        return server;
    }

    /// <summary>Starts a replica, and waits until it has everything.</summary>
    public static async Task<RedisServer> StartReplicaAsync(RedisServer master)
    {
        RedisServer replica = Start("--replicaof", "127.0.0.1", master.Port.ToString(CultureInfo.InvariantCulture), "--repl-diskless-sync-delay", "0");
        while (!(await replica.InfoAsync("replication")).Contains("master_link_status:up", StringComparison.Ordinal))
            await Task.Delay(20, TestContext.Current.CancellationToken);
        return replica;
    }

    /// <summary>Starts a sentinel that watches a master under the name <c>vault</c>.</summary>
    public static RedisServer StartSentinel(RedisServer master)
    {
        var sentinel = new RedisServer(["--sentinel"]);
        File.WriteAllLines(Path.Combine(sentinel._folder, "sentinel.conf"),
        [
            string.Create(CultureInfo.InvariantCulture, $"sentinel monitor vault 127.0.0.1 {master.Port} 1"),
            "sentinel down-after-milliseconds vault 500", "sentinel failover-timeout vault 3000", "sentinel parallel-syncs vault 1",
        ]);
        sentinel.Up();
        return sentinel;
    }

    /// <summary>An address of a vault that nobody has used yet.</summary>
    public string NewAddress() => $"redis://{Host}/vault-{Interlocked.Increment(ref _vaults)}";

    public void Up()
    {
        string[] file = File.Exists(Path.Combine(_folder, "sentinel.conf")) ? [Path.Combine(_folder, "sentinel.conf")] : [];
        var start = new ProcessStartInfo("redis-server",
        [
            .. file, "--port", Port.ToString(CultureInfo.InvariantCulture), "--bind", "127.0.0.1", "--dir", _folder, "--logfile", Path.Combine(_folder, "log"), .. file.Length == 0 ? (string[])["--save", ""] : [], .. _settings,
        ]);
        _process = Process.Start(start)!;
        for (int attempt = 0; ; attempt++)
        {
            try
            {
                using var client = new TcpClient();
                client.Connect(IPAddress.Loopback, Port);
                return;
            }
            catch (SocketException) when (attempt < 500 && !_process.HasExited)
            {
                Thread.Sleep(20);
            }
        }
    }

    /// <summary>Kills the server as a crash of its machine would end it.</summary>
    public void Kill()
    {
        _process!.Kill();
        _process.WaitForExit();
    }

    /// <summary>Runs a command as the administrator.</summary>
    public async Task<RedisResult> RunAsync(string command, params object[] arguments)
    {
        await using ConnectionMultiplexer connection = await ConnectionMultiplexer.ConnectAsync($"{Host},allowAdmin=true");
        for (int attempt = 0; ; attempt++)
        {
            try
            {
                return await connection.GetDatabase().ExecuteAsync(command, arguments);
            }
            catch (RedisServerException error) when (attempt < 500 && error.Message.Contains("LOADING", StringComparison.Ordinal))
            {
                await Task.Delay(20);
            }
        }
    }

    /// <summary>What a server says of itself; sentinels, too, whom the driver takes for no server.</summary>
    public async Task<string> InfoAsync(string section)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, Port, TestContext.Current.CancellationToken);
        await client.GetStream().WriteAsync(System.Text.Encoding.ASCII.GetBytes($"INFO {section}\r\n"), TestContext.Current.CancellationToken);
        using var reader = new StreamReader(client.GetStream());
        // $LENGTH, then as many bytes, which are ASCII.
        string? length = await reader.ReadLineAsync(TestContext.Current.CancellationToken);
        char[] text = new char[int.Parse(length![1..], CultureInfo.InvariantCulture)];
        await reader.ReadBlockAsync(text, TestContext.Current.CancellationToken);
        return new string(text);
    }

    public void Dispose()
    {
        if (_process is { HasExited: false })
            Kill();
        _process?.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}

/// <summary>One server for the tests of a class.</summary>
public sealed class RedisFixture : IDisposable
{
    private readonly Lazy<RedisServer> _server = new(static () => RedisServer.Start());

    public RedisServer Server => _server.Value;

    public void Dispose()
    {
        if (_server.IsValueCreated)
            _server.Value.Dispose();
    }
}

/// <summary>The administrator's hands in the keys of a vault.</summary>
internal sealed class RedisDatabase(RedisServer server, string address) : IRawDatabase
{
    private readonly string _prefix = $"strongroom:{{{address[(address.LastIndexOf('/') + 1)..]}}}:";

    public async Task<byte[]?> ReadAsync(string key) => (byte[]?)await server.RunAsync("HGET", _prefix + "rows", key);

    public async Task WriteAsync(string key, byte[]? bytes)
    {
        if (bytes is null)
        {
            await server.RunAsync("HDEL", _prefix + "rows", key);
            return;
        }

        await server.RunAsync("HSET", _prefix + "rows", key, bytes);
        await server.RunAsync("ZADD", _prefix + "index", 0, key);
    }

    public async Task<object> SaveAsync()
    {
        foreach (string part in Parts)
            await server.RunAsync("COPY", _prefix + part, _prefix + part + ":old", "REPLACE");
        return _prefix;
    }

    public async Task RestoreAsync(object saved)
    {
        foreach (string part in Parts)
            await server.RunAsync("COPY", _prefix + part + ":old", _prefix + part, "REPLACE");
    }

    private static string[] Parts => ["head", "rows", "index", "changes"];
}
