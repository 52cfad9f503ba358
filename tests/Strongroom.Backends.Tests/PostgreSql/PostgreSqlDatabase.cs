namespace Strongroom.Backends.Tests.PostgreSql;

/// <summary>The administrator's hands in the schema of a vault.</summary>
internal sealed class PostgreSqlDatabase(PostgreSqlServer server, string address) : IRawDatabase
{
    private readonly string _schema = address[(address.IndexOf("schema=", StringComparison.Ordinal) + 7)..];

    public Task<byte[]?> ReadAsync(string key) => server.QueryAsync<byte[]>($"SELECT bytes FROM {_schema}.rows WHERE key = $1", key);

    public Task WriteAsync(string key, byte[]? bytes) => bytes is null
        ? server.QueryAsync<object>($"DELETE FROM {_schema}.rows WHERE key = $1", key)
        : server.QueryAsync<object>($"INSERT INTO {_schema}.rows VALUES ($1, $2) ON CONFLICT (key) DO UPDATE SET bytes = excluded.bytes", key, bytes);

    public async Task<object> SaveAsync()
    {
        await server.QueryAsync<object>($"CREATE TABLE {_schema}.old_rows AS SELECT * FROM {_schema}.rows");
        await server.QueryAsync<object>($"CREATE TABLE {_schema}.old_head AS SELECT * FROM {_schema}.head");
        return _schema;
    }

    public Task RestoreAsync(object saved) => server.QueryAsync<object>(
        $"DELETE FROM {_schema}.rows; INSERT INTO {_schema}.rows SELECT * FROM {_schema}.old_rows; DELETE FROM {_schema}.head; INSERT INTO {_schema}.head SELECT * FROM {_schema}.old_head");
}
