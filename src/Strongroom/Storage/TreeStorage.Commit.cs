using Strongroom.Cryptography;
using Strongroom.Vault;

namespace Strongroom.Storage;

/// <summary>Commits.</summary>
internal sealed partial class TreeStorage
{
    private const int MaxAppends = 100;

    // The swap tells whether the view was the newest, so a commit may begin with the one in hand: a writer whose paths are cached needs one round trip.
    public override async ValueTask<VaultView> BaseAsync(bool exact, CancellationToken ct) =>
        !exact && _current is { } view ? view : await RefreshAsync(ct).ConfigureAwait(false);

    public override async ValueTask<bool> IsNewestAsync(VaultView view, CancellationToken ct) => ReferenceEquals(await RefreshAsync(ct).ConfigureAwait(false), view);

    public override async ValueTask<IReadOnlyDictionary<SecretName, RecordRow?>?> PrefetchAsync(VaultView view, IEnumerable<SecretName> names, CancellationToken ct)
    {
        SecretName[] wanted = [.. names.Distinct()];
        VerifiedRead read = await ReadInAsync(view, wanted, ct).ConfigureAwait(false);
        return wanted.Zip(read.Rows).ToDictionary();
    }

    public override async ValueTask<PreparedCommit> PrepareAsync(VaultView view, RowChanges changes, CancellationToken ct)
    {
        var tree = (TreeView)view;
        var puts = new List<StoredRow>();
        var digests = new List<Digest>();
        var deletes = new List<RowKey>();
        var paths = new List<HashTreeChange>(changes.Records.Count);
        foreach ((SecretName name, ReadOnlyMemory<byte>? bytes) in changes.Records)
        {
            Add(RowKey.Record(name), bytes);
            paths.Add(new HashTreeChange(tree.PathOf(name), bytes is null ? null : digests[^1]));
        }

        foreach ((RowKey key, ReadOnlyMemory<byte>? bytes) in changes.Versions)
            Add(key, bytes);
        RecordSummary old = view.Head.Records;
        if (paths.Count == 0)
            return new Prepared(view, old, puts, digests, deletes);
        HashTreeResult result = await UpdateAsync(tree, paths, ct).ConfigureAwait(false);
        puts.AddRange(result.Puts);
        digests.AddRange(result.Digests);
        deletes.AddRange(result.Deletes);
        return new Prepared(view, new RecordSummary(RecordIndex.Tree, result.Count, old.GenerationCounts, old.IndexKey, result.Root), puts, digests, deletes);

        void Add(RowKey key, ReadOnlyMemory<byte>? bytes)
        {
            if (bytes is not { } row)
            {
                deletes.Add(key);
                return;
            }

            puts.Add(new StoredRow(key, row));
            digests.Add(Digest.Sha256(row.Span));
        }
    }

    public override async ValueTask<CommitOutcome> CommitAsync(PreparedCommit prepared, VaultHead head, byte[] headBytes, IReadOnlyList<StoredRow> lines, CancellationToken ct)
    {
        var tree = (Prepared)prepared;
        List<StoredRow> puts = lines.Count == 0 ? tree.Puts : [.. tree.Puts, .. lines];
        CheckLimits(puts, tree.Deletes.Count, headBytes);
        var commit = new VaultCommit(tree.Base.Head.Mac, head.Revision, head.Mac, headBytes, puts, tree.Deletes);
        long asked = _time.GetTimestamp();
        CommitOutcome outcome = await backend.TryCommitAsync(commit, ct).ConfigureAwait(false);
        if (outcome != CommitOutcome.Committed)
        {
            Distrust();
            return outcome;
        }

        for (int i = 0; i < tree.Puts.Count; i++)
            _rows.Add(tree.Puts[i].Key, tree.Digests[i], tree.Puts[i].Bytes.ToArray()); // Rows of a commit may share one buffer.
        Take(new TreeView(head, headBytes, ((TreeView)tree.Base).IndexKey));
        Confirm(asked);
        return outcome;
    }

    public override async ValueTask<CommitOutcome> CreateAsync(VaultHead head, byte[] headBytes, IReadOnlyList<StoredRow> lines, CancellationToken ct)
    {
        CommitOutcome outcome = await backend.TryCommitAsync(new VaultCommit(null, head.Revision, head.Mac, headBytes, lines, []), ct).ConfigureAwait(false);
        if (outcome == CommitOutcome.Committed)
            Take(new TreeView(head, headBytes, IndexKeyOf(head)));
        return outcome;
    }

    public override bool KeepsLines => true;

    // Rows under a head that stays. Which head that is does not matter to them, so a swap that somebody else won, or an answer that was lost, is a reason to do it again.
    public override async ValueTask AppendAsync(IReadOnlyList<StoredRow> lines, CancellationToken ct)
    {
        for (int attempt = 1; ; attempt++)
        {
            TreeView view = attempt == 1 && _current is { } known ? known : (TreeView)await ReloadAsync(ct).ConfigureAwait(false);
            CommitOutcome outcome = await backend.TryCommitAsync(new VaultCommit(view.Head.Mac, view.Head.Revision, view.Head.Mac, view.Bytes, lines, []), ct).ConfigureAwait(false);
            if (outcome == CommitOutcome.Committed)
                return;
            if (attempt == MaxAppends)
                throw new VaultUnavailableException("SR1422", $"Other writers won {MaxAppends} times in a row.", "Try again later, or spread the secrets over several vaults.");
            if (attempt > 1)
                await PauseAsync(attempt, ct).ConfigureAwait(false);
        }
    }

    private async ValueTask<HashTreeResult> UpdateAsync(TreeView view, List<HashTreeChange> paths, CancellationToken ct)
    {
        var update = new HashTreeUpdate(view.Head.Records.Summary, view.Head.Records.Count, paths);
        TreeWalk walk = view.Walk(_rows);
        var wanted = new HashSet<RowKey>();
        int guess = HashTree.GuessDepth(view.Head.Records.Count);
        foreach (HashTreeChange change in paths)
        {
            (HashTreeLookup lookup, int depth) = walk.Find(change.Path, (key, node) => update.Supply([key], [node]));
            if (lookup.Outcome == HashTreeOutcome.NeedDeeper)
                HashTree.AddPathRows(change.Path, depth, Math.Max(guess, depth + 1), wanted);
        }

        IReadOnlyList<RowKey> keys = wanted.Count > 0 ? [.. wanted] : update.Prepare();
        while (keys.Count > 0)
        {
            (TreeView now, VaultRead read) = await ReadRowsAsync(keys, ct).ConfigureAwait(false);
            if (!ReferenceEquals(now, view))
                throw new ViewMovedException();
            update.Supply(keys, read.Rows);
            keys = update.Prepare();
        }

        return update.Result!;
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

    private void CheckLimits(List<StoredRow> puts, int deletes, byte[] head)
    {
        BackendLimits limits = backend.Limits;
        long bytes = head.Length + puts.Sum(static put => (long)put.Bytes.Length);
        if (puts.Count + deletes > limits.MaxRows || bytes > limits.MaxCommitBytes || puts.Exists(put => put.Bytes.Length > limits.MaxRowBytes))
            throw new VaultLimitException("SR1447", $"The commit has {puts.Count + deletes} rows and {bytes} bytes, more than the database takes at once ({limits.MaxRows} rows, {limits.MaxCommitBytes} bytes).", "Write fewer secrets in one batch.");
    }

    private sealed record Prepared(VaultView Base, RecordSummary Records, List<StoredRow> Puts, List<Digest> Digests, List<RowKey> Deletes) : PreparedCommit(Base, Records);
}
