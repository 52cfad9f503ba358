using Strongroom.Cli.Platform;
using Strongroom.Cryptography;

namespace Strongroom.Cli.Configuration;

/// <summary>
/// The project files whose <c>[run]</c> the user has said yes to, by place and content: what was pulled or cloned since is looked at anew. Such a file chooses secrets for every command that is run below it, and comes with
/// the code it stands beside. One small file for each, in the state folder.
/// </summary>
internal static class ProjectTrust
{
    /// <summary>Whether a file's <c>[run]</c> may be used: it has none, is the user's own, or was trusted as it stands.</summary>
    public static bool IsGiven(Settings settings, ConfigurationFile file) => !file.IsProject || file.Run.Count == 0 || File.Exists(MarkOf(settings, file));

    /// <summary>Trusts it as it stands.</summary>
    public static void Give(Settings settings, ConfigurationFile file)
    {
        var mark = MarkOf(settings, file);
        if (OperatingSystem.IsWindows())
            Directory.CreateDirectory(Path.GetDirectoryName(mark)!);
        else
            Directory.CreateDirectory(Path.GetDirectoryName(mark)!, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        PrivateFile.Replace(mark, Utf8.Strict.GetBytes(file.Path + "\n"));
    }

    /// <summary>Takes it back.</summary>
    /// <returns>Whether it was trusted.</returns>
    public static bool TakeBack(Settings settings, ConfigurationFile file)
    {
        var mark = MarkOf(settings, file);
        var wasThere = File.Exists(mark);
        File.Delete(mark);
        return wasThere;
    }

    /// <summary>It was not trusted.</summary>
    public static CliException Missing(ConfigurationFile file) => new(
        ExitCodes.Configuration,
        "SR2096",
        $"{file.Path} chooses secrets for commands ([run]), and you have not said that you trust it as it stands.",
        "Look at it ('strongroom config list' shows what it chooses), then: strongroom config trust.");

    private static string MarkOf(Settings settings, ConfigurationFile file) => Path.Join(StateFolder(settings), "trusted", file.Digest);

    // As the library finds it.
    private static string StateFolder(Settings settings)
    {
        if (settings.Find(Setting.StateFolder) is { } chosen)
            return chosen.Value;
        if (OperatingSystem.IsWindows())
            return Path.Join(Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData), "strongroom");
        var home = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);
        if (OperatingSystem.IsMacOS())
            return Path.Join(home, "Library", "Application Support", "strongroom");
        return Environment.GetEnvironmentVariable("XDG_STATE_HOME") is ['/', ..] state ? Path.Join(state, "strongroom") : Path.Join(home, ".local", "state", "strongroom");
    }
}
