using System.Text;
using SQLitePCL;
using Strongroom.Cryptography;
using Strongroom.Storage;
using static SQLitePCL.raw;

namespace Strongroom.Backends.Sqlite;

/// <summary>One connection to the database, for one thread at a time.</summary>
internal sealed class Connection : IDisposable
{
    private const int MaxChangeText = 256 * 1024;
    private readonly Dictionary<string, Statement> _statements = new(StringComparer.Ordinal);
    private readonly string _path;
    private readonly sqlite3 _handle;

    private Connection(string path, sqlite3 handle) => (_path, _handle) = (path, handle);

    public sqlite3 Handle => _handle;

    /// <summary>Opens the database of a vault.</summary>
    /// <param name="path">The file; it exists.</param>
    /// <param name="timeout">How long to wait for others.</param>
    /// <param name="create">Make the tables if there are none.</param>
    /// <returns>Null when there are no tables, so no vault.</returns>
    public static Connection? Open(string path, TimeSpan timeout, bool create)
    {
        Batteries_V2.Init();
        int code = sqlite3_open_v2(path, out sqlite3 handle, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, null);
        var connection = new Connection(path, handle);
        try
        {
            if (code != SQLITE_OK)
                throw connection.Failed(code);
            sqlite3_busy_timeout(handle, (int)timeout.TotalMilliseconds);
            sqlite3_extended_result_codes(handle, 1);
            if (!Schema.Prepare(connection, timeout, create))
            {
                connection.Dispose();
                return null;
            }

            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    public Transaction Begin(string sql)
    {
        this[sql].Run();
        return new Transaction(this);
    }

    public void Run(string sql)
    {
        int code = sqlite3_exec(_handle, sql);
        if (code != SQLITE_OK)
            throw Failed(code);
    }

    /// <summary>The first number of a result; 0 for none.</summary>
    public long Number(string sql)
    {
        Statement statement = this[sql];
        long number = statement.Step() ? statement.Number(0) : 0;
        statement.Reset();
        return number;
    }

    /// <summary>A statement, prepared when it is first used.</summary>
    public Statement this[string sql]
    {
        get
        {
            if (_statements.TryGetValue(sql, out Statement? statement))
                return statement;
            int code = sqlite3_prepare_v3(_handle, sql, SQLITE_PREPARE_PERSISTENT, out sqlite3_stmt handle);
            return code == SQLITE_OK ? _statements[sql] = new Statement(this, handle) : throw Failed(code);
        }
    }

    public (Digest Mac, ReadOnlyMemory<byte> Bytes)? ReadHead()
    {
        Statement statement = this[Sql.ReadHead];
        if (!statement.Step())
            return null;
        (Digest, ReadOnlyMemory<byte>) head = (statement.Digest(0), statement.Blob(2));
        statement.Reset();
        return head;
    }

    public (Digest Mac, long Revision)? ReadHeadKey()
    {
        Statement statement = this[Sql.ReadHeadKey];
        if (!statement.Step())
            return null;
        (Digest, long) head = (statement.Digest(0), statement.Number(1));
        statement.Reset();
        return head;
    }

    public ReadOnlyMemory<byte>? ReadRow(string key)
    {
        Statement statement = this[Sql.ReadRow].Bind(1, key);
        if (!statement.Step())
            return null;
        byte[] bytes = statement.Blob(0);
        statement.Reset();
        return bytes;
    }

    public List<StoredRow> Scan(string prefix, string? after, int limit, bool keysOnly)
    {
        bool exclusive = after is not null && string.CompareOrdinal(after, prefix) >= 0;
        Statement statement = this[(exclusive, keysOnly) switch { (true, true) => Sql.ScanKeys, (true, false) => Sql.Scan, (false, true) => Sql.ScanKeysFrom, _ => Sql.ScanFrom }];
        statement.Bind(1, exclusive ? after! : prefix).Bind(2, EndOf(prefix)).Bind(3, limit);
        var rows = new List<StoredRow>();
        while (statement.Step())
            rows.Add(new StoredRow(RowKey.FromStored(statement.Text(0)), keysOnly ? default : statement.Blob(1)));
        return rows;
    }

    /// <summary>Writes a commit inside of a transaction.</summary>
    public void Write(VaultCommit commit, long before)
    {
        Statement delete = this[Sql.DeleteRow], put = this[Sql.PutRow];
        foreach (RowKey key in commit.Deletes)
            delete.Bind(1, key.ToString()).Run();
        foreach (StoredRow row in commit.Puts)
            put.Bind(1, row.Key.ToString()).Bind(2, row.Bytes.Span).Run();
        if (commit.KeepsHead)
            return;
        // A revision that does not rise is another history, to which nobody's past leads.
        if (commit.Revision <= before)
            this[Sql.ForgetAllChanges].Run();
        Statement change = this[Sql.PutChange].Bind(1, commit.Revision).Bind(2, before);
        if (ChangedRecords(commit) is { } keys)
            change.Bind(3, keys).Run();
        else
            change.BindNull(3).Run();
        this[Sql.ForgetChanges].Bind(1, commit.Revision - Sql.RememberedCommits).Run();
        this[Sql.PutHead].Bind(1, commit.Revision).Bind(2, commit.HeadMac.Span).Bind(3, commit.Head.Span).Run();
    }

    public ChangeSet ChangesSince(long revision)
    {
        long now = ReadHeadKey()?.Revision ?? 0;
        if (revision == now)
            return new ChangeSet(now, false, []);
        Statement oldest = this[Sql.OldestChange];
        bool reachesBack = oldest.Step() && oldest.Number(0) <= revision && revision < now;
        oldest.Reset();
        if (!reachesBack)
            return new ChangeSet(now, true, []);
        var keys = new HashSet<RowKey>();
        Statement changes = this[Sql.ReadChanges].Bind(1, revision);
        while (changes.Step())
        {
            if (changes.IsNull(0))
            {
                changes.Reset();
                return new ChangeSet(now, true, []);
            }

            foreach (string key in changes.Text(0).Split('\n', StringSplitOptions.RemoveEmptyEntries))
                keys.Add(RowKey.FromStored(key));
        }

        return new ChangeSet(now, false, [.. keys]);
    }

    public Exception Failed(int code) => SqliteErrors.Of(code, sqlite3_errmsg(_handle).utf8_to_string(), _path);

    public void Dispose()
    {
        foreach (Statement statement in _statements.Values)
            statement.Dispose();
        _handle.Dispose();
    }

    // Keys are ASCII, so a prefix ends before the same text with its last character raised.
    private static string EndOf(string prefix) => prefix.Length == 0 ? "\u007f" : prefix[..^1] + (char)(prefix[^1] + 1);

    private static string? ChangedRecords(VaultCommit commit)
    {
        var keys = new StringBuilder();
        foreach (RowKey key in commit.Puts.Select(static put => put.Key).Concat(commit.Deletes))
        {
            string text = key.ToString();
            if (!text.StartsWith("s/", StringComparison.Ordinal))
                continue;
            if (keys.Length + text.Length > MaxChangeText)
                return null;
            keys.Append(text).Append('\n');
        }

        return keys.ToString();
    }
}

/// <summary>A transaction that is rolled back unless it is committed.</summary>
internal sealed class Transaction(Connection connection) : IDisposable
{
    private bool _committed;

    public void Commit()
    {
        connection[Sql.Commit].Run();
        _committed = true;
    }

    public void Dispose()
    {
        // A failed statement may have ended it already.
        if (!_committed && sqlite3_get_autocommit(connection.Handle) == 0)
            connection[Sql.Rollback].Run();
    }
}
