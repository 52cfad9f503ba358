using System.Diagnostics;

namespace Strongroom.Backends.Sqlite;

/// <summary>Recognises the database of a vault, and makes it.</summary>
internal static class Schema
{
    private const int JournalAttempts = 200;

    /// <summary>Sets the connection up. False when the database has no tables and none are to be made.</summary>
    /// <exception cref="VaultConfigurationException">It is the database of another program, or of a newer version.</exception>
    public static bool Prepare(Connection connection, TimeSpan timeout, bool create)
    {
        bool exists = IsVault(connection);
        if (!exists && !create)
            return false;
        if (!exists)
            Create(connection, timeout);
        // The driver's own checkpoints would add syncs to a commit; the pool makes them between commits.
        connection.Run("PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 0; PRAGMA cache_size = -8192; PRAGMA trusted_schema = OFF; PRAGMA temp_store = MEMORY;");
        return true;
    }

    private static bool IsVault(Connection connection)
    {
        long application = connection.Number("PRAGMA application_id"), version = connection.Number("PRAGMA user_version");
        if (application == 0 && version == 0 && connection.Number("SELECT count(*) FROM sqlite_schema") == 0)
            return false;
        if (application != Sql.ApplicationId)
            throw SqliteErrors.NotAVault();
        return version <= Sql.SchemaVersion ? true : throw SqliteErrors.Newer(version);
    }

    private static void Create(Connection connection, TimeSpan timeout)
    {
        UseWriteAheadLog(connection, timeout);
        using Transaction transaction = connection.Begin(Sql.BeginImmediate);
        // Another process may have been faster.
        if (!IsVault(connection))
            connection.Run(Sql.Schema);
        transaction.Commit();
    }

    // The switch needs the database alone, and does not wait for it by itself.
    private static void UseWriteAheadLog(Connection connection, TimeSpan timeout)
    {
        long start = Stopwatch.GetTimestamp();
        for (int attempt = 1; ; attempt++)
        {
            try
            {
                connection.Run("PRAGMA journal_mode = WAL");
                return;
            }
            catch (VaultUnavailableException) when (attempt < JournalAttempts && Stopwatch.GetElapsedTime(start) < timeout)
            {
                Thread.Sleep(Random.Shared.Next(1, 10));
            }
        }
    }
}
