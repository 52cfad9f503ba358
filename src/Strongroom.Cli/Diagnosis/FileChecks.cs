namespace Strongroom.Cli.Diagnosis;

/// <summary>Permissions of files and folders.</summary>
internal static class FileChecks
{
    private const UnixFileMode Others = UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.GroupExecute | UnixFileMode.OtherRead | UnixFileMode.OtherWrite | UnixFileMode.OtherExecute;
    private static readonly TimeSpan Settled = TimeSpan.FromMinutes(10);

    /// <summary>A file that only its owner may read and write.</summary>
    /// <param name="check">The check's name.</param>
    /// <param name="what">For people.</param>
    /// <param name="path">The file.</param>
    public static Finding Private(string check, string what, string path)
    {
        if (!File.Exists(path))
            return new(check, $"{what} {path} is not there.", "Check the path where it is configured: strongroom config list.");
        if (OperatingSystem.IsWindows())
            return new(check, $"{what} {path} is there; its permissions are not looked at on this system.");
        var mode = File.GetUnixFileMode(path);
        return (mode & Others) == UnixFileMode.None
            ? new(check, $"{what} {path} is for its owner only.")
            : new(check, $"{what} {path} may be used by others (mode {Convert.ToString((int)mode, 8)}).", $"chmod 600 {path}", () => Chmod(path, mode & ~Others));
    }

    /// <summary>The vault's folder: who may write to it may put another file in the vault's place.</summary>
    public static Finding Folder(string path)
    {
        var folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
        if (OperatingSystem.IsWindows() || !Directory.Exists(folder))
            return new("folder", $"The folder {folder} was not looked at.");
        var mode = File.GetUnixFileMode(folder);
        return (mode & (UnixFileMode.GroupWrite | UnixFileMode.OtherWrite)) == UnixFileMode.None
            ? new("folder", $"Only its owner can put files into {folder}.")
            : new("folder", $"Others can put files into {folder} (mode {Convert.ToString((int)mode, 8)}): the vault can be deleted or exchanged (which is noticed).", $"chmod go-w {folder}, or move the vault into a folder of its own.");
    }

    /// <summary>What a crash has left beside the vault.</summary>
    public static Finding Strays(string path, DateTimeOffset now)
    {
        var (folder, name) = (Path.GetDirectoryName(Path.GetFullPath(path))!, Path.GetFileName(path));
        var strays = Directory.Exists(folder) ? Directory.GetFiles(folder, $".{name}.*.tmp").Where(file => now.UtcDateTime - File.GetLastWriteTimeUtc(file) > Settled).ToArray() : [];
        return strays.Length == 0
            ? new("strays", "No temporary files lie beside the vault.")
            : new("strays", $"{strays.Length} temporary file(s) of commits that did not end lie beside the vault; their values are sealed.", "The next write removes them.", () => Array.ForEach(strays, File.Delete));
    }

    private static void Chmod(string path, UnixFileMode mode)
    {
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(path, mode);
    }
}
