using System.Runtime.CompilerServices;
using Strongroom.Cryptography;
using Strongroom.Vault;

namespace Strongroom.Storage;

/// <summary>A verified head of a vault in a database, and the key that gives names their place in the hash tree.</summary>
internal sealed class TreeView(VaultHead head, ReadOnlyMemory<byte> bytes, SecretBuffer indexKey) : VaultView(head)
{
    public ReadOnlyMemory<byte> Bytes { get; } = bytes;

    public SecretBuffer IndexKey { get; } = indexKey;

    public HashTreePath PathOf(SecretName name) => HashTreePath.Of(IndexKey.Span, name);
}

/// <summary>
/// Storage of vaults whose head holds the root of a hash tree: databases. One snapshot read fetches head, path and record, and is verified entirely, a miss included; an open
/// costs one read whatever the size; a commit rewrites the nodes of the paths it touches.
/// </summary>
internal sealed class TreeStorage(IVaultBackend backend, VaultSession session) : RecordStorage
{
    private const int PageSize = 256;
    private const int MaxReads = 20;
    private readonly Lock _gate = new();
    private volatile TreeView? _current;

    public override IVaultBackend Backend => backend;

    public override VaultView? Current => _current;

    public override bool IsFresh => _current is { } view && backend is IFreshnessBackend freshness && freshness.IsCurrent(view.Head.Mac);

    public override async ValueTask<VaultView> RefreshAsync(CancellationToken ct) =>
        IsFresh ? _current! : (await ReadRowsAsync([], ct).ConfigureAwait(false)).View;

    public override async ValueTask<VaultView> ReloadAsync(CancellationToken ct) =>
        (await ReadRowsAsync([], ct).ConfigureAwait(false)).View;

    public override async ValueTask<VerifiedRead> ReadAsync(IReadOnlyList<SecretName> names, CancellationToken ct)
    {
        TreeView view = _current ?? (TreeView)await RefreshAsync(ct).ConfigureAwait(false);
        int depth = HashTree.GuessDepth(view.Head.Records.Count);
        while (true)
        {
            var keys = new List<RowKey>(names.Count * (depth + 1));
            foreach (SecretName name in names)
            {
                keys.Add(RowKey.Record(name));
                HashTree.AddPathRows(view.PathOf(name), depth, keys);
            }

            (view, VaultRead read) = await ReadRowsAsync(keys, ct).ConfigureAwait(false);
            if (Verify(view, names, read.Rows, depth) is { } rows)
                return new VerifiedRead(view, rows);
            depth = Math.Min(HashTreePath.Length, Math.Max(depth + 2, HashTree.GuessDepth(view.Head.Records.Count)));
        }
    }

    public override async ValueTask<ReadOnlyMemory<byte>?> ReadVersionAsync(VaultView view, RandomId secretId, long version, Digest digest, CancellationToken ct)
    {
        VaultRead read = await backend.ReadAsync([RowKey.Version(secretId, version)], ct).ConfigureAwait(false) ?? throw Missing();
        if (read.Rows[0] is not { } bytes)
            return null;
        return Digest.Sha256(bytes.Span) == digest
            ? bytes
            : throw new VaultIntegrityException("SR1408", $"Version {version} of a secret is not the one that its record names.", "The database was edited. Restore a backup.");
    }

    public override async IAsyncEnumerable<RecordRow> ScanAsync(string prefix, SecretName? after, [EnumeratorCancellation] CancellationToken ct)
    {
        SecretName? last = after;
        while (true)
        {
            var names = new List<SecretName>(PageSize);
            RowKey? from = last is { } name ? RowKey.Record(name) : null;
            await foreach (StoredRow row in backend.ScanAsync(new ScanRequest("s/" + prefix, from, PageSize, KeysOnly: true), ct).ConfigureAwait(false))
                names.Add(NameOf(row.Key));
            if (names.Count == 0)
                yield break;
            foreach (RecordRow? row in (await ReadAsync(names, ct).ConfigureAwait(false)).Rows)
            {
                // Removed between the page and the read: not there any more.
                if (row is { } found)
                    yield return found;
            }

            last = names[^1];
        }
    }

