namespace Strongroom.Backends.Sqlite;

/// <summary>All statements. <c>changes.keys</c> is a list of record keys, a line each; null when it would be too long.</summary>
internal static class Sql
{
    /// <summary><c>SRvt</c>: says that a database is a vault.</summary>
    public const int ApplicationId = 0x53527674;

    public const int SchemaVersion = 1;

    /// <summary>How many commits a reader may lag behind before it has to resynchronise.</summary>
    public const int RememberedCommits = 1000;

    public const string Begin = "BEGIN";
    public const string BeginImmediate = "BEGIN IMMEDIATE";
    public const string Commit = "COMMIT";
    public const string Rollback = "ROLLBACK";

    // Not WITHOUT ROWID: a look-up in such a table loads the whole of every row that it compares with, megabytes of values among them.
    public const string Schema = """
        CREATE TABLE head(one INTEGER PRIMARY KEY CHECK (one = 1), revision INTEGER NOT NULL, mac BLOB NOT NULL, bytes BLOB NOT NULL) STRICT;
        CREATE TABLE rows(key TEXT NOT NULL UNIQUE, bytes BLOB NOT NULL) STRICT;
        CREATE TABLE changes(revision INTEGER PRIMARY KEY, before INTEGER NOT NULL, keys TEXT) STRICT;
        PRAGMA application_id = 1397913204;
        PRAGMA user_version = 1;
        """;

    public const string ReadHead = "SELECT mac, revision, bytes FROM head";
    public const string ReadHeadKey = "SELECT mac, revision FROM head";
    public const string ReadRow = "SELECT bytes FROM rows WHERE key = ?1";
    public const string Scan = "SELECT key, bytes FROM rows WHERE key > ?1 AND key < ?2 ORDER BY key LIMIT ?3";
    public const string ScanFrom = "SELECT key, bytes FROM rows WHERE key >= ?1 AND key < ?2 ORDER BY key LIMIT ?3";
    public const string ScanKeys = "SELECT key FROM rows WHERE key > ?1 AND key < ?2 ORDER BY key LIMIT ?3";
    public const string ScanKeysFrom = "SELECT key FROM rows WHERE key >= ?1 AND key < ?2 ORDER BY key LIMIT ?3";
    public const string PutHead = "REPLACE INTO head(one, revision, mac, bytes) VALUES (1, ?1, ?2, ?3)";
    public const string PutRow = "INSERT INTO rows(key, bytes) VALUES (?1, ?2) ON CONFLICT(key) DO UPDATE SET bytes = excluded.bytes";
    public const string DeleteRow = "DELETE FROM rows WHERE key = ?1";
    public const string PutChange = "REPLACE INTO changes(revision, before, keys) VALUES (?1, ?2, ?3)";
    public const string ForgetChanges = "DELETE FROM changes WHERE revision <= ?1";
    public const string ForgetAllChanges = "DELETE FROM changes";
    public const string OldestChange = "SELECT before FROM changes ORDER BY revision LIMIT 1";
    public const string ReadChanges = "SELECT keys FROM changes WHERE revision > ?1";
}
