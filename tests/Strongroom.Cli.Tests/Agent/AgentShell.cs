using System.Globalization;
using System.Net.Sockets;
using Strongroom.Cli.Tests.Support;

namespace Strongroom.Cli.Tests.Agent;

/// <summary>A vault, and an agent of its own that ends with it. No variable names a key: what works without one goes through the agent.</summary>
internal sealed class AgentShell : IDisposable
{
    public AgentShell()
    {
        Need.That(OperatingSystem.IsLinux(), "agents run on Linux");
        Shell = Shell.WithVault();
        Shell.Run("set ci/token", input: "value-of-token").Ok();
        Shell.Run(["set", "db/main", "username=app", "password=-"], "value-of-password"u8.ToArray()).Ok();
        Shell.Variables.Remove("STRONGROOM_KEY_FILE");
        Shell.Variables["XDG_RUNTIME_DIR"] = Directory.CreateDirectory(Shell.PathOf("run")).FullName;
    }

    public Shell Shell { get; }

    public string Socket => Shell.PathOf("run/strongroom/agent.sock");

    /// <summary>The agent's process, which must run.</summary>
    public int Process => (int)Shell.Run("agent status --json").Ok().Json.GetProperty("agent").GetInt64();

    public CommandResult Run(string line, string input = "") => Shell.Run(line, input);

    /// <summary>Unlocks the vault.</summary>
    public AgentShell Unlock(string options = "")
    {
        Run($"unlock --key-file vault.key {options}").Ok();
        return this;
    }

    /// <summary>Connects to the socket as no client does.</summary>
    public Socket Connect()
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified) { ReceiveTimeout = 20_000 };
        socket.Connect(new UnixDomainSocketEndPoint(Socket));
        return socket;
    }

    /// <summary>Waits for the end of a process.</summary>
    public static bool Ends(int process, int seconds = 20) =>
        SpinWait.SpinUntil(() => !Directory.Exists(string.Create(CultureInfo.InvariantCulture, $"/proc/{process}")) || IsZombie(process), TimeSpan.FromSeconds(seconds));

    public void Dispose()
    {
        Run("agent stop");
        Shell.Dispose();
    }

    // Where nobody reaps orphans (containers), an agent that has ended stays in the list.
    private static bool IsZombie(int process)
    {
        try
        {
            return File.ReadAllText(string.Create(CultureInfo.InvariantCulture, $"/proc/{process}/stat")).Contains(") Z ", StringComparison.Ordinal);
        }
        catch (IOException)
        {
            return true;
        }
    }
}