    public override IDisposable? Lock(TimeSpan timeout, CancellationToken ct) => (backend as ILockingBackend)?.Lock(timeout, ct);

    public override async ValueTask<PreparedCommit> PrepareAsync(VaultView view, RowChanges changes, CancellationToken ct)
    {
        var tree = (TreeView)view;
        var puts = new List<StoredRow>();
        var deletes = new List<RowKey>();
        var paths = new List<HashTreeChange>(changes.Records.Count);
        foreach ((SecretName name, ReadOnlyMemory<byte>? bytes) in changes.Records)
        {
            Add(RowKey.Record(name), bytes);
            paths.Add(new HashTreeChange(tree.PathOf(name), bytes is { } row ? Digest.Sha256(row.Span) : null));
        }

        foreach ((RowKey key, ReadOnlyMemory<byte>? bytes) in changes.Versions)
            Add(key, bytes);
        RecordSummary old = view.Head.Records;
        if (paths.Count == 0)
            return new Prepared(view, old, puts, deletes);
        HashTreeResult result = await UpdateAsync(tree, paths, ct).ConfigureAwait(false);
        puts.AddRange(result.Puts);
        deletes.AddRange(result.Deletes);
        return new Prepared(view, new RecordSummary(RecordIndex.Tree, result.Count, old.GenerationCounts, old.IndexKey, result.Root), puts, deletes);

        void Add(RowKey key, ReadOnlyMemory<byte>? bytes)
        {
            if (bytes is { } row)
                puts.Add(new StoredRow(key, row));
            else
                deletes.Add(key);
        }
    }

    public override async ValueTask<CommitOutcome> CommitAsync(PreparedCommit prepared, VaultHead head, byte[] headBytes, CancellationToken ct)
    {
        var tree = (Prepared)prepared;
        CheckLimits(tree, headBytes);
        var commit = new VaultCommit(tree.Base.Head.Mac, head.Revision, head.Mac, headBytes, tree.Puts, tree.Deletes);
        CommitOutcome outcome = await backend.TryCommitAsync(commit, ct).ConfigureAwait(false);
        if (outcome == CommitOutcome.Committed)
            Take(new TreeView(head, headBytes, ((TreeView)tree.Base).IndexKey));
        return outcome;
    }

    public override async ValueTask<CommitOutcome> CreateAsync(VaultHead head, byte[] headBytes, CancellationToken ct)
    {
        CommitOutcome outcome = await backend.TryCommitAsync(new VaultCommit(null, head.Revision, head.Mac, headBytes, [], []), ct).ConfigureAwait(false);
        if (outcome == CommitOutcome.Committed)
            Take(new TreeView(head, headBytes, IndexKeyOf(head)));
        return outcome;
    }

    public override async ValueTask<IReadOnlyList<SecretName>?> ChangedAsync(VaultView from, VaultView to, CancellationToken ct)
    {
        ChangeSet changes = await backend.ChangesSinceAsync(from.Head.Revision, ct).ConfigureAwait(false);
        return changes.Resynchronise ? null : [.. changes.Rows.Select(NameOf).Order()];
    }

    private async ValueTask<HashTreeResult> UpdateAsync(TreeView view, List<HashTreeChange> paths, CancellationToken ct)
    {
        var update = new HashTreeUpdate(view.Head.Records.Summary, view.Head.Records.Count, paths);
        int depth = HashTree.GuessDepth(view.Head.Records.Count);
        var keys = new List<RowKey>();
        foreach (HashTreeChange change in paths)
            HashTree.AddPathRows(change.Path, depth, keys);
        IReadOnlyList<RowKey> wanted = [.. keys.Distinct()];
        while (wanted.Count > 0)
        {
            (TreeView now, VaultRead read) = await ReadRowsAsync(wanted, ct).ConfigureAwait(false);
            if (!ReferenceEquals(now, view))
                throw new ViewMovedException();
            update.Supply(wanted, read.Rows);
            wanted = update.Prepare();
        }

        return update.Result!;
    }

