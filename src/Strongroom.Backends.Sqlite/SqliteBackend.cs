using System.Runtime.CompilerServices;
using Strongroom.Cryptography;
using Strongroom.Storage;

namespace Strongroom.Backends.Sqlite;

/// <summary>
/// A vault in an SQLite database: for more secrets than a file that is read as a whole can hold, on one machine. WAL, synchronous FULL: a commit is one transaction and one sync. Every call
/// completes before it returns; many threads and processes may use the database at once. Not for network file systems, where SQLite's locks do not hold.
/// </summary>
public sealed class SqliteBackend : ISynchronousBackend, IFreshnessBackend
{
    private const int ScanPage = 256;
    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(20);
    private readonly string _path;
    private readonly ConnectionPool _connections;
    private readonly Lock _writing = new();
    private volatile Seen? _seen;
    private volatile bool _disposed;

    /// <summary>A vault in the database at a path. No I/O yet; the database is made by the first commit.</summary>
    /// <param name="path">The file.</param>
    /// <param name="timeout">How long to wait for other writers; default 10 seconds.</param>
    public SqliteBackend(string path, TimeSpan? timeout = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        _path = Path.GetFullPath(path);
        _connections = new ConnectionPool(_path, timeout ?? TimeSpan.FromSeconds(10));
    }

    /// <summary>Opens <c>sqlite:PATH</c>: give it to <see cref="VaultBackends.Register"/>.</summary>
    public static IVaultBackendProvider Provider { get; } = new SqliteProvider();

    /// <inheritdoc/>
    public string Location => "sqlite:" + _path;

    /// <inheritdoc/>
    public BackendLimits Limits { get; } = new(RecordIndex.Tree, MaxRows: 500_000, MaxCommitBytes: 512L << 20, MaxRowBytes: 32 << 20);

    /// <inheritdoc/>
    public ValueTask<VaultRead?> ReadAsync(IReadOnlyList<RowKey> rows, CancellationToken ct = default)
    {
        ArgumentNullException.ThrowIfNull(rows);
        Begin(ct);
        using ConnectionPool.Lease? lease = _connections.TryRent();
        if (lease is not { Connection: { } connection })
            return new ValueTask<VaultRead?>((VaultRead?)null);
        using Transaction _ = connection.Begin(Sql.Begin);
        WalState before = _connections.WalState;
        if (connection.ReadHead() is not { } head)
            return new ValueTask<VaultRead?>((VaultRead?)null);
        Remember(before, head.Mac);
        var found = new ReadOnlyMemory<byte>?[rows.Count];
        for (int i = 0; i < found.Length; i++)
            found[i] = connection.ReadRow(rows[i].ToString());
        return new ValueTask<VaultRead?>(new VaultRead(head.Bytes, found));
    }

