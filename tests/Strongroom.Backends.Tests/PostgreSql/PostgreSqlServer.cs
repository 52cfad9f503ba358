using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Npgsql;
using Strongroom.Tests.LocalVaults;

namespace Strongroom.Backends.Tests.PostgreSql;

/// <summary>A PostgreSQL server of a test: a folder, a port on loopback, and gone at the end.</summary>
public sealed class PostgreSqlServer : IDisposable
{
    private readonly string _folder;
    private int _schemas;

    private PostgreSqlServer(string folder, int port) => (_folder, Port) = (folder, port);

    public int Port { get; }

    public string Host => string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{Port}");

    public string Data => Path.Combine(_folder, "data");

    /// <summary>Where the server's programs are; null when it is not installed.</summary>
    public static string? Programs { get; } = Directory.Exists("/usr/lib/postgresql")
        ? Directory.GetDirectories("/usr/lib/postgresql").Select(version => Path.Combine(version, "bin")).Where(bin => File.Exists(Path.Combine(bin, "initdb"))).Order(StringComparer.Ordinal).LastOrDefault()
        : null;

    /// <summary>Starts a server with no vault.</summary>
    public static PostgreSqlServer Start(params string[] settings)
    {
        PostgreSqlServer server = Prepare();
        Run("initdb", "-D", server.Data, "-U", "postgres", "-A", "trust", "--no-sync", "-E", "UTF8", "--locale=C.UTF-8");
        File.AppendAllLines(Path.Combine(server.Data, "postgresql.conf"), settings);
        server.Up();
        return server;
    }

    /// <summary>Starts a server that asks every user but its administrator for a password.</summary>
    public static PostgreSqlServer StartWithPasswords(params string[] settings)
    {
        PostgreSqlServer server = Prepare();
        Run("initdb", "-D", server.Data, "-U", "postgres", "-A", "trust", "--no-sync", "-E", "UTF8", "--locale=C.UTF-8");
        File.AppendAllLines(Path.Combine(server.Data, "postgresql.conf"), settings);
        File.WriteAllText(Path.Combine(server.Data, "pg_hba.conf"), "host all postgres 127.0.0.1/32 trust\nhost all all 127.0.0.1/32 scram-sha-256\n");
        server.Up();
        return server;
    }

    /// <summary>Starts a standby that follows a primary.</summary>
    public static PostgreSqlServer StartStandby(PostgreSqlServer primary, string name)
    {
        PostgreSqlServer server = Prepare();
        Run("pg_basebackup", "-D", server.Data, "-R", "-X", "stream", "-c", "fast", "-d", $"host=127.0.0.1 port={primary.Port} user=postgres application_name={name}");
        File.AppendAllText(Path.Combine(server.Data, "postgresql.conf"), "synchronous_standby_names = ''\n");
        server.Up();
        return server;
    }

    /// <summary>An address of a schema that nobody has used yet.</summary>
    public string NewAddress() => string.Create(CultureInfo.InvariantCulture, $"postgres://postgres@{Host}/postgres?schema=vault_{Interlocked.Increment(ref _schemas)}");

    public void Up()
    {
        for (int attempt = 1; ; attempt++)
        {
            try
            {
                Run("pg_ctl", "-D", Data, "-w", "-t", "60", "-l", Path.Combine(_folder, "log"), "-o", $"-p {Port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={_folder}", "start");
                return;
            }
            catch (InvalidOperationException) when (attempt < 20)
            {
                // The children of a leader that was killed hold on to its memory for a moment.
                Thread.Sleep(250);
            }
        }
    }

    public void Promote() => Run("pg_ctl", "-D", Data, "-w", "-t", "60", "promote");

    /// <summary>Kills the server as a crash of its machine would end it.</summary>
    public void Kill()
    {
        int leader = int.Parse(File.ReadLines(Path.Combine(Data, "postmaster.pid")).First(), CultureInfo.InvariantCulture);
        // The children end with the leader: they see its pipe close.
        using var process = Process.GetProcessById(leader);
        process.Kill();
        process.WaitForExit();
    }

    public async Task<T?> QueryAsync<T>(string sql, params object[] parameters)
    {
        await using var connection = new NpgsqlConnection($"Host=127.0.0.1;Port={Port};Username=postgres;Database=postgres;Pooling=false");
        await connection.OpenAsync(TestContext.Current.CancellationToken);
        await using var command = new NpgsqlCommand(sql, connection);
        foreach (object parameter in parameters)
            command.Parameters.Add(new NpgsqlParameter { Value = parameter });
        return await command.ExecuteScalarAsync(TestContext.Current.CancellationToken) is T result ? result : default;
    }

    public void Dispose()
    {
        try
        {
            if (File.Exists(Path.Combine(Data, "postmaster.pid")))
                Run("pg_ctl", "-D", Data, "-m", "immediate", "-w", "stop");
        }
        catch (InvalidOperationException)
        {
            // It was killed.
        }

        Directory.Delete(_folder, recursive: true);
    }

    private static PostgreSqlServer Prepare()
    {
        Need.That(Programs is not null, "PostgreSQL is not installed: apt-get install postgresql");
        string folder = Directory.CreateTempSubdirectory("strongroom-pg-").FullName;
        // The server refuses to run as root.
        if (Environment.IsPrivilegedProcess)
            Start("chown", "postgres:", folder);
        return new PostgreSqlServer(folder, FreePort());
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private static void Run(string program, params string[] arguments)
    {
        string path = Path.Combine(Programs!, program);
        if (Environment.IsPrivilegedProcess)
            Start("setpriv", ["--reuid=postgres", "--regid=postgres", "--clear-groups", path, .. arguments]);
        else
            Start(path, arguments);
    }

    private static void Start(string program, params string[] arguments)
    {
        // The server keeps what it inherits open, so its output can't be a pipe of ours.
        var info = new ProcessStartInfo("/bin/sh") { WorkingDirectory = "/tmp" };
        string log = Path.GetTempFileName();
        foreach (string argument in (string[])["-c", "log=$1; shift; exec \"$@\" >\"$log\" 2>&1 </dev/null", "sh", log, program, .. arguments])
            info.ArgumentList.Add(argument);
        using Process process = Process.Start(info)!;
        process.WaitForExit();
        string output = File.ReadAllText(log);
        File.Delete(log);
        if (process.ExitCode != 0)
            throw new InvalidOperationException($"{program} {string.Join(' ', arguments)}: {output}");
    }
}

/// <summary>One server for the tests of a class.</summary>
public sealed class PostgreSqlFixture : IDisposable
{
    private readonly Lazy<PostgreSqlServer> _server = new(static () => PostgreSqlServer.Start("shared_buffers=64MB", "max_connections=200", "logging_collector=on", "log_statement=all"));

    public PostgreSqlServer Server => _server.Value;

    public void Dispose()
    {
        if (_server.IsValueCreated)
            _server.Value.Dispose();
    }
}
