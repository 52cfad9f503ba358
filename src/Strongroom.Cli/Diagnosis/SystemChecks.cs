using System.Runtime.InteropServices;
using Strongroom.Cli.Agent;
using Strongroom.Cli.CommandLine;
using Strongroom.Cryptography;

namespace Strongroom.Cli.Diagnosis;

/// <summary>The machine, the process, the agent.</summary>
internal static partial class SystemChecks
{
    private const int GetDumpable = 3;
    private static readonly TimeSpan Tolerance = TimeSpan.FromMinutes(5);

    /// <summary>Whether what is in memory can get to a disk by swapping.</summary>
    public static Finding Memory()
    {
        using var buffer = SecretBuffer.Allocate(64);
        if (SecretBuffer.MemoryIsLocked)
            return new("memory", "Memory for keys and values is locked: it is not swapped out.");
        var swaps = File.Exists("/proc/swaps") && File.ReadAllLines("/proc/swaps").Length > 1;
        return swaps
            ? new("memory", "Memory can't be locked, and this machine swaps: keys could be written to disk.", "Raise the limit of locked memory (ulimit -l, LimitMEMLOCK), or encrypt the swap space.")
            : new("memory", "Memory can't be locked, but this machine does not swap.");
    }

    /// <summary>Whether this process can leave a core dump, or be read by others of the same user.</summary>
    public static Finding CoreDumps()
    {
        if (!OperatingSystem.IsLinux())
            return new("core-dumps", "Core dumps were not looked at on this system.");
        return ProcessControl(GetDumpable, 0, 0, 0, 0) == 0
            ? new("core-dumps", "This command leaves no core dump, and other processes of its user can't attach to it.")
            : new("core-dumps", "This command could leave a core dump: the system did not let it switch that off.", "Set the core limit to 0 (ulimit -c 0), and look at what forbids prctl.");
    }

    /// <summary>Whether the clock can be right.</summary>
    public static Finding Clock(DateTimeOffset now, DateTimeOffset? lastWrite) => lastWrite is { } written && written > now + Tolerance
        ? new("clock", $"This machine's clock is behind: the vault was written at {CanonicalTime.Format(written)}, and it is said to be {CanonicalTime.Format(now)}.", "Set the clock (timedatectl set-ntp true): expiry and the audit log depend on it.")
        : new("clock", $"The clock is not behind the vault's last write ({CanonicalTime.Format(now)}).");

    /// <summary>A passphrase in the environment.</summary>
    public static Finding Environment() => CommandContext.Variable("STRONGROOM_PASSPHRASE") is null
        ? new("environment", "No passphrase stands in the environment.")
        : new("environment", "STRONGROOM_PASSPHRASE holds a passphrase, which other processes of this user can read.", "Use STRONGROOM_PASSPHRASE_FILE, a key file, or 'strongroom unlock'.");

    /// <summary>The agent and its folder.</summary>
    public static Finding Agent(CancellationToken ct)
    {
        if (!AgentPlace.IsSupported)
            return new("agent", "There is no agent for this system yet.");
        if (AgentPlace.Problem(AgentPlace.Folder) is { } problem)
            return new("agent", $"The agent's folder {AgentPlace.Folder} can't be used: {problem}.", "Look at who made it; remove it, or set XDG_RUNTIME_DIR to a folder of your own.");
        using var agent = AgentConnection.TryConnect(ct);
        if (agent is null)
        {
            return File.Exists(AgentPlace.Socket)
                ? new("agent", $"An agent that is gone has left {AgentPlace.Socket}.", $"rm {AgentPlace.Socket}; the next 'strongroom unlock' does it too.", () => File.Delete(AgentPlace.Socket))
                : new("agent", "No agent runs.");
        }

        var state = AgentState.Of(agent);
        var own = typeof(SystemChecks).Assembly.GetName().Version?.ToString(3);
        if (state.Version != own)
            return new("agent", $"The agent is of version {state.Version}, this command of {own}.", "strongroom agent stop, then unlock again.");
        return state.MemoryIsLocked
            ? new("agent", $"The agent runs (process {state.Process}) and holds {state.Vaults.Count} vault(s) open.")
            : new("agent", "The agent's memory is not locked.", "Raise the limit of locked memory (ulimit -l, LimitMEMLOCK), then start it again.");
    }

    [LibraryImport("libc", EntryPoint = "prctl")]
    private static partial int ProcessControl(int option, nuint a, nuint b, nuint c, nuint d);
}
