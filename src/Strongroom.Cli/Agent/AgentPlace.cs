using System.Globalization;
using System.Runtime.InteropServices;
using Strongroom.Storage;

namespace Strongroom.Cli.Agent;

/// <summary>
/// Where the agent's socket is: in a folder that only this user can enter, <c>$XDG_RUNTIME_DIR/strongroom</c>, or <c>/tmp/strongroom-UID</c> where there is no such. Client and agent check owner and mode of the folder, since
/// whoever could put a socket there would be told passphrases.
/// </summary>
internal static unsafe partial class AgentPlace
{
    private const int GroupAndOthers = 0x3F;
    private const int StatMode = 24, StatUser = 28;

    /// <summary>Whether there are agents on this system.</summary>
    public static bool IsSupported => OperatingSystem.IsLinux();

    /// <summary>This process's user.</summary>
    public static uint User => EffectiveUser();

    /// <summary>The folder; it may not be there.</summary>
    public static string Folder => Environment.GetEnvironmentVariable("XDG_RUNTIME_DIR") is ['/', ..] runtime
        ? $"{runtime.TrimEnd('/')}/strongroom"
        : string.Create(CultureInfo.InvariantCulture, $"/tmp/strongroom-{User}");

    /// <summary>The socket.</summary>
    public static string Socket => $"{Folder}/agent.sock";

    /// <summary>Held by the agent as long as it lives: there is one at a time.</summary>
    public static string LockFile => $"{Folder}/agent.lock";

    /// <summary>Why the folder can't be trusted; null when it can, or is not there.</summary>
    public static string? Problem(string folder)
    {
        // struct stat of Linux; on x64 mode and owner lie at 24 and 28, elsewhere at 16 and 24.
        var status = stackalloc byte[256];
        if (LinkStatus(folder, status) != 0)
            return null;
        var isX64 = RuntimeInformation.ProcessArchitecture == Architecture.X64;
        uint mode = *(uint*)(status + (isX64 ? StatMode : 16)), owner = *(uint*)(status + (isX64 ? StatUser : 24));
        if ((mode & 0xF000) != 0x4000)
            return "it is no folder";
        if (owner != User)
            return $"it belongs to user {owner}";
        return (mode & GroupAndOthers) == 0 ? null : $"others may enter it (mode {Convert.ToString(mode & 0x1FF, 8)})";
    }

    /// <summary>Makes the folder when it is not there, and refuses one that others have made or can enter.</summary>
    public static void Prepare()
    {
        if (!Directory.Exists(Folder))
            _ = MakeFolder(Folder, 0x1C0);
        if (Problem(Folder) is { } problem)
            throw Refused(problem);
        if (!Directory.Exists(Folder))
            throw new CliException(ExitCodes.Unavailable, "SR2080", $"The agent's folder {Folder} can't be made.", "Check XDG_RUNTIME_DIR.");
    }

    /// <summary>The folder is not to be trusted.</summary>
    public static CliException Refused(string problem) =>
        new(ExitCodes.Configuration, "SR2080", $"The agent's folder {Folder} can't be used: {problem}.", "Look at who made it; remove it, or set XDG_RUNTIME_DIR to a folder of your own.");

    /// <summary>How a vault is named between client and agent: the same for every way to write its path, without a password for a database.</summary>
    public static string KeyOf(string given)
    {
        if (VaultAddress.Of(given) is not { } address)
            return KeyOfFile(given);
        if (address.Scheme != "sqlite")
            return address.ToString();
        var (path, query) = SplitQuery(address.DangerousRest);
        return $"sqlite:{Resolved(path)}{query}";
    }

    /// <summary>The same, of a path.</summary>
    public static string KeyOfFile(string path) => Resolved(Directory.Exists(path) ? Path.Join(path, "strongroom.json") : path);

    /// <summary>The same place, written so that a process in another folder finds it.</summary>
    public static string AddressFor(string given)
    {
        if (VaultAddress.Of(given) is not { } address)
            return Path.GetFullPath(given);
        if (address.Scheme != "sqlite")
            return address.DangerousText;
        var (path, query) = SplitQuery(address.DangerousRest);
        return $"sqlite:{Path.GetFullPath(path)}{query}";
    }

    // Links are followed to their end, those of folders on the way too.
    private static string Resolved(string path)
    {
        var resolved = RealPath(path, null);
        if (resolved is null)
            return Path.GetFullPath(path);
        try
        {
            return Marshal.PtrToStringUTF8((nint)resolved)!;
        }
        finally
        {
            NativeMemory.Free(resolved);
        }
    }

    private static (string Path, string Query) SplitQuery(string rest)
    {
        var at = rest.IndexOf('?', StringComparison.Ordinal);
        return at < 0 ? (rest, "") : (rest[..at], rest[at..]);
    }

    [LibraryImport("libc", EntryPoint = "geteuid")]
    private static partial uint EffectiveUser();

    [LibraryImport("libc", EntryPoint = "lstat", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int LinkStatus(string path, byte* status);

    [LibraryImport("libc", EntryPoint = "mkdir", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int MakeFolder(string path, uint mode);

    [LibraryImport("libc", EntryPoint = "realpath", StringMarshalling = StringMarshalling.Utf8)]
    private static partial byte* RealPath(string path, byte* resolved);
}
