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

    public TreeWalk Walk(RowCache cache, IReadOnlyDictionary<RowKey, ReadOnlyMemory<byte>?>? fetched = null) => new(cache, Head.Records.Summary, Head.Records.Count, fetched);
}

/// <summary>
/// Storage of vaults whose head holds the root of a hash tree: databases. One snapshot read fetches head, path and record, and is verified entirely, a miss included; an open
/// costs one read whatever the size; a commit rewrites the nodes of the paths it touches. Rows that were verified are kept, and <see cref="HeadFollower"/> keeps them up to date.
/// </summary>
internal sealed partial class TreeStorage(IVaultBackend backend, VaultSession session, VaultOptions options) : RecordStorage
{
    private const int PageSize = 256;
    private readonly Lock _gate = new();
    private readonly RowCache _rows = new(options.CacheBytes);
    private volatile TreeView? _current;

    public override IVaultBackend Backend => backend;

    public override VaultView? Current => _current;

    public override async ValueTask<VaultView> RefreshAsync(CancellationToken ct) =>
        IsExact ? _current! : (await ReadRowsAsync([], ct).ConfigureAwait(false)).View;

    public override async ValueTask<VaultView> ReloadAsync(CancellationToken ct) =>
        (await ReadRowsAsync([], ct).ConfigureAwait(false)).View;

    public override async ValueTask<VerifiedRead> ReadAsync(IReadOnlyList<SecretName> names, CancellationToken ct)
    {
        TreeView? known = _current;
        if (known is not null && IsFresh && FromCache(known, names) is { } cached)
            return new VerifiedRead(known, cached);
        return await FetchAsync(known ?? (TreeView)await RefreshAsync(ct).ConfigureAwait(false), names, ct).ConfigureAwait(false);
    }

    public override async ValueTask<VerifiedRead> ReadInAsync(VaultView view, IReadOnlyList<SecretName> names, CancellationToken ct)
    {
        if (FromCache((TreeView)view, names) is { } cached)
            return new VerifiedRead(view, cached);
        VerifiedRead read = await FetchAsync((TreeView)view, names, ct).ConfigureAwait(false);
        return ReferenceEquals(read.View, view) ? read : throw new ViewMovedException();
    }

    /// <summary>Reads records with their whole paths, trusting nothing that is cached.</summary>
    public async ValueTask<VerifiedRead> ReadAnewAsync(IReadOnlyList<SecretName> names, CancellationToken ct)
    {
        var view = (TreeView)await RefreshAsync(ct).ConfigureAwait(false);
        for (int extra = 0; ; extra++)
        {
            IReadOnlyList<RowKey> keys = KeysFor(view, names, wholePaths: true, extra);
            (view, VaultRead read) = await ReadRowsAsync(keys, ct).ConfigureAwait(false);
            if (Verify(view, names, keys, read, new RowCache(options.CacheBytes)) is { } rows)
                return new VerifiedRead(view, rows);
        }
    }

    /// <summary>Reads and checks the nodes of a path, trusting nothing that is cached.</summary>
    public async ValueTask CheckPathAsync(HashTreePath path, CancellationToken ct)
    {
        for (int depth = 4; ; depth = Math.Min(depth * 2, HashTreePath.Length))
        {
            var keys = new List<RowKey>();
            HashTree.AddPathRows(path, 0, depth, keys);
            (TreeView view, VaultRead read) = await ReadRowsAsync(keys, ct).ConfigureAwait(false);
            var fetched = keys.Zip(read.Rows).ToDictionary();
            if (view.Walk(new RowCache(options.CacheBytes), fetched).Find(path).Lookup.Outcome != HashTreeOutcome.NeedDeeper)
                return;
        }
    }

    /// <summary>The names that are stored, in order, page by page; not verified.</summary>
    public async IAsyncEnumerable<SecretName[]> NamesAsync([EnumeratorCancellation] CancellationToken ct)
    {
        RowKey? after = null;
        while (true)
        {
            var names = new List<SecretName>(PageSize);
            await foreach (StoredRow row in backend.ScanAsync(new ScanRequest("s/", after, PageSize, KeysOnly: true), ct).ConfigureAwait(false))
                names.Add(NameOf(row.Key));
            if (names.Count == 0)
                yield break;
            yield return [.. names];
            after = RowKey.Record(names[^1]);
        }
    }

