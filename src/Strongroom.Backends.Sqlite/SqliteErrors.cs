using static SQLitePCL.raw;

namespace Strongroom.Backends.Sqlite;

/// <summary>What SQLite's result codes mean to whoever uses a vault.</summary>
internal static class SqliteErrors
{
    private const int FsyncFailed = SQLITE_IOERR | (4 << 8), DirectoryFsyncFailed = SQLITE_IOERR | (5 << 8);

    public static Exception Of(int code, string message, string path) => (code & 0xFF) switch
    {
        SQLITE_BUSY or SQLITE_LOCKED => new VaultUnavailableException("SR1280", $"Another writer keeps the database {path} locked.", "Wait for it, or look at what that process does."),
        SQLITE_CORRUPT or SQLITE_NOTADB => new VaultIntegrityException("SR1284", $"{path} is not an SQLite database, or it is damaged: {message}.", "Check the path; restore a backup with restore-vault."),
        SQLITE_IOERR when code is FsyncFailed or DirectoryFsyncFailed =>
            new CommitOutcomeUnknownException("SR1282", $"The commit was written to {path}, but syncing it failed: a power loss may take it, or bring it back.", "Check the disk, then read the vault again."),
        _ => new VaultUnavailableException("SR1283", $"The database {path} can't be used now: {message}.", "Check the disk's free space, and the owner and mode of the file and its folder.", isTransient: false),
    };

    public static VaultConfigurationException NotAVault() =>
        new("SR1281", "The SQLite database belongs to another program.", "Name a file of its own for the vault.");

    public static VaultConfigurationException Newer(long version) =>
        new("SR1281", $"The SQLite database has tables of version {version}, which this program does not know.", "Use a newer version of Strongroom.");
}
