using SQLitePCL;
using static SQLitePCL.raw;

namespace Strongroom.Bench.Against;

/// <summary>SQLite without a vault: prepared statements, WAL, synchronous FULL.</summary>
internal sealed class BareSqlite : IDisposable
{
    private readonly sqlite3 _database;
    private readonly sqlite3_stmt _upsert;

    public BareSqlite(string path)
    {
        Batteries_V2.Init();
        Check(sqlite3_open_v2(path, out _database, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, null));
        Run("PRAGMA journal_mode = WAL; CREATE TABLE rows(key TEXT NOT NULL UNIQUE, bytes BLOB NOT NULL) STRICT");
        // After the switch to WAL, which sets it to what the library was built with.
        Run("PRAGMA synchronous = FULL");
        Check(sqlite3_prepare_v3(_database, "INSERT INTO rows(key, bytes) VALUES (?1, ?2) ON CONFLICT(key) DO UPDATE SET bytes = excluded.bytes", SQLITE_PREPARE_PERSISTENT, out _upsert));
    }

    /// <summary>Rows in one transaction.</summary>
    public void Put(IEnumerable<(string Key, byte[] Bytes)> rows)
    {
        Run("BEGIN IMMEDIATE");
        foreach ((string key, byte[] bytes) in rows)
            Put(key, bytes);
        Run("COMMIT");
    }

    /// <summary>One row, in a transaction of its own.</summary>
    public void Put(string key, byte[] bytes)
    {
        Check(sqlite3_bind_text(_upsert, 1, key));
        Check(sqlite3_bind_blob(_upsert, 2, bytes));
        if (sqlite3_step(_upsert) != SQLITE_DONE)
            throw new InvalidOperationException(sqlite3_errmsg(_database).utf8_to_string());
        sqlite3_reset(_upsert);
    }

    /// <summary>All rows of the database of a vault.</summary>
    public static List<(string Key, byte[] Bytes)> RowsOf(string path)
    {
        Check(sqlite3_open_v2(path, out sqlite3 database, SQLITE_OPEN_READWRITE, null));
        using (database)
        {
            Check(sqlite3_prepare_v2(database, "SELECT key, bytes FROM rows ORDER BY rowid", out sqlite3_stmt statement));
            using (statement)
            {
                var rows = new List<(string Key, byte[] Bytes)>();
                while (sqlite3_step(statement) == SQLITE_ROW)
                    rows.Add((sqlite3_column_text(statement, 0).utf8_to_string(), sqlite3_column_blob(statement, 1).ToArray()));
                return rows;
            }
        }
    }

    public void Dispose()
    {
        _upsert.Dispose();
        _database.Dispose();
    }

    private void Run(string sql) => Check(sqlite3_exec(_database, sql));

    private static void Check(int code)
    {
        if (code != SQLITE_OK)
            throw new InvalidOperationException($"SQLite answered {code}.");
    }
}
