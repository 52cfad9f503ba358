using System.Runtime.InteropServices;
using Strongroom.Cli.Agent;

namespace Strongroom.Cli.Configuration;

/// <summary>
/// Finds <c>.strongroom.toml</c> in the working folder or above. It is used only when nobody else could have put it there: who makes commands in your shell read another vault can make you write secrets into it.
/// </summary>
internal static unsafe partial class ProjectFile
{
    /// <summary>Its name.</summary>
    public const string Name = ".strongroom.toml";

    private const uint OthersWrite = 2;

    /// <summary>The nearest one, or null.</summary>
    /// <exception cref="CliException">There is one, and it is not to be trusted.</exception>
    public static string? Find()
    {
        for (var folder = Environment.CurrentDirectory; folder is not null; folder = Path.GetDirectoryName(folder))
        {
            var path = Path.Join(folder, Name);
            if (!File.Exists(path))
                continue;
            if ((Problem(folder, "its folder") ?? Problem(path, "it")) is { } problem)
                throw new CliException(ExitCodes.Configuration, "SR2093", $"{path} is not used: {problem}.", "Look at what is in it; then make file and folder your own (chown, chmod o-w), or work elsewhere.");
            return path;
        }

        return null;
    }

    /// <summary>Why a file or folder could be somebody else's work, or null.</summary>
    private static string? Problem(string path, string what)
    {
        if (!OperatingSystem.IsLinux())
            return null;
        var status = stackalloc byte[256];
        if (Status(path, status) != 0)
            return $"{what} can't be looked at";
        // struct stat of Linux; on x64 mode and owner lie at 24 and 28, elsewhere at 16 and 20.
        var isX64 = RuntimeInformation.ProcessArchitecture == Architecture.X64;
        uint mode = *(uint*)(status + (isX64 ? 24 : 16)), owner = *(uint*)(status + (isX64 ? 28 : 24));
        if (owner != AgentPlace.User && owner != 0)
            return $"{what} belongs to another user ({owner})";
        return (mode & OthersWrite) != 0 ? $"everybody may write to {(what == "it" ? "it" : "its folder")}" : null;
    }

    [LibraryImport("libc", EntryPoint = "stat", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Status(string path, byte* status);
}
