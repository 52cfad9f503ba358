namespace Strongroom.Storage;

/// <summary>What the operating system refuses, as errors with a code for each thing that a person would do about it.</summary>
internal static class FileErrors
{
    public static VaultUnavailableException Missing(string what, string path) =>
        new("SR1220", $"{what} '{path}' failed: a folder on the way is missing, or is not a folder.", "Check the path, and that the volume is mounted.");

    public static VaultUnavailableException Full(string what, string path) =>
        new("SR1221", $"{what} '{path}' failed: no space is left on the disk, or a quota is used up.", "Free some space and try again; nothing was changed.");

    public static VaultUnavailableException ReadOnly(string what, string path) =>
        new("SR1222", $"{what} '{path}' failed: the file system is read-only.", "Mount it writable, or write from a machine that may.");

    public static VaultUnavailableException Denied(string what, string path) =>
        new("SR1223", $"{what} '{path}' failed: permission denied.", "Check the owner and mode of the file and of its folders.");

    public static VaultUnavailableException Device(string what, string path) =>
        new("SR1224", $"{what} '{path}' failed: the device reported an input/output error.", "Check the disk; the vault on it may need to be restored from a backup.");

    public static VaultUnavailableException TooManyFiles(string what, string path) =>
        new("SR1225", $"{what} '{path}' failed: too many files are open.", "Raise the limit of open files (ulimit -n).");

    public static VaultUnavailableException Exists(string what, string path) =>
        new("SR1226", $"{what} '{path}' failed: something is there already.", "Nothing was overwritten; look at what is there.");

    public static VaultUnavailableException Pinned(string what, string path) =>
        new("SR1227", $"{what} '{path}' failed: the file can't be replaced, it is a mount point or in use.", "Mount the folder of the vault instead of the single file.");

    public static VaultUnavailableException Link(string what, string path) =>
        new("SR1228", $"{what} '{path}' failed: there is a symbolic link where none is allowed, or too many of them.", "Look at who made the link.");

    public static VaultUnavailableException NotAFile(string path, bool directory) =>
        new("SR1201", $"'{path}' is {(directory ? "a folder" : "not a regular file")}.", "Name the file of the vault, or the folder that holds strongroom.json.");

    public static VaultUnavailableException CannotLock(string path, string reason) =>
        new("SR1211", $"Locking '{path}' failed: {reason}.", "Keep the vault on a local file system; without a lock nothing is written.");

    public static VaultUnavailableException Other(string what, string path, string reason) =>
        new("SR1229", $"{what} '{path}' failed: {reason}.");
}
