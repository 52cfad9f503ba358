using Strongroom.Cryptography;
using Strongroom.Vault;

namespace Strongroom.Storage;

/// <summary>How old the view in hand may be, and what is done when the database does not answer.</summary>
internal sealed partial class TreeStorage
{
    private const int MaxReads = 8;
    private const int ReadsBeforeFollowing = 4;
    private readonly TimeProvider _time = options.Time;
    private HeadFollower? _follower;
    private long _confirmed = long.MinValue;
    private long _hinted;
    private int _reads;
    private volatile StrongroomException? _trouble;
    private volatile bool _disposed;

    public override bool IsFresh => backend is IFreshnessBackend
        ? IsExact
        : _follower is not null && _current is { } view && view.Head.Revision >= Volatile.Read(ref _hinted) && IsRecent(options.MaxStaleness);

    public override bool MayServeStale => options.ServeStale && options.MaxStaleness > TimeSpan.Zero && backend is not IFreshnessBackend && _current is not null;

    public override VaultFreshness Freshness
    {
        get
        {
            if (backend is IFreshnessBackend)
                return VaultFreshness.Exact;
            long confirmed = Volatile.Read(ref _confirmed);
            DateTimeOffset? at = confirmed == long.MinValue ? null : _time.GetUtcNow() - _time.GetElapsedTime(confirmed);
            return new VaultFreshness(at, _trouble is not null, _trouble?.Message);
        }
    }

    // Nothing has been committed since the view was read: only some backends can tell without a call.
    private bool IsExact => _current is { } view && backend is IFreshnessBackend freshness && freshness.IsCurrent(view.Head.Mac);

    /// <summary>A commit of another node, by the hint of the backend.</summary>
    public void Hint(long revision) => Volatile.Write(ref _hinted, revision);

    /// <summary>Reads the head, and those of the cached nodes that have changed below it, so that cached records stay proved.</summary>
    public async ValueTask FollowAsync(CancellationToken ct)
    {
        TreeView? before = _current;
        IReadOnlyList<RowKey> keys = [RowKey.TreeNode("")];
        (TreeView view, VaultRead read) = await ReadRowsAsync(keys, ct).ConfigureAwait(false);
        if (ReferenceEquals(before, view) || view.Head.Records.Count == 0)
            return;
        var next = new List<(HashTreePath Path, int Depth, long Names, Digest Digest)> { (default, 0, view.Head.Records.Count, view.Head.Records.Summary) };
        while (true)
        {
            next = Descend(next, keys, read);
            keys = [.. next.Select(static node => node.Path.RowKey(node.Depth))];
            if (keys.Count == 0)
                return;
            (TreeView now, read) = await ReadRowsAsync(keys, ct).ConfigureAwait(false);
            if (!ReferenceEquals(now, view))
                return; // It moves on: the next round begins with the top again.
        }
    }

    public override ValueTask DisposeAsync()
    {
        _disposed = true;
        _follower?.Dispose();
        return base.DisposeAsync();
    }

    // Checks and keeps nodes, and gives those of their children that are cached in another state.
    private List<(HashTreePath Path, int Depth, long Names, Digest Digest)> Descend(List<(HashTreePath Path, int Depth, long Names, Digest Digest)> nodes, IReadOnlyList<RowKey> keys, VaultRead read)
    {
        var changed = new List<(HashTreePath Path, int Depth, long Names, Digest Digest)>();
        Span<byte> scratch = stackalloc byte[HashTreeNode.ContextSize];
        for (int i = 0; i < nodes.Count; i++)
        {
            (HashTreePath path, int depth, long names, Digest digest) = nodes[i];
            ReadOnlyMemory<byte> bytes = read.Rows[i] ?? throw HashTreeErrors.Missing(path, depth);
            HashTreeNode node = HashTreeNode.Open(bytes.Span, digest, names, path, depth, scratch);
            _rows.Add(keys[i], digest, bytes);
            for (int nibble = 0; !node.IsLeaf && nibble < HashTree.Fanout; nibble++)
            {
                HashTreePath child = path.With(depth, nibble);
                RowKey key = child.RowKey(depth + 1);
                if (node.TryChild(nibble, out long below, out Digest expected) && _rows.Has(key) && !_rows.TryGet(key, expected, out _))
                    changed.Add((child, depth + 1, below, expected));
            }
        }

        return changed;
    }

