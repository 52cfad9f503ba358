using System.Buffers.Binary;
using System.Globalization;
using System.Net.Sockets;
using Strongroom.Cli.Tests.Support;

namespace Strongroom.Cli.Tests.Agent;

/// <summary>What is no client of the agent, or no good one: it is left, and the others are served.</summary>
public sealed class HostileClientTests(HostileClientTests.OneAgent shared) : IClassFixture<HostileClientTests.OneAgent>
{
    public static TheoryData<string, byte[]> Nonsense => new()
    {
        { "an empty frame", Frame([]) },
        { "another version", Frame([9, 11]) },
        { "a version and nothing else", Frame([1]) },
        { "an unknown operation on no vault", Frame([1, 99, 0, 0, 0, 0]) },
        { "a name longer than the frame", Frame([1, 11, 0xFF, 0xFF, 0xFF, 0x7F, 65]) },
        { "a name that is not UTF-8", Frame([1, 11, 2, 0, 0, 0, 0xC3, 0x28]) },
        { "a length of four gigabytes", [0xFF, 0xFF, 0xFF, 0xFF, 1, 2, 3] },
        { "a web browser", "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"u8.ToArray() },
        { "a passphrase of no kind", Frame([1, 2, 1, 0, 0, 0, 65, 1, 0, 0, 0, 65, 0xFF, 0xFF, 0xFF, 0xFF, .. new byte[24], 0, 0, 0]) },
    };

    [Theory]
    [MemberData(nameof(Nonsense))]
    public void Nonsense_ends_the_connection_or_is_answered_with_an_error(string what, byte[] bytes)
    {
        var agent = shared.Agent;
        using var socket = agent.Connect();

        socket.Send(bytes);

        var answer = new byte[4096];
        var count = Receive(socket, answer);
        // Either nothing and the end, or an error (1) or "not held" (3), never anything else.
        Assert.True(count == 0 || answer[4] is 1 or 3, $"{what}: {Convert.ToHexString(answer[..count])}");
        agent.Run("get ci/token").Prints("value-of-token");
    }

    [Fact]
    public void Mutations_of_real_requests_do_no_harm()
    {
        var agent = shared.Agent;
        var key = System.Text.Encoding.ASCII.GetBytes(agent.Shell.PathOf("vault.json"));
        var random = new Random(7);
        for (var i = 0; i < 400; i++)
        {
            var body = new byte[random.Next(0, 60)];
            random.NextBytes(body);
            for (var j = 0; j < body.Length; j++)
                body[j] = random.Next(3) == 0 ? body[j] : (byte)0;
            // Not unlock, lock, stop and purge, which are what they are.
            byte operation = random.Next(5) switch { 0 => (byte)random.Next(10, 16), 1 => 20, 2 => (byte)random.Next(26, 28), 3 => (byte)random.Next(30, 36), _ => (byte)random.Next(40, 256) };
            using var socket = agent.Connect();
            socket.Send(Frame([1, operation, .. Length(key.Length), .. key, .. body]));
            socket.Shutdown(SocketShutdown.Send);
            var answer = new byte[65_536];
            _ = Receive(socket, answer);
        }

        agent.Run("get ci/token").Prints("value-of-token");
        Assert.True(agent.Run("verify --json").Ok().Json.GetProperty("intact").GetBoolean());
    }

    [Fact]
    public void A_slow_client_is_left_and_a_claimed_length_takes_no_memory()
    {
        var agent = shared.Agent;
        var before = MemoryOf(agent.Process);
        var sockets = Enumerable.Range(0, 40).Select(_ => agent.Connect()).ToArray();
        try
        {
            foreach (var socket in sockets)
                socket.Send([.. Length(20 * 1024 * 1024), 1, 11]);
            agent.Run("get ci/token").Prints("value-of-token");
            Assert.InRange(MemoryOf(agent.Process) - before, long.MinValue, 64 * 1024 * 1024);
            Assert.Equal(0, Receive(sockets[0], new byte[16]));
        }
        finally
        {
            foreach (var socket in sockets)
                socket.Dispose();
        }
    }

