using System.Runtime.CompilerServices;
using Npgsql;
using NpgsqlTypes;
using Strongroom.Storage;

namespace Strongroom.Backends.PostgreSql;

/// <summary>
/// A vault in one schema of a PostgreSQL database (12 or newer), shared by many machines. A read is one statement, so one snapshot and one round trip; a commit is one call of a function, so one
/// round trip that is durable when it returns. With several hosts the primary is used, whichever that is. What a fail-over may lose depends on the server: nothing with a synchronous standby.
/// </summary>
public sealed class PostgreSqlBackend : IVaultBackend
{
    private readonly NpgsqlDataSource _source;
    private readonly SqlText _sql;
    private readonly TimeSpan _timeout;

    /// <summary>A vault at an address such as <c>postgres://vault@db1,db2/secrets?schema=prod</c>. No I/O yet; schema and tables are made by the first commit where the role may do that, else with <see cref="SetupScript"/>.</summary>
    /// <param name="address">The address; <c>docs/databases.md</c> has the settings.</param>
    /// <param name="timeout">How long a call may take; default 10 seconds.</param>
    /// <exception cref="VaultConfigurationException">The address does not fit.</exception>
    public PostgreSqlBackend(string address, TimeSpan? timeout = null)
        : this(VaultAddress.Of(address) ?? throw Addresses.Unfit(address, "it does not begin with postgres://"), timeout ?? TimeSpan.FromSeconds(10))
    {
    }

    private PostgreSqlBackend(VaultAddress address, TimeSpan timeout)
    {
        _timeout = timeout > TimeSpan.FromSeconds(1) ? timeout : TimeSpan.FromSeconds(1);
        (NpgsqlConnectionStringBuilder settings, string schema) = Addresses.Read(address, _timeout);
        _sql = new SqlText(schema);
        Location = Addresses.LocationOf(settings, schema);
        NpgsqlSlimDataSourceBuilder builder = new(settings.ConnectionString);
        builder.EnableTransportSecurity().EnableArrays();
        _source = settings.Host!.Contains(',', StringComparison.Ordinal) ? builder.BuildMultiHost().WithTargetSession(TargetSessionAttributes.Primary) : builder.Build();
    }

    /// <summary>Opens <c>postgres://…</c> and <c>postgresql://…</c>: give it to <see cref="VaultBackends.Register"/>.</summary>
    public static IVaultBackendProvider Provider { get; } = new PostgreSqlProvider();

    /// <inheritdoc/>
    public string Location { get; }

    /// <inheritdoc/>
    public BackendLimits Limits { get; } = new(RecordIndex.Tree, MaxRows: 100_000, MaxCommitBytes: 128L << 20, MaxRowBytes: 32 << 20);

    /// <summary>The script that a database's owner runs once for a vault: schema, tables, functions, and a role that can use the vault and nothing else.</summary>
    /// <param name="schema">The schema, a name for each vault.</param>
    /// <param name="role">The role that programs log in as; it must exist. Null for no grants.</param>
    public static string SetupScript(string schema = Addresses.DefaultSchema, string? role = null) => new SqlText(Addresses.RequireIdentifier(schema)).Setup(role is null ? null : Addresses.RequireIdentifier(role));