    private static RecordRow?[]? Verify(TreeView view, IReadOnlyList<SecretName> names, IReadOnlyList<ReadOnlyMemory<byte>?> rows, int depth)
    {
        var found = new RecordRow?[names.Count];
        for (int i = 0; i < found.Length; i++)
        {
            int at = i * (depth + 1);
            HashTreeLookup lookup = HashTree.Verify(view.Head.Records.Summary, view.Head.Records.Count, view.PathOf(names[i]), rows, at + 1, depth);
            if (lookup.Outcome == HashTreeOutcome.NeedDeeper)
                return null;
            if (lookup.Outcome == HashTreeOutcome.Absent)
            {
                if (rows[at] is not null)
                    throw Lied(names[i], "a record was inserted that the vault does not have");
                continue;
            }

            ReadOnlyMemory<byte> bytes = rows[at] ?? throw Lied(names[i], "its record is missing");
            if (Digest.Sha256(bytes.Span) != lookup.Digest)
                throw Lied(names[i], "its record was edited, swapped or put back to an older state");
            found[i] = new RecordRow(names[i], bytes, lookup.Digest);
        }

        return found;
    }

    private async ValueTask<(TreeView View, VaultRead Read)> ReadRowsAsync(IReadOnlyList<RowKey> keys, CancellationToken ct)
    {
        for (int attempt = 1; ; attempt++)
        {
            VaultRead read = await backend.ReadAsync(keys, ct).ConfigureAwait(false) ?? throw Missing();
            try
            {
                return (Adopt(read.Head), read);
            }
            catch (VaultIntegrityException) when (attempt < MaxReads)
            {
                // A commit of this or another process while the answer was on its way, or a replica that lags: asked again, the storage has to give what has been seen.
            }
        }
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

    private void Take(TreeView view)
    {
        lock (_gate)
        {
            if (_current is null || _current.Head.Revision < view.Head.Revision)
                _current = view;
        }
    }

    private SecretBuffer IndexKeyOf(VaultHead head) => session.Keys.OpenKey("index-key", null, head.Records.IndexKey);

    private void CheckLimits(Prepared commit, byte[] head)
    {
        BackendLimits limits = backend.Limits;
        long bytes = head.Length + commit.Puts.Sum(static put => (long)put.Bytes.Length);
        if (commit.Puts.Count + commit.Deletes.Count > limits.MaxRows || bytes > limits.MaxCommitBytes || commit.Puts.Any(put => put.Bytes.Length > limits.MaxRowBytes))
            throw new VaultLimitException("SR1447", $"The commit has {commit.Puts.Count + commit.Deletes.Count} rows and {bytes} bytes, more than the database takes at once ({limits.MaxRows} rows, {limits.MaxCommitBytes} bytes).", "Write fewer secrets in one batch.");
    }

    private static SecretName NameOf(RowKey key) => SecretName.TryParse(key.ToString()[2..], out SecretName name)
        ? name
        : throw new VaultIntegrityException("SR1448", "The database holds a record under a key that is no secret's name.", "The database was edited. Restore a backup.");

    private static VaultIntegrityException Lied(SecretName name, string what) =>
        new("SR1449", $"The database's answer for {name} is not what the vault's head vouches for: {what}.", "The database was edited or restored in part. Restore a backup.");

    private VaultUnavailableException Missing() => VaultOpener.Missing(backend);

    private sealed record Prepared(VaultView Base, RecordSummary Records, List<StoredRow> Puts, List<RowKey> Deletes) : PreparedCommit(Base, Records);
}