    [Fact]
    public void A_crowd_of_silent_connections_keeps_nobody_out()
    {
        var agent = shared.Agent;
        var sockets = Enumerable.Range(0, 200).Select(_ => agent.Connect()).ToArray();
        try
        {
            agent.Run("get ci/token").Prints("value-of-token");
            agent.Run("list").Prints("ci/token\ndb/main\n");
        }
        finally
        {
            foreach (var socket in sockets)
                socket.Dispose();
        }
    }

    [Fact]
    public void Another_user_is_turned_away_even_where_the_file_system_lets_it_in()
    {
        Need.Root();
        Need.Tool("setpriv");
        Need.That(File.Exists("/usr/bin/python3"), "python3 of the system is not installed");
        using var agent = new AgentShell().Unlock();
        // As if somebody had opened all doors.
        foreach (var folder in (string[])["", "run", "run/strongroom"])
            Assert.Equal(0, agent.Shell.Sh($"chmod 0755 '{agent.Shell.PathOf(folder)}'").Exit);
        Assert.Equal(0, agent.Shell.Sh($"chmod 0666 '{agent.Socket}'").Exit);
        var hello = Convert.ToHexString(Frame([1, 4, 0, 0, 0, 0]));
        string As(string user) => agent.Shell.Sh(string.Create(CultureInfo.InvariantCulture, $"""
            setpriv {user} /usr/bin/python3 -c "
            import socket
            s = socket.socket(socket.AF_UNIX); s.connect('{agent.Socket}')
            try:
                s.sendall(bytes.fromhex('{hello}')); print(len(s.recv(4096)) > 0)
            except OSError:
                print(False)
            "
            """)).Ok().Output.Trim();

        Assert.Equal("True", As("--reuid 0"));
        Assert.Equal("False", As("--reuid 65534 --regid 65534 --clear-groups"));
        // A client does not trust such a folder either.
        agent.Run("get ci/token --no-input").Fails(11, "SR2080");
        Assert.Equal(0, agent.Shell.Sh($"chmod 0700 '{agent.Shell.PathOf("run/strongroom")}'").Exit);
    }

    [Fact]
    public void What_it_holds_is_in_no_core_dump()
    {
        var agent = shared.Agent;

        var limits = File.ReadAllLines(string.Create(CultureInfo.InvariantCulture, $"/proc/{agent.Process}/limits"));

        Assert.StartsWith("0", limits.First(line => line.StartsWith("Max core file size", StringComparison.Ordinal))["Max core file size".Length..].Trim(), StringComparison.Ordinal);
        Assert.Equal("600", agent.Shell.Sh($"stat -c %a '{agent.Socket}'").Ok().Output.Trim());
        Assert.Equal("700", agent.Shell.Sh($"stat -c %a '{agent.Shell.PathOf("run/strongroom")}'").Ok().Output.Trim());
    }

    // An end with bytes that nobody has read is a reset.
    private static int Receive(Socket socket, byte[] answer)
    {
        try
        {
            return socket.Receive(answer);
        }
        catch (SocketException error) when (error.SocketErrorCode == SocketError.ConnectionReset)
        {
            return 0;
        }
    }

    /// <summary>One agent for all of them: each has to leave it as it was.</summary>
    public sealed class OneAgent : IDisposable
    {
        private readonly Lazy<AgentShell> _agent = new(static () => new AgentShell().Unlock());

        internal AgentShell Agent => _agent.Value;

        public void Dispose()
        {
            if (_agent.IsValueCreated)
                _agent.Value.Dispose();
        }
    }

    private static byte[] Frame(byte[] body) => [.. Length(body.Length), .. body];

    private static byte[] Length(int length)
    {
        var bytes = new byte[4];
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, (uint)length);
        return bytes;
    }

    private static long MemoryOf(int process)
    {
        var line = File.ReadAllLines(string.Create(CultureInfo.InvariantCulture, $"/proc/{process}/status")).First(line => line.StartsWith("VmRSS", StringComparison.Ordinal));
        return long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) * 1024;
    }
}
