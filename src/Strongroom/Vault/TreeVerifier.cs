using Strongroom.Cryptography;
using Strongroom.Storage;

namespace Strongroom.Vault;

/// <summary>
/// Verifies a vault in a database as a whole: reads every row in order, checks records on all cores, makes the hash tree of them anew and compares it with the head and with every stored node. Others may
/// write meanwhile: what they change is read again, verified by its path. Needs 64 bytes of memory for a record.
/// </summary>
internal sealed class TreeVerifier(VaultCore core, TreeStorage storage, List<string> findings)
{
    private const int PageSize = 1000;
    private const int VersionsAtOnce = 256;
    private readonly Dictionary<RowKey, Digest> _nodes = [];
    private HashTreeEntry[] _entries = [];
    private int _count;

    public async ValueTask<(long Records, long Versions)> RunAsync(IProgress<(long Done, long All)>? progress, CancellationToken ct)
    {
        var view = (TreeView)await storage.ReloadAsync(ct).ConfigureAwait(false);
        _entries = new HashTreeEntry[view.Head.Records.Count + PageSize];
        long versions = await ReadAllAsync(view, progress, ct).ConfigureAwait(false);
        (TreeView now, bool isKnown) = await CatchUpAsync(view, ct).ConfigureAwait(false);
        if (!isKnown || !IsTreeOf(now))
            await NameRecordsAsync(ct).ConfigureAwait(false);
        else
            await CheckNodesAsync(ct).ConfigureAwait(false);
        progress?.Report((_count, now.Head.Records.Count));
        return (_count, versions);
    }

    private async ValueTask<long> ReadAllAsync(TreeView view, IProgress<(long Done, long All)>? progress, CancellationToken ct)
    {
        var running = new Queue<Task<Page>>();
        long versions = 0;
        var rows = new List<StoredRow>(PageSize);
        await foreach (StoredRow row in storage.Backend.ScanAsync(new ScanRequest("s/"), ct).ConfigureAwait(false))
        {
            rows.Add(row);
            if (rows.Count < PageSize)
                continue;
            List<StoredRow> page = rows;
            rows = new List<StoredRow>(PageSize);
            running.Enqueue(Task.Run(() => CheckAsync(view, page, ct), ct));
            if (running.Count <= Environment.ProcessorCount)
                continue;
            versions += await TakeAsync(running).ConfigureAwait(false);
            progress?.Report((_count, view.Head.Records.Count));
        }

        running.Enqueue(CheckAsync(view, rows, ct));
        while (running.Count > 0)
            versions += await TakeAsync(running).ConfigureAwait(false);
        return versions;
    }

    private async ValueTask<long> TakeAsync(Queue<Task<Page>> running)
    {
        Page page = await running.Dequeue().ConfigureAwait(false);
        if (_count + page.Entries.Length > _entries.Length)
            Array.Resize(ref _entries, Math.Max(_count + page.Entries.Length, _entries.Length * 2));
        page.Entries.CopyTo(_entries, _count);
        _count += page.Entries.Length;
        findings.AddRange(page.Findings);
        return page.Versions;
    }

    private async Task<Page> CheckAsync(TreeView view, List<StoredRow> rows, CancellationToken ct)
    {
        var entries = new HashTreeEntry[rows.Count];
        var wrong = new List<string>();
        var versions = new List<(SecretName Name, RandomId Id, HistoryEntry Entry)>();
        for (int i = 0; i < entries.Length; i++)
        {
            if (!SecretName.TryParse(rows[i].Key.ToString()[2..], out SecretName name))
                throw new VaultIntegrityException("SR1448", "The database holds a record under a key that is no secret's name.", "The database was edited. Restore a backup.");
            entries[i] = new HashTreeEntry(view.PathOf(name), Digest.Sha256(rows[i].Bytes.Span));
            try
            {
                SecretRecord record = SecretRecord.Parse(rows[i].Bytes.Span);
                VaultVerifier.Open(core, name, record);
                versions.AddRange(record.History.Select(entry => (name, record.Id, entry)));
            }
            catch (VaultIntegrityException error)
            {
                wrong.Add($"{name}: {error.Message}");
            }
        }

        foreach ((SecretName Name, RandomId Id, HistoryEntry Entry)[] some in versions.Chunk(VersionsAtOnce))
            await CheckVersionsAsync(some, wrong, ct).ConfigureAwait(false);
        return new Page(entries, versions.Count, wrong);
    }

    private async ValueTask CheckVersionsAsync((SecretName Name, RandomId Id, HistoryEntry Entry)[] versions, List<string> wrong, CancellationToken ct)
    {
        VaultRead? read = await storage.Backend.ReadAsync([.. versions.Select(static version => RowKey.Version(version.Id, version.Entry.Version))], ct).ConfigureAwait(false);
        for (int i = 0; i < versions.Length; i++)
        {
            (SecretName name, RandomId id, HistoryEntry entry) = versions[i];
            // One that is gone or another may have been dropped by a write since: the record as it is now tells.
            if (read?.Rows[i] is not { } bytes || Digest.Sha256(bytes.Span) != entry.Digest)
            {
                if (await IsStillKeptAsync(name, id, entry, ct).ConfigureAwait(false))
                    wrong.Add($"{name}: version {entry.Version} is missing or is not the one that its record names");
                continue;
            }

            try
            {
                VaultVerifier.OpenVersion(core, name, id, entry.Version, bytes.Span);
            }
            catch (VaultIntegrityException error)
            {
                wrong.Add($"{name}: {error.Message}");
            }
        }
    }