    /// <inheritdoc/>
    public async ValueTask<VaultRead?> ReadAsync(IReadOnlyList<RowKey> rows, CancellationToken ct = default)
    {
        ArgumentNullException.ThrowIfNull(rows);
        ct.ThrowIfCancellationRequested();
        string[] keys = new string[rows.Count];
        for (int i = 0; i < keys.Length; i++)
            keys[i] = rows[i].ToString();
        return await RunAsync(async () =>
        {
            NpgsqlCommand command = _source.CreateCommand(keys.Length == 0 ? _sql.ReadHead : _sql.Read);
            await using (command.ConfigureAwait(false))
            {
                if (keys.Length > 0)
                    command.Parameters.Add(new NpgsqlParameter<string[]> { TypedValue = keys });
                NpgsqlDataReader reader = await command.ExecuteReaderAsync(ct).ConfigureAwait(false);
                await using (reader.ConfigureAwait(false))
                    return await ReadRowsAsync(reader, keys.Length, ct).ConfigureAwait(false);
            }
        }, static () => null, ct).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async ValueTask<CommitOutcome> TryCommitAsync(VaultCommit commit, CancellationToken ct = default)
    {
        ArgumentNullException.ThrowIfNull(commit);
        Limits.Require(commit);
        ct.ThrowIfCancellationRequested();
        try
        {
            return await CommitOnceAsync(commit, ct).ConfigureAwait(false);
        }
        catch (PostgresException error) when (commit.ExpectedHeadMac is null && PostgreSqlErrors.IsMissing(error))
        {
            await SetupAsync(ct).ConfigureAwait(false);
            return await CommitOnceAsync(commit, ct).ConfigureAwait(false);
        }
        catch (PostgresException error) when (PostgreSqlErrors.IsMissing(error))
        {
            return CommitOutcome.Conflict;
        }
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<StoredRow> ScanAsync(ScanRequest scan, [EnumeratorCancellation] CancellationToken ct = default)
    {
        ArgumentNullException.ThrowIfNull(scan);
        ct.ThrowIfCancellationRequested();
        string? after = scan.After?.ToString();
        for (int left = scan.Limit; left > 0;)
        {
            int wanted = Math.Min(left, scan.KeysOnly ? 1000 : 256);
            List<StoredRow> page = await ScanOnceAsync(scan, after, wanted, ct).ConfigureAwait(false);
            foreach (StoredRow row in page)
            {
                ct.ThrowIfCancellationRequested();
                yield return row;
            }

            if (page.Count < wanted)
                yield break;
            left -= page.Count;
            after = page[^1].Key.ToString();
        }
    }

    /// <inheritdoc/>
    public async ValueTask<ChangeSet> ChangesSinceAsync(long revision, CancellationToken ct = default)
    {
        ct.ThrowIfCancellationRequested();
        return await RunAsync(async () =>
        {
            NpgsqlCommand command = _source.CreateCommand(_sql.Changes);
            await using (command.ConfigureAwait(false))
            {
                command.Parameters.Add(new NpgsqlParameter<long> { TypedValue = revision });
                NpgsqlDataReader reader = await command.ExecuteReaderAsync(ct).ConfigureAwait(false);
                await using (reader.ConfigureAwait(false))
                {
                    if (!await reader.ReadAsync(ct).ConfigureAwait(false))
                        return new ChangeSet(0, revision != 0, []);
                    long now = reader.GetInt64(0);
                    if (now == revision)
                        return new ChangeSet(now, false, []);
                    return reader.IsDBNull(1)
                        ? new ChangeSet(now, true, [])
                        : new ChangeSet(now, false, [.. reader.GetFieldValue<string[]>(1).Select(RowKey.FromStored)]);
                }
            }
        }, () => new ChangeSet(0, revision != 0, []), ct).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public IAsyncEnumerable<long> WatchAsync(long after, CancellationToken ct = default)
    {
        return new HeadWatch(_source, _sql).RunAsync(after, ct);
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        // Closing connections needs no answer, so a synchronous owner may do it as well.
        _source.Dispose();
        return default;
    }

    private static async ValueTask<VaultRead?> ReadRowsAsync(NpgsqlDataReader reader, int count, CancellationToken ct)
    {
        ReadOnlyMemory<byte>? head = null;
        var rows = new ReadOnlyMemory<byte>?[count];
        while (await reader.ReadAsync(ct).ConfigureAwait(false))
        {
            byte[] bytes = reader.GetFieldValue<byte[]>(1);
            long place = reader.GetInt64(0);
            if (place == 0)
                head = bytes;
            else if (place <= count)
                rows[place - 1] = bytes;
        }

        return head is { } found ? new VaultRead(found, rows) : null;
    }

    private async ValueTask<List<StoredRow>> ScanOnceAsync(ScanRequest scan, string? after, int limit, CancellationToken ct)
    {
        bool exclusive = after is not null && string.CompareOrdinal(after, scan.Prefix) >= 0;
        return await RunAsync(async () =>
        {
            NpgsqlCommand command = _source.CreateCommand(_sql.Scan(exclusive, scan.KeysOnly));
            await using (command.ConfigureAwait(false))
            {
                command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = exclusive ? after! : scan.Prefix });
                command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = SqlText.EndOf(scan.Prefix) });
                command.Parameters.Add(new NpgsqlParameter<int> { TypedValue = limit });
                NpgsqlDataReader reader = await command.ExecuteReaderAsync(ct).ConfigureAwait(false);
                await using (reader.ConfigureAwait(false))
                {
                    var rows = new List<StoredRow>();
                    while (await reader.ReadAsync(ct).ConfigureAwait(false))
                        rows.Add(new StoredRow(RowKey.FromStored(reader.GetString(0)), scan.KeysOnly ? default : reader.GetFieldValue<byte[]>(1)));
                    return rows;
                }
            }
        }, static () => [], ct).ConfigureAwait(false);
    }

    private async ValueTask<CommitOutcome> CommitOnceAsync(VaultCommit commit, CancellationToken ct)
    {
        NpgsqlConnection connection = await OpenAsync(ct).ConfigureAwait(false);
        await using (connection.ConfigureAwait(false))
        {
            bool onlyLocal = false;
            connection.Notice += (_, notice) => onlyLocal |= PostgreSqlErrors.IsOnlyLocal(notice.Notice);
            NpgsqlCommand command = connection.CreateCommand();
            await using (command.ConfigureAwait(false))
            {
                CommitParameters.Add(command, _sql, commit);
                try
                {
                    bool committed = (bool)(await command.ExecuteScalarAsync(ct).ConfigureAwait(false))!;
                    if (onlyLocal)
                        throw PostgreSqlErrors.NotReplicated(Location);
                    return committed ? CommitOutcome.Committed : CommitOutcome.Conflict;
                }
                catch (Exception error) when (PostgreSqlErrors.Judge(error) is { } verdict)
                {
                    return verdict switch
                    {
                        CommitVerdict.Conflict => CommitOutcome.Conflict,
                        CommitVerdict.Unknown => CommitOutcome.Unknown,
                        _ when error is OperationCanceledException => throw new OperationCanceledException(error.Message, error, ct),
                        _ => throw PostgreSqlErrors.Of(error, Location),
                    };
                }
            }
        }
    }

    private async ValueTask SetupAsync(CancellationToken ct) => await RunAsync<object?>(async () =>
    {
        NpgsqlCommand command = _source.CreateCommand(_sql.Setup(null));
        await using (command.ConfigureAwait(false))
            await command.ExecuteNonQueryAsync(ct).ConfigureAwait(false);
        return null;
    }, null, ct).ConfigureAwait(false);

    private async ValueTask<NpgsqlConnection> OpenAsync(CancellationToken ct)
    {
        try
        {
            return await _source.OpenConnectionAsync(ct).ConfigureAwait(false);
        }
        catch (Exception error) when (PostgreSqlErrors.IsOfStorage(error))
        {
            throw PostgreSqlErrors.Of(error, Location);
        }
    }

    private async ValueTask<T> RunAsync<T>(Func<ValueTask<T>> call, Func<T>? whenMissing, CancellationToken ct)
    {
        try
        {
            return await call().ConfigureAwait(false);
        }
        catch (PostgresException error) when (whenMissing is not null && PostgreSqlErrors.IsMissing(error))
        {
            return whenMissing();
        }
        catch (OperationCanceledException error) when (ct.IsCancellationRequested)
        {
            throw new OperationCanceledException(error.Message, error, ct);
        }
        catch (Exception error) when (PostgreSqlErrors.IsOfStorage(error))
        {
            throw PostgreSqlErrors.Of(error, Location);
        }
    }

    private sealed class PostgreSqlProvider : IVaultBackendProvider
    {
        public IReadOnlyList<string> Schemes { get; } = ["postgres", "postgresql"];

        public IVaultBackend Open(VaultAddress address, BackendSettings settings)
        {
            ArgumentNullException.ThrowIfNull(address);
            ArgumentNullException.ThrowIfNull(settings);
            return new PostgreSqlBackend(address, settings.Timeout);
        }
    }
}
