using System.Net.Sockets;
using Strongroom.Cli.Agent;
using Strongroom.Cli.Tests.Support;
using Strongroom.Cryptography;

namespace Strongroom.Cli.Tests.Agent;

/// <summary>An agent that goes away, or takes its time: what a command makes of it.</summary>
public sealed class SilentAgentTests
{
    [Fact]
    public void A_write_that_nobody_has_answered_is_unknown_and_a_read_has_failed()
    {
        using var shell = new Shell();
        using var agent = new FakeAgent(shell);

        shell.Run("set a/b --no-input", input: "x").Fails(8, "SR2087", "not known");
        shell.Run("remove a/b --no-input --yes").Fails(8, "SR2087");
        shell.Run("get a/b --json --no-input").Fails(8, "SR2082");
    }

    [Fact]
    public void Work_that_takes_long_is_waited_for()
    {
        using var agent = new AgentShell().Unlock();
        Need.Tool("flock");
        using var holder = agent.Shell.Start(["flock", "vault.json.lock", "sh", "-c", "echo held; exec sleep 7"]);
        Assert.Equal("held", holder.StandardOutput.ReadLine());
        using var wire = new WireWriter();
        wire.Byte(AgentProtocol.Version);
        wire.Byte((byte)AgentOperation.Delete);
        wire.Text(agent.Shell.PathOf("vault.json"));
        wire.Text("ci/token");
        wire.Condition(default);
        using var socket = agent.Connect();

        socket.Send(wire.Frame().Span);

        Assert.Equal((byte)AnswerStatus.Waiting, Status(socket));
        Assert.Equal((byte)AnswerStatus.Done, Status(socket));
        holder.WaitForExit();
    }

    private static byte Status(Socket socket)
    {
        var frame = new byte[256];
        var count = socket.Receive(frame.AsSpan(0, 5));
        var rest = BitConverter.ToInt32(frame) - 1;
        Assert.Equal(rest, rest == 0 ? 0 : socket.Receive(frame.AsSpan(5, rest)));
        Assert.Equal(5, count);
        return frame[4];
    }

    /// <summary>Holds every vault open, and ends each connection at the first real request.</summary>
    private sealed class FakeAgent : IDisposable
    {
        private readonly Socket _listener = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);

        public FakeAgent(Shell shell)
        {
            Need.That(OperatingSystem.IsLinux(), "agents run on Linux");
            shell.Variables["STRONGROOM_VAULT"] = shell.PathOf("vault.json");
            shell.Variables["XDG_RUNTIME_DIR"] = shell.PathOf("run");
            Directory.CreateDirectory(shell.PathOf("run/strongroom"));
            Assert.Equal(0, shell.Sh("chmod 700 run run/strongroom").Exit);
            _listener.Bind(new UnixDomainSocketEndPoint(shell.PathOf("run/strongroom/agent.sock")));
            _listener.Listen();
            _ = Task.Run(ServeAsync);
        }

        public void Dispose() => _listener.Dispose();

        private async Task ServeAsync()
        {
            try
            {
                while (true)
                {
                    using var socket = await _listener.AcceptAsync();
                    var request = new byte[4096];
                    while (await socket.ReceiveAsync(request) > 5 && request[5] == (byte)AgentOperation.Hello)
                        await socket.SendAsync(Hello());
                }
            }
            catch (Exception error) when (error is SocketException or ObjectDisposedException)
            {
                // The test is over.
            }
        }

        private static ReadOnlyMemory<byte> Hello()
        {
            using var wire = new WireWriter();
            wire.Byte((byte)AnswerStatus.Done);
            wire.Number(1);
            wire.Id(RandomId.New());
            wire.Text("a vault");
            wire.Length(0);
            return wire.Frame().ToArray();
        }
    }
}
