using System.Globalization;
using System.Runtime.CompilerServices;
using StackExchange.Redis;
using Strongroom.Storage;

namespace Strongroom.Backends.Redis;

/// <summary>
/// A vault in Redis (7 or newer), shared by many machines. A read and a commit are one script each, so one snapshot, one swap and one round trip. The server has to append to its file and sync it before it answers,
/// which is checked. Replication is asynchronous: a fail-over to a replica may lose commits that were acknowledged, and machines that had seen them notice. Where that is not good enough, use PostgreSQL.
/// </summary>
public sealed class RedisBackend : IVaultBackend
{
    private const int ScanPage = 256;

    // Larger lists of changed keys are not kept: a reader who lags behind resynchronises.
    private const int MaxChanged = 4096;
    private readonly Address _address;
    private readonly ServerConnection _connection;
    private readonly RedisKey[] _keys;
    private readonly RedisChannel _channel;

    /// <summary>A vault at an address such as <c>rediss://vault@redis1/prod</c> or <c>redis://sentinel1,sentinel2,sentinel3/prod?sentinel=mymaster</c>. No I/O yet.</summary>
    /// <param name="address">The address; <c>docs/databases.md</c> has the settings.</param>
    /// <param name="timeout">How long a call may take; default 10 seconds.</param>
    /// <exception cref="VaultConfigurationException">The address does not fit.</exception>
    public RedisBackend(string address, TimeSpan? timeout = null)
        : this(VaultAddress.Of(address) ?? throw Addresses.Unfit(address, "it does not begin with redis://"), timeout ?? TimeSpan.FromSeconds(10))
    {
    }

    private RedisBackend(VaultAddress address, TimeSpan timeout)
    {
        _address = Addresses.Read(address, timeout);
        _connection = new ServerConnection(_address);
        _keys = Scripts.KeysOf(_address.Name);
        _channel = RedisChannel.Literal($"strongroom:{_address.Name}");
    }

    /// <summary>Opens <c>redis://…</c> and <c>rediss://…</c>: give it to <see cref="VaultBackends.Register"/>.</summary>
    public static IVaultBackendProvider Provider { get; } = new RedisProvider();

    /// <inheritdoc/>
    public string Location => _address.Location;

    /// <inheritdoc/>
    public BackendLimits Limits { get; } = new(RecordIndex.Tree, MaxRows: 50_000, MaxCommitBytes: 64L << 20, MaxRowBytes: 32 << 20);

    /// <inheritdoc/>
    public async ValueTask<VaultRead?> ReadAsync(IReadOnlyList<RowKey> rows, CancellationToken ct = default)
    {
        ArgumentNullException.ThrowIfNull(rows);
        RedisResult[] found = await EvaluateAsync(Scripts.Read, [.. rows.Select(static key => (RedisValue)key.ToString())], ct).ConfigureAwait(false);
        if ((byte[]?)found[0] is not { } head)
            return null;
        var bytes = new ReadOnlyMemory<byte>?[rows.Count];
        for (int i = 0; i < bytes.Length; i++)
            bytes[i] = (byte[]?)found[i + 1] is { } row ? row : (ReadOnlyMemory<byte>?)null;
        return new VaultRead(head, bytes);
    }