    private bool IsRecent(TimeSpan most)
    {
        long confirmed = Volatile.Read(ref _confirmed);
        return confirmed != long.MinValue && _time.GetElapsedTime(confirmed) < most;
    }

    // A swap was lost, or its answer was: somebody else has committed, or nobody knows.
    private void Distrust() => Volatile.Write(ref _confirmed, long.MinValue);

    private void Confirm(long asked)
    {
        Volatile.Write(ref _confirmed, asked);
        _trouble = null;
        FollowIfWorthwhile();
    }

    private async ValueTask<(TreeView View, VaultRead Read)> ReadRowsAsync(IReadOnlyList<RowKey> keys, CancellationToken ct)
    {
        for (int attempt = 1; ; attempt++)
        {
            long asked = _time.GetTimestamp();
            VaultRead read = await CallAsync(token => backend.ReadAsync(keys, token), ct).ConfigureAwait(false) ?? throw Missing();
            try
            {
                TreeView view = Adopt(read.Head);
                // What a hint claimed and the vault does not have is no reason to distrust the view for ever.
                if (Volatile.Read(ref _hinted) is var hinted && hinted > view.Head.Revision)
                    Interlocked.CompareExchange(ref _hinted, view.Head.Revision, hinted);
                Confirm(asked);
                return (view, read);
            }
            catch (VaultIntegrityException) when (attempt < MaxReads)
            {
                // A commit of this or another process while the answer was on its way, or a replica that lags: asked again, the storage has to give what has been seen.
                if (attempt > 2)
                    await PauseAsync(attempt, ct).ConfigureAwait(false);
            }
            catch (VaultIntegrityException error)
            {
                _trouble = error;
                throw;
            }
        }
    }

    // The first contact fails at once, so that a mistyped address is told at once. Later ones are a fail-over or a network that was away: asked again for as long as a writer would wait.
    private async ValueTask<T> CallAsync<T>(Func<CancellationToken, ValueTask<T>> call, CancellationToken ct)
    {
        long start = _time.GetTimestamp();
        for (int attempt = 1; ; attempt++)
        {
            try
            {
                return await call(ct).ConfigureAwait(false);
            }
            catch (VaultUnavailableException error)
            {
                _trouble = error;
                if (_current is null || !error.IsTransient || _time.GetElapsedTime(start) > options.LockTimeout)
                    throw;
                Follow();
                await PauseAsync(attempt, ct).ConfigureAwait(false);
            }
        }
    }

    private ValueTask PauseAsync(int attempt, CancellationToken ct)
    {
        int milliseconds = Random.Shared.Next(5, Math.Min(500, 10 << Math.Min(attempt, 6)));
        if (backend is not ISynchronousBackend)
            return new ValueTask(Task.Delay(milliseconds, ct));
        Thread.Sleep(milliseconds);
        return default;
    }

    // A command reads once and ends; only who goes on reading or writing gets a connection that listens.
    private void FollowIfWorthwhile()
    {
        if (_follower is null && Interlocked.Increment(ref _reads) >= ReadsBeforeFollowing)
            Follow();
    }

    private void Follow()
    {
        if (_follower is not null || backend is IFreshnessBackend || options.MaxStaleness <= TimeSpan.Zero)
            return;
        var follower = new HeadFollower(this, options.MaxStaleness / 4);
        if (Interlocked.CompareExchange(ref _follower, follower, null) is null && !_disposed)
            follower.Start();
    }

    private TreeView Adopt(ReadOnlyMemory<byte> headBytes)
    {
        lock (_gate)
        {
            if (_current is { } current && current.Bytes.Span.SequenceEqual(headBytes.Span)) // public
                return current;
            VaultHead head = session.Accept(headBytes.Span, _current?.Head);
            if (head.Records.Kind != RecordIndex.Tree)
                throw VaultHead.Bad("a database does not summarise its records in a list");
            return _current = new TreeView(head, headBytes, _current?.IndexKey ?? IndexKeyOf(head));
        }
    }
}
