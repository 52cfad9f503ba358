using SQLitePCL;
using static SQLitePCL.raw;

namespace Strongroom.Backends.Tests.Sqlite;

/// <summary>A database of its own in a folder of its own, and the administrator's hands in it.</summary>
internal sealed class SqliteDatabase : IRawDatabase, IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("strongroom-sqlite-").FullName;

    public string FilePath => Path.Combine(_folder, "vault.db");

    public Task<byte[]?> ReadAsync(string key) => Task.FromResult(With(db =>
    {
        Prepare(db, "SELECT bytes FROM rows WHERE key = ?1", key, null, out sqlite3_stmt statement);
        using (statement)
            return sqlite3_step(statement) == SQLITE_ROW ? sqlite3_column_blob(statement, 0).ToArray() : null;
    }));

    public Task WriteAsync(string key, byte[]? bytes) => Task.FromResult(With(db =>
    {
        Prepare(db, bytes is null ? "DELETE FROM rows WHERE key = ?1" : "REPLACE INTO rows(key, bytes) VALUES (?1, ?2)", key, bytes, out sqlite3_stmt statement);
        using (statement)
            Assert.Equal(SQLITE_DONE, sqlite3_step(statement));
        return 0;
    }));

    public void Run(string sql) => With(db =>
    {
        Assert.Equal(SQLITE_OK, sqlite3_exec(db, sql));
        return 0;
    });

    /// <summary>What another program might keep there.</summary>
    public void CreateForeign()
    {
        File.WriteAllBytes(FilePath, []);
        Run("CREATE TABLE mine(a)");
    }

    /// <summary>Keeps all other writers out until it is disposed of.</summary>
    public IDisposable Lock()
    {
        Assert.Equal(SQLITE_OK, sqlite3_open_v2(FilePath, out sqlite3 db, SQLITE_OPEN_READWRITE, null));
        Assert.Equal(SQLITE_OK, sqlite3_exec(db, "BEGIN IMMEDIATE"));
        return db;
    }

    public Task<object> SaveAsync()
    {
        string copy = Path.Combine(_folder, "copy.db");
        Run($"VACUUM INTO '{copy}'");
        return Task.FromResult<object>(copy);
    }

    public Task RestoreAsync(object saved) => Task.FromResult(With(db =>
    {
        Assert.Equal(SQLITE_OK, sqlite3_exec(db, $"ATTACH '{saved}' AS old; BEGIN; DELETE FROM rows; INSERT INTO rows SELECT * FROM old.rows; REPLACE INTO head SELECT * FROM old.head; DELETE FROM changes; INSERT INTO changes SELECT * FROM old.changes; COMMIT"));
        return 0;
    }));

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private T With<T>(Func<sqlite3, T> use)
    {
        Batteries_V2.Init();
        Assert.Equal(SQLITE_OK, sqlite3_open_v2(FilePath, out sqlite3 db, SQLITE_OPEN_READWRITE, null));
        using (db)
        {
            sqlite3_busy_timeout(db, 10_000);
            return use(db);
        }
    }

    private static void Prepare(sqlite3 db, string sql, string key, byte[]? bytes, out sqlite3_stmt statement)
    {
        Assert.Equal(SQLITE_OK, sqlite3_prepare_v2(db, sql, out statement));
        sqlite3_bind_text(statement, 1, key);
        if (bytes is not null)
            sqlite3_bind_blob(statement, 2, bytes);
    }
}