    private async ValueTask<bool> IsStillKeptAsync(SecretName name, RandomId id, HistoryEntry entry, CancellationToken ct)
    {
        try
        {
            VerifiedRead now = await storage.ReadAnewAsync([name], ct).ConfigureAwait(false);
            if (now.Rows[0] is not { } row || SecretRecord.Parse(row.Bytes.Span) is not { } record || record.Id != id)
                return false;
            if (record.History.FirstOrDefault(kept => kept.Version == entry.Version) is not { } kept)
                return false;
            ReadOnlyMemory<byte>? bytes = await storage.ReadVersionAsync(now.View, id, kept.Version, kept.Digest, ct).ConfigureAwait(false);
            return bytes is null;
        }
        catch (VaultIntegrityException)
        {
            return true;
        }
    }

    // What others have committed since the reading began, from verified reads. Not known when the history does not reach back.
    private async ValueTask<(TreeView View, bool IsKnown)> CatchUpAsync(TreeView from, CancellationToken ct)
    {
        while (true)
        {
            var now = (TreeView)await storage.ReloadAsync(ct).ConfigureAwait(false);
            if (ReferenceEquals(now, from))
                return (now, true);
            if (await storage.ChangedAsync(from, now, ct).ConfigureAwait(false) is not { } names)
                return (now, false);
            Dictionary<HashTreePath, HashTreeEntry> changed = [];
            foreach (SecretName[] some in names.Chunk(PageSize))
            {
                VerifiedRead read = await storage.ReadAnewAsync(some, ct).ConfigureAwait(false);
                for (int i = 0; i < some.Length; i++)
                    changed[now.PathOf(some[i])] = new HashTreeEntry(now.PathOf(some[i]), read.Rows[i]?.Digest ?? default);
            }

            Patch(changed);
            from = now;
        }
    }

    private void Patch(Dictionary<HashTreePath, HashTreeEntry> changed)
    {
        HashTreeEntry[] kept = [.. _entries.Take(_count).Where(entry => !changed.ContainsKey(entry.Path)), .. changed.Values.Where(static entry => entry.Digest != default)];
        (_entries, _count) = (kept, kept.Length);
    }

    private bool IsTreeOf(TreeView view)
    {
        try
        {
            return _count == view.Head.Records.Count
                && HashTree.Summarise(_entries.AsSpan(0, _count), (path, depth, digest) => _nodes[path.RowKey(depth)] = digest) == view.Head.Records.Summary;
        }
        catch (ArgumentException)
        {
            return false; // A row was moved while the pages were read, and came twice.
        }
    }

    // The rows do not make the tree that the head vouches for: each is read with its path, which tells which one is wrong.
    private async ValueTask NameRecordsAsync(CancellationToken ct)
    {
        int before = findings.Count;
        long found = 0;
        await foreach (SecretName[] names in storage.NamesAsync(ct).ConfigureAwait(false))
        {
            foreach (SecretName name in names)
            {
                try
                {
                    found += (await storage.ReadAnewAsync([name], ct).ConfigureAwait(false)).Rows[0] is null ? 0 : 1;
                }
                catch (VaultIntegrityException error)
                {
                    findings.Add(error.Message);
                    found++;
                }
            }
        }

        long counted = ((TreeView)await storage.ReloadAsync(ct).ConfigureAwait(false)).Head.Records.Count;
        if (findings.Count == before && found != counted)
            findings.Add($"The vault's head counts {counted} records, but {found} are there.");
    }

    private async ValueTask CheckNodesAsync(CancellationToken ct)
    {
        var suspicious = new List<RowKey>();
        await foreach (StoredRow row in storage.Backend.ScanAsync(new ScanRequest("t/"), ct).ConfigureAwait(false))
        {
            if (!_nodes.Remove(row.Key, out Digest digest) || HashTreeNode.ComputeDigest(row.Key, row.Bytes.Span) != digest)
                suspicious.Add(row.Key);
        }

        // Others may have committed meanwhile: a read of the whole path tells.
        foreach (RowKey key in suspicious.Concat(_nodes.Keys))
        {
            try
            {
                if (HashTreePath.Through(key.ToString().AsSpan(2)) is { } path)
                    await storage.CheckPathAsync(path, ct).ConfigureAwait(false);
                else
                    findings.Add("The database holds a row under a key that is no place in the record index.");
            }
            catch (VaultIntegrityException error)
            {
                findings.Add(error.Message);
            }
        }
    }

    private sealed record Page(HashTreeEntry[] Entries, long Versions, List<string> Findings);
}