    public override async ValueTask<ReadOnlyMemory<byte>?> ReadVersionAsync(VaultView view, RandomId secretId, long version, Digest digest, CancellationToken ct)
    {
        RowKey key = RowKey.Version(secretId, version);
        if (_rows.TryGet(key, digest, out ReadOnlyMemory<byte> cached))
            return cached;
        VaultRead read = await CallAsync(token => backend.ReadAsync([key], token), ct).ConfigureAwait(false) ?? throw Missing();
        if (read.Rows[0] is not { } bytes)
            return null;
        if (Digest.Sha256(bytes.Span) != digest)
            throw new VaultIntegrityException("SR1408", $"Version {version} of a secret is not the one that its record names.", "The database was edited. Restore a backup.");
        _rows.Add(key, digest, bytes);
        return bytes;
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

    public override async ValueTask<IReadOnlyList<SecretName>?> ChangedAsync(VaultView from, VaultView to, CancellationToken ct)
    {
        ChangeSet changes = await backend.ChangesSinceAsync(from.Head.Revision, ct).ConfigureAwait(false);
        return changes.Resynchronise ? null : [.. changes.Rows.Select(NameOf).Order()];
    }

    // Rows of the view that need no read; null when one is not at hand.
    private RecordRow?[]? FromCache(TreeView view, IReadOnlyList<SecretName> names)
    {
        TreeWalk walk = view.Walk(_rows);
        var found = new RecordRow?[names.Count];
        for (int i = 0; i < found.Length; i++)
        {
            HashTreeLookup lookup = walk.Find(view.PathOf(names[i])).Lookup;
            if (lookup.Outcome == HashTreeOutcome.Absent)
                continue;
            if (lookup.Outcome == HashTreeOutcome.NeedDeeper || !_rows.TryGet(RowKey.Record(names[i]), lookup.Digest, out ReadOnlyMemory<byte> bytes))
                return null;
            found[i] = new RecordRow(names[i], bytes, lookup.Digest);
        }

        return found;
    }

    // While the head is as expected only what is missing is read; once it has moved, whole paths, so that one more read is enough however fast others write.
    private async ValueTask<VerifiedRead> FetchAsync(TreeView view, IReadOnlyList<SecretName> names, CancellationToken ct)
    {
        bool wholePaths = !IsFresh;
        int extra = 0;
        while (true)
        {
            IReadOnlyList<RowKey> keys = KeysFor(view, names, wholePaths, extra);
            (TreeView now, VaultRead read) = await ReadRowsAsync(keys, ct).ConfigureAwait(false);
            if (Verify(now, names, keys, read, _rows) is { } rows)
                return new VerifiedRead(now, rows);
            extra = ReferenceEquals(now, view) ? extra + 2 : extra;
            wholePaths |= !ReferenceEquals(now, view);
            view = now;
        }
    }

    private List<RowKey> KeysFor(TreeView view, IReadOnlyList<SecretName> names, bool wholePaths, int extra)
    {
        TreeWalk walk = view.Walk(_rows);
        int guess = Math.Min(HashTreePath.Length, HashTree.GuessDepth(view.Head.Records.Count) + extra);
        var keys = new List<RowKey>(names.Count * 3);
        var nodes = new HashSet<RowKey>();
        foreach (SecretName name in names)
        {
            HashTreePath path = view.PathOf(name);
            keys.Add(RowKey.Record(name));
            (HashTreeLookup lookup, int depth) = wholePaths ? (new HashTreeLookup(HashTreeOutcome.NeedDeeper, default), 0) : walk.Find(path);
            if (lookup.Outcome != HashTreeOutcome.NeedDeeper)
                continue;
            HashTree.AddPathRows(path, depth, Math.Max(guess, depth + 1), nodes);
        }

        keys.AddRange(nodes);
        return keys;
    }

    private static RecordRow?[]? Verify(TreeView view, IReadOnlyList<SecretName> names, IReadOnlyList<RowKey> keys, VaultRead read, RowCache cache)
    {
        var fetched = new Dictionary<RowKey, ReadOnlyMemory<byte>?>(keys.Count);
        for (int i = 0; i < keys.Count; i++)
            fetched[keys[i]] = read.Rows[i];
        TreeWalk walk = view.Walk(cache, fetched);
        var found = new RecordRow?[names.Count];
        for (int i = 0; i < found.Length; i++)
        {
            HashTreeLookup lookup = walk.Find(view.PathOf(names[i])).Lookup;
            RowKey key = RowKey.Record(names[i]);
            ReadOnlyMemory<byte>? row = fetched[key];
            if (lookup.Outcome == HashTreeOutcome.NeedDeeper)
                return null;
            if (lookup.Outcome == HashTreeOutcome.Absent)
            {
                if (row is not null)
                    throw Lied(names[i], "a record was inserted that the vault does not have");
                continue;
            }

            ReadOnlyMemory<byte> bytes = row ?? throw Lied(names[i], "its record is missing");
            if (Digest.Sha256(bytes.Span) != lookup.Digest)
                throw Lied(names[i], "its record was edited, swapped or put back to an older state");
            cache.Add(key, lookup.Digest, bytes);
            found[i] = new RecordRow(names[i], bytes, lookup.Digest);
        }

        return found;
    }

    private static SecretName NameOf(RowKey key) => SecretName.TryParse(key.ToString()[2..], out SecretName name)
        ? name
        : throw new VaultIntegrityException("SR1448", "The database holds a record under a key that is no secret's name.", "The database was edited. Restore a backup.");

    private static VaultIntegrityException Lied(SecretName name, string what) =>
        new("SR1449", $"The database's answer for {name} is not what the vault's head vouches for: {what}.", "The database was edited or restored in part. Restore a backup.");

    private VaultUnavailableException Missing() => VaultOpener.Missing(backend);
}
