using System.Buffers.Binary;
using System.Globalization;
using System.Net.Sockets;
using Strongroom.Cli.Agent;
using Strongroom.Cli.Tests.Support;

namespace Strongroom.Cli.Tests.Agent;

/// <summary>What is no client of the agent, or no good one: it is left, and the others are served.</summary>
public sealed class HostileClientTests(HostileClientTests.OneAgent shared) : IClassFixture<HostileClientTests.OneAgent>
{
    private const byte Version = AgentProtocol.Version;

    public static TheoryData<string, byte[]> Nonsense => new()
    {
        { "an empty frame", Frame([]) },
        { "another version", Frame([Version + 1, 11]) },
        { "a version and nothing else", Frame([Version]) },
        { "an unknown operation on no vault", Frame([Version, 99, 0, 0, 0, 0]) },
        { "a name longer than the frame", Frame([Version, 11, 0xFF, 0xFF, 0xFF, 0x7F, 65]) },
        { "a name that is not UTF-8", Frame([Version, 11, 2, 0, 0, 0, 0xC3, 0x28]) },
        { "a length of four gigabytes", [0xFF, 0xFF, 0xFF, 0xFF, 1, 2, 3] },
        { "a web browser", "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"u8.ToArray() },
        { "a passphrase of no kind", Frame([Version, 2, 1, 0, 0, 0, 65, 1, 0, 0, 0, 65, 0xFF, 0xFF, 0xFF, 0xFF, .. new byte[24], 0, 0, 0]) },
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
    public void Mutations_of_real_requests_are_answered_and_do_no_harm()
    {
        using var agent = new AgentShell().Unlock();
        var (process, random) = (agent.Process, new Random(7));
        var requests = Requests(agent.Shell.PathOf("vault.json"));
        // As they are, all of them are done: what is mutated is real.
        Assert.All(requests, request => Assert.Equal((byte)AnswerStatus.Done, Ask(agent, request)));
        var answers = new int[256];
        for (var i = 0; i < 1500; i++)
        {
            var request = (byte[])requests[random.Next(requests.Length)].Clone();
            // Not the name of the vault: another one is simply not held.
            var from = agent.Shell.PathOf("vault.json").Length + 10;
            for (var j = random.Next(1, 4); j > 0 && request.Length > from; j--)
            {
                var at = random.Next(from, request.Length);
                request[at] = random.Next(3) switch { 0 => (byte)random.Next(256), 1 => (byte)(request[at] ^ (1 << random.Next(8))), _ => 0xFF };
            }

            answers[Ask(agent, random.Next(8) == 0 ? Frame(request[4..random.Next(from, request.Length + 1)]) : request)]++;
        }

        Assert.True(answers[(byte)AnswerStatus.Done] > 100 && answers[(byte)AnswerStatus.Failed] > 100 && answers[Closed] > 100, string.Join(' ', answers));
        Assert.Equal(1500, answers[(byte)AnswerStatus.Done] + answers[(byte)AnswerStatus.Failed] + answers[(byte)AnswerStatus.More] + answers[(byte)AnswerStatus.TakeLongWay] + answers[Closed]);
        Assert.Equal(process, agent.Process);
        agent.Run("get ci/token").Prints("value-of-token");
        Assert.True(agent.Run("verify --json").Ok().Json.GetProperty("intact").GetBoolean());
        Assert.InRange(Directory.GetFiles(string.Create(CultureInfo.InvariantCulture, $"/proc/{process}/fd")).Length, 1, 100);
    }

    [Fact]
    public void What_the_agent_did_not_expect_is_told_and_costs_no_connection()
    {
        using var agent = new AgentShell().Unlock();
        // No path has such a character, and no command sends it.
        var request = Request(agent.Shell.PathOf("vault.json"), AgentOperation.Backup, wire => wire.Text("/\0"));

        for (var i = 0; i < 80; i++)
            Assert.Equal((byte)AnswerStatus.Failed, Ask(agent, request));

        agent.Run("get ci/token --json").Ok();
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
                socket.Send([.. Length(AgentProtocol.MaxRequest), Version, 11]);
            agent.Run("get ci/token").Prints("value-of-token");
            // Believed, it would be 800 MB.
            Assert.InRange(MemoryOf(agent.Process) - before, long.MinValue, 200 * 1024 * 1024);
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
        var hello = Convert.ToHexString(Frame([Version, 4, 0, 0, 0, 0]));
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
        Need.Root();
        using var agent = new AgentShell();
        // Where the limit is zero already, nothing would be shown: root may raise it.
        agent.Shell.Sh("ulimit -H -c unlimited && ulimit -c unlimited && strongroom unlock --key-file vault.key && ulimit -c >limit").Ok();
        Assert.Equal("unlimited", File.ReadAllText(agent.Shell.PathOf("limit")).Trim());

        var limits = File.ReadAllLines(string.Create(CultureInfo.InvariantCulture, $"/proc/{agent.Process}/limits"));

        Assert.Matches("^Max core file size +0 ", limits.First(line => line.StartsWith("Max core file size", StringComparison.Ordinal)));
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

    private const int Closed = 255;

    // The first frame's status; Closed when there is none.
    private static byte Ask(AgentShell agent, byte[] request)
    {
        using var socket = agent.Connect();
        var answer = new byte[65_536];
        try
        {
            socket.Send(request);
            socket.Shutdown(SocketShutdown.Send);
            return Receive(socket, answer) > 4 ? answer[4] : (byte)Closed;
        }
        catch (SocketException error) when (error.SocketErrorCode is SocketError.Shutdown or SocketError.ConnectionReset)
        {
            return Closed;
        }
    }

    private static byte[][] Requests(string vault)
    {
        using var value = SecretValue.FromFields([KeyValuePair.Create("a", SecretValue.FromBytes("1"u8)), KeyValuePair.Create("b", SecretValue.FromBytes("2"u8))]);
        var options = new SetOptions { Tags = new Dictionary<string, string> { ["k"] = "v" }, Description = "d", ExpiresAt = DateTimeOffset.UtcNow.AddDays(30), Type = SecretType.ApiKey };
        return
        [
            Request(vault, AgentOperation.Set, wire => Set(wire, "m/one")),
            Request(vault, AgentOperation.Commit, wire => wire.Batch(new SecretBatch().Set(SecretName.Parse("m/two"), value, options).UpdateMetadata(SecretName.Parse("m/one"), new MetadataChange { Description = "e" }))),
            Request(vault, AgentOperation.Rotate, wire =>
            {
                wire.Text("m/one");
                wire.Value(value);
                wire.Options(new RotateOptions { Grace = TimeSpan.FromHours(1) });
            }),
            Request(vault, AgentOperation.Get, wire =>
            {
                wire.Text("m/one");
                wire.Number((long?)1);
                wire.Flag(true);
                wire.Flag(false);
            }),
            Request(vault, AgentOperation.History, wire => wire.Text("m/one")),
            Request(vault, AgentOperation.Metadata, wire => wire.Text("m/one")),
            Request(vault, AgentOperation.UpdateMetadata, wire =>
            {
                wire.Text("m/two");
                wire.Change(new MetadataChange { Tags = new Dictionary<string, string?> { ["k"] = null }, ExpiresAt = DateTimeOffset.UtcNow.AddDays(1) });
                wire.Condition(new WriteCondition { IfPresent = true });
            }),
        ];

        void Set(WireWriter wire, string name)
        {
            wire.Text(name);
            wire.Value(value);
            wire.Options(options);
        }
    }

    private static byte[] Request(string vault, AgentOperation operation, Action<WireWriter> arguments)
    {
        using var wire = new WireWriter();
        wire.Byte(Version);
        wire.Byte((byte)operation);
        wire.Text(vault);
        arguments(wire);
        return wire.Frame().ToArray();
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
        // What may be written to, touched or not: an array that nobody has filled is not in VmRSS yet.
        var line = File.ReadAllLines(string.Create(CultureInfo.InvariantCulture, $"/proc/{process}/status")).First(line => line.StartsWith("VmData", StringComparison.Ordinal));
        return long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) * 1024;
    }
}