    /// <inheritdoc/>
    public ValueTask<CommitOutcome> TryCommitAsync(VaultCommit commit, CancellationToken ct = default)
    {
        ArgumentNullException.ThrowIfNull(commit);
        Limits.Require(commit);
        Begin(ct);
        lock (_writing)
        {
            using ConnectionPool.Lease? lease = commit.ExpectedHeadMac is null ? _connections.RentOrCreate() : _connections.TryRent();
            if (lease is not { Connection: { } connection })
                return new ValueTask<CommitOutcome>(CommitOutcome.Conflict);
            using (Transaction transaction = connection.Begin(Sql.BeginImmediate))
            {
                (Digest Mac, long Revision)? before = connection.ReadHeadKey();
                if (before?.Mac != commit.ExpectedHeadMac)
                    return new ValueTask<CommitOutcome>(CommitOutcome.Conflict);
                connection.Write(commit, before?.Revision ?? 0);
                transaction.Commit();
            }

            Remember(_connections.WalState, connection);
            _connections.CheckpointIfLong(connection);
            return new ValueTask<CommitOutcome>(CommitOutcome.Committed);
        }
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<StoredRow> ScanAsync(ScanRequest scan, [EnumeratorCancellation] CancellationToken ct = default)
    {
        ArgumentNullException.ThrowIfNull(scan);
        await ValueTask.CompletedTask.ConfigureAwait(false);
        string? after = scan.After?.ToString();
        for (int left = scan.Limit; left > 0;)
        {
            int wanted = Math.Min(left, ScanPage);
            List<StoredRow> page = ScanOnce(scan, after, wanted, ct);
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
    public ValueTask<ChangeSet> ChangesSinceAsync(long revision, CancellationToken ct = default)
    {
        Begin(ct);
        using ConnectionPool.Lease? lease = _connections.TryRent();
        if (lease is not { Connection: { } connection })
            return new ValueTask<ChangeSet>(new ChangeSet(0, revision != 0, []));
        using Transaction _ = connection.Begin(Sql.Begin);
        return new ValueTask<ChangeSet>(connection.ChangesSince(revision));
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<long> WatchAsync(long after, [EnumeratorCancellation] CancellationToken ct = default)
    {
        WalState last = default;
        while (!_disposed)
        {
            Begin(ct);
            WalState now = _connections.WalState;
            if (!now.IsKnown || now != last)
            {
                last = now;
                long revision = Revision();
                if (revision > after)
                    yield return after = revision;
            }

            await Task.Delay(PollInterval, ct).ConfigureAwait(false);
        }
    }

    /// <inheritdoc/>
    public bool IsCurrent(in Digest headMac) => _seen is { } seen && seen.HeadMac == headMac && seen.State == _connections.WalState;

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        _disposed = true;
        _connections.Dispose();
        return ValueTask.CompletedTask;
    }

    private List<StoredRow> ScanOnce(ScanRequest scan, string? after, int limit, CancellationToken ct)
    {
        Begin(ct);
        using ConnectionPool.Lease? lease = _connections.TryRent();
        return lease is { Connection: { } connection } ? connection.Scan(scan.Prefix, after, limit, scan.KeysOnly) : [];
    }

    private long Revision()
    {
        using ConnectionPool.Lease? lease = _connections.TryRent();
        return lease?.Connection.ReadHeadKey()?.Revision ?? 0;
    }

    // The state was taken inside the transaction, before the head was read: if another commit came in between, the state is older than the one that IsCurrent compares with, and the answer is no.
    private void Remember(WalState state, in Digest headMac) => _seen = state.IsKnown ? new Seen(headMac, state) : null;

    // After a commit of ours another process may have committed already, so the head is read together with the state.
    private void Remember(WalState state, Connection connection)
    {
        if (connection.ReadHeadKey() is { } head && state == _connections.WalState)
            Remember(state, head.Mac);
    }

    private void Begin(CancellationToken ct)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        ct.ThrowIfCancellationRequested();
    }

    private sealed record Seen(Digest HeadMac, WalState State);

    private sealed class SqliteProvider : IVaultBackendProvider
    {
        public IReadOnlyList<string> Schemes { get; } = ["sqlite"];

        public IVaultBackend Open(VaultAddress address, BackendSettings settings)
        {
            ArgumentNullException.ThrowIfNull(address);
            ArgumentNullException.ThrowIfNull(settings);
            // sqlite:///srv/vault.db is the same as sqlite:/srv/vault.db, as other programs write it.
            string path = address.DangerousRest.StartsWith("///", StringComparison.Ordinal) ? address.DangerousRest[2..] : address.DangerousRest;
            return path.Length > 0 && !path.StartsWith("//", StringComparison.Ordinal) && !path.Contains('?', StringComparison.Ordinal)
                ? new SqliteBackend(path, settings.Timeout)
                : throw new VaultConfigurationException("SR1285", $"The address {address} does not name a database file.", "Write sqlite:PATH, for instance sqlite:/srv/app/vault.db.");
        }
    }
}