    /// <inheritdoc/>
    public async ValueTask<CommitOutcome> TryCommitAsync(VaultCommit commit, CancellationToken ct = default)
    {
        ArgumentNullException.ThrowIfNull(commit);
        Limits.Require(commit);
        ct.ThrowIfCancellationRequested();
        RedisValue[] values = Values(commit);
        IDatabase database = await DatabaseAsync(ct).ConfigureAwait(false);
        try
        {
            // From here on it can't be called back: the driver's own time limit bounds the wait.
            RedisResult made = await database.ScriptEvaluateAsync(Scripts.Commit, _keys, values, CommandFlags.DemandMaster).ConfigureAwait(false);
            if ((int)made == 0)
                return CommitOutcome.Conflict;
            await WaitForReplicasAsync(database).ConfigureAwait(false);
            return CommitOutcome.Committed;
        }
        catch (Exception error) when (RedisErrors.IsOfStorage(error))
        {
            _connection.Forget();
            return RedisErrors.IsNotWritten(error) ? throw RedisErrors.Of(error, Location) : CommitOutcome.Unknown;
        }
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<StoredRow> ScanAsync(ScanRequest scan, [EnumeratorCancellation] CancellationToken ct = default)
    {
        ArgumentNullException.ThrowIfNull(scan);
        string? after = scan.After?.ToString();
        for (int left = scan.Limit; left > 0;)
        {
            int wanted = Math.Min(left, scan.KeysOnly ? 4 * ScanPage : ScanPage);
            List<StoredRow> page = await PageAsync(scan, after, wanted, ct).ConfigureAwait(false);
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
        RedisResult[] found = await EvaluateAsync(Scripts.Changes, [revision], ct).ConfigureAwait(false);
        IEnumerable<string> keys = found.Skip(2).SelectMany(static some => ((string?)some ?? "").Split('\n', StringSplitOptions.RemoveEmptyEntries));
        return new ChangeSet((long)found[0], (int)found[1] == 1, [.. keys.Distinct(StringComparer.Ordinal).Select(RowKey.FromStored)]);
    }

    /// <inheritdoc/>
    public IAsyncEnumerable<long> WatchAsync(long after, CancellationToken ct = default) => new HeadWatch(_connection, _channel, RevisionAsync).RunAsync(after, ct);

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _connection.DisposeAsync();

    private async ValueTask<long> RevisionAsync(CancellationToken ct)
    {
        IDatabase database = await DatabaseAsync(ct).ConfigureAwait(false);
        return await GuardAsync(database.ScriptEvaluateAsync(Scripts.Revision, _keys, null, CommandFlags.DemandMaster), ct).ConfigureAwait(false) is { IsNull: false } revision ? (long)revision : 0;
    }

    private async ValueTask<List<StoredRow>> PageAsync(ScanRequest scan, string? after, int limit, CancellationToken ct)
    {
        bool exclusive = after is not null && string.CompareOrdinal(after, scan.Prefix) >= 0;
        // Keys are ASCII, so a prefix ends before the same text with its last character raised.
        string end = scan.Prefix.Length == 0 ? "+" : $"({scan.Prefix[..^1]}{(char)(scan.Prefix[^1] + 1)}";
        RedisResult[] found = await EvaluateAsync(Scripts.Scan, [(exclusive ? "(" : "[") + (exclusive ? after : scan.Prefix), end, limit, scan.KeysOnly ? 0 : 1], ct).ConfigureAwait(false);
        var rows = new List<StoredRow>();
        for (int i = 0; i < found.Length; i += scan.KeysOnly ? 1 : 2)
            rows.Add(new StoredRow(RowKey.FromStored((string)found[i]!), scan.KeysOnly ? default : (byte[]?)found[i + 1] ?? []));
        return rows;
    }

    private RedisValue[] Values(VaultCommit commit)
    {
        string[] changed = [.. commit.Puts.Select(static put => put.Key).Concat(commit.Deletes).Select(static key => key.ToString()).Where(static key => key.StartsWith("s/", StringComparison.Ordinal))];
        return
        [
            commit.ExpectedHeadMac?.ToString() ?? "",
            commit.HeadMac.ToString(),
            commit.Revision.ToString(CultureInfo.InvariantCulture),
            commit.Head,
            changed.Length <= MaxChanged ? string.Join('\n', changed) : Scripts.TooMany,
            _channel.ToString(),
            commit.Deletes.Count,
            .. commit.Deletes.Select(static key => (RedisValue)key.ToString()),
            .. commit.Puts.SelectMany(static put => (RedisValue[])[put.Key.ToString(), put.Bytes]),
        ];
    }

    // The commit is on the master's disk; whether it would survive a fail-over only the replicas can say.
    private async ValueTask WaitForReplicasAsync(IDatabase database)
    {
        if (_address.Replicas == 0)
            return;
        int patience = _address.Options.AsyncTimeout / 2;
        long confirmed = (long)await database.ExecuteAsync("WAIT", [_address.Replicas, patience], CommandFlags.DemandMaster).ConfigureAwait(false);
        if (confirmed < _address.Replicas)
            throw RedisErrors.NotReplicated(Location, confirmed, _address.Replicas);
    }

    private async ValueTask<RedisResult[]> EvaluateAsync(string script, RedisValue[] values, CancellationToken ct)
    {
        IDatabase database = await DatabaseAsync(ct).ConfigureAwait(false);
        RedisResult answer = await GuardAsync(database.ScriptEvaluateAsync(script, _keys, values, CommandFlags.DemandMaster), ct).ConfigureAwait(false);
        return (RedisResult[]?)answer ?? [];
    }

    private async ValueTask<IDatabase> DatabaseAsync(CancellationToken ct)
    {
        ct.ThrowIfCancellationRequested();
        try
        {
            return await _connection.DatabaseAsync(ct).ConfigureAwait(false);
        }
        catch (Exception error) when (RedisErrors.IsOfStorage(error) && !IsDisposed(error))
        {
            throw RedisErrors.Of(error, Location);
        }
    }

    private async ValueTask<RedisResult> GuardAsync(Task<RedisResult> call, CancellationToken ct)
    {
        try
        {
            return await call.WaitAsync(ct).ConfigureAwait(false);
        }
        catch (Exception error) when (RedisErrors.IsOfStorage(error) && !IsDisposed(error))
        {
            _connection.Forget();
            throw RedisErrors.Of(error, Location);
        }
    }

    // Another caller may have let go of the broken connection that this call had: that is no end of the backend.
    private bool IsDisposed(Exception error) => error is ObjectDisposedException && _connection.IsDisposed;

    private sealed class RedisProvider : IVaultBackendProvider
    {
        public IReadOnlyList<string> Schemes { get; } = ["redis", "rediss"];

        public IVaultBackend Open(VaultAddress address, BackendSettings settings)
        {
            ArgumentNullException.ThrowIfNull(address);
            ArgumentNullException.ThrowIfNull(settings);
            return new RedisBackend(address, settings.Timeout);
        }
    }
}
