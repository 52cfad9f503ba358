using Strongroom.Audit;
using Strongroom.Cryptography;
using Strongroom.Storage;

namespace Strongroom.Vault;

/// <summary>
/// A copy of a vault at another place, still sealed: slots, records, versions, metadata and the audit position, only the summary of the records is made anew. It is filled in chunks under heads of its
/// own that say that it is incomplete, so nobody opens it before its time, and a copy that was interrupted goes on where the rows differ.
/// </summary>
internal sealed class VaultCopy : IAsyncDisposable
{
    private const string Incomplete = "incomplete";
    private const int LargestChunk = 2000;
    private readonly VaultCore _source;
    private readonly RecordStorage _target;
    private readonly int _chunk;

    private VaultCopy(VaultCore source, RecordStorage target)
    {
        (_source, _target) = (source, target);
        _chunk = target.Backend.Limits.Index == RecordIndex.List ? int.MaxValue : Math.Clamp(target.Backend.Limits.MaxRows / 16, 1, LargestChunk);
    }

    /// <summary>How many records were written.</summary>
    public long Written { get; private set; }

    /// <summary>Where the copy is.</summary>
    public string Location => _target.Backend.Location;

    /// <summary>Refuses a vault that is the unfinished copy of another.</summary>
    public static void RequireComplete(VaultHead head, string location)
    {
        if (head.MovedTo is { } moved && moved.StartsWith(Incomplete, StringComparison.Ordinal))
            throw new VaultConfigurationException("SR1450", $"The vault at {location} is a copy that was not finished.", "Run the same command again: it goes on where it stopped.");
    }

    /// <summary>Begins a copy, or goes on with one of the same vault.</summary>
    /// <param name="source">The vault; its keys seal the heads of the copy.</param>
    /// <param name="options">Where the copy goes.</param>
    /// <param name="ct">Cancels.</param>
    /// <exception cref="VaultConfigurationException">There is another vault.</exception>
    public static async ValueTask<VaultCopy> BeginAsync(VaultCore source, VaultOptions options, CancellationToken ct)
    {
        IVaultBackend backend = VaultOpener.BackendOf(options, source.Files);
        try
        {
            RecordStorage target = StorageOf(source, backend, options);
            if (await VaultOpener.ReadHeadAsync(backend, ct).ConfigureAwait(false) is { } bytes)
            {
                VaultHead there = VaultHead.Parse(bytes.Span);
                if (there.VaultId != source.Session.Keys.VaultId || there.MovedTo?.StartsWith(Incomplete, StringComparison.Ordinal) != true)
                    throw VaultOpener.Exists(backend);
                await target.RefreshAsync(ct).ConfigureAwait(false);
                return new VaultCopy(source, target);
            }

            (VaultHead head, byte[] first) = Filling(source, source.Storage.Current!.Head, EmptySummary(source, backend.Limits.Index), 0).Seal(source.Session.Keys);
            if (await target.CreateAsync(head, first, [], ct).ConfigureAwait(false) != CommitOutcome.Committed)
                throw VaultOpener.Exists(backend);
            return new VaultCopy(source, target);
        }
        catch
        {
            await backend.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Removes every row of a database and puts an incomplete copy without records in their place. Nothing of what was there is believed.</summary>
    public static async ValueTask EmptyAsync(VaultCore source, VaultOptions options, CancellationToken ct)
    {
        IVaultBackend backend = VaultOpener.BackendOf(options, source.Files);
        await using (backend.ConfigureAwait(false))
        {
            if (await VaultOpener.ReadHeadAsync(backend, ct).ConfigureAwait(false) is not { } bytes)
                return;
            VaultHead there = VaultHead.Parse(bytes.Span);
            int most = Math.Min(backend.Limits.MaxRows, LargestChunk);
            RecordSummary empty = EmptySummary(source, backend.Limits.Index);
            foreach (string prefix in (string[])["s/", "v/", "t/"])
            {
                while (true)
                {
                    var keys = new List<RowKey>(most);
                    await foreach (StoredRow row in backend.ScanAsync(new ScanRequest(prefix, null, most, KeysOnly: true), ct).ConfigureAwait(false))
                        keys.Add(row.Key);
                    (VaultHead head, byte[] next) = Filling(source, source.Storage.Current!.Head, empty, Math.Max(there.Revision, source.Storage.Current.Head.Revision)).Seal(source.Session.Keys);
                    if (await backend.TryCommitAsync(new VaultCommit(there.Mac, head.Revision, head.Mac, next, [], keys), ct).ConfigureAwait(false) != CommitOutcome.Committed)
                        throw new SecretConflictException("SR1443", $"The vault at {backend.Location} was written by somebody else meanwhile.", "Stop the programs that use it, then restore again.");
                    there = head;
                    if (keys.Count < most)
                        break;
                }
            }
        }
    }

    /// <summary>Makes the rows of the copy those of the source, whatever both have now.</summary>
    /// <returns>The head of the source that the copy is then of.</returns>
    public async ValueTask<VaultHead> FillAsync(IProgress<(long Done, long All)>? progress, CancellationToken ct)
    {
        VaultView view = await _source.Storage.RefreshAsync(ct).ConfigureAwait(false);
        await CompareAllAsync(view.Head.Records.Count, progress, ct).ConfigureAwait(false);
        while (true)
        {
            VaultView now = await _source.Storage.RefreshAsync(ct).ConfigureAwait(false);
            if (ReferenceEquals(now, view))
                return now.Head;
            if (await _source.Storage.ChangedAsync(view, now, ct).ConfigureAwait(false) is { } names)
                await CompareAsync(names, ct).ConfigureAwait(false);
            else
                await CompareAllAsync(now.Head.Records.Count, progress, ct).ConfigureAwait(false);
            view = now;
        }
    }

    /// <summary>Ends the copy: from now on it is a vault.</summary>
    /// <param name="of">The head of the source that it is a copy of, with whatever else is to stand in its own.</param>
    /// <param name="marks">The marks that are to accept the copy; null when they have no part in it.</param>
    /// <param name="ct">Cancels.</param>
    public async ValueTask<VaultHead> FinishAsync(VaultHead of, MarkStore? marks, CancellationToken ct)
    {
        await CopyLinesAsync(ct).ConfigureAwait(false);
        VaultView view = await _target.RefreshAsync(ct).ConfigureAwait(false);
        PreparedCommit prepared = await _target.PrepareAsync(view, new RowChanges(), ct).ConfigureAwait(false);
        VaultHead next = (of with { Revision = Math.Max(of.Revision, view.Head.Revision), Records = view.Head.Records, MovedTo = null }).Next(MetadataFormat.Truncate(_source.Now));
        if (next.Records.Count != of.Records.Count || !next.Records.GenerationCounts.SequenceEqual(of.Records.GenerationCounts)) // public
            throw new VaultIntegrityException("SR1441", $"The copy at {Location} does not have as many records and values as the vault.", "Verify the vault, then copy it again.");
        return await CommitAsync(prepared, next, ct, head => marks?.Announce(Mark.Of(Location, head))).ConfigureAwait(false);
    }

    /// <summary>A verified vault of a database as the rows of a file, under a head of the same content.</summary>
    public static async ValueTask<LoadedVault> ToImageAsync(VaultCore source, CancellationToken ct)
    {
        var rows = new List<StoredRow>();
        VaultView view = await source.Storage.RefreshAsync(ct).ConfigureAwait(false);
        await foreach (RecordRow row in source.Storage.ScanAsync("", null, ct).ConfigureAwait(false))
        {
            rows.Add(new StoredRow(RowKey.Record(row.Name), row.Bytes));
            SecretRecord record = SecretRecord.Parse(row.Bytes.Span);
            foreach (HistoryEntry entry in record.History)
            {
                ReadOnlyMemory<byte> bytes = await source.Storage.ReadVersionAsync(view, record.Id, entry.Version, entry.Digest, ct).ConfigureAwait(false) ?? throw MissingVersion(entry);
                rows.Add(new StoredRow(RowKey.Version(record.Id, entry.Version), bytes));
            }
        }

        VaultImage image = VaultImage.Empty.Apply(rows, []);
        RecordSummary of = view.Head.Records;
        var records = new RecordSummary(RecordIndex.List, image.Records.Length, of.GenerationCounts, null, image.ComputeSummary());
        if (records.Count != of.Count)
            throw new VaultIntegrityException("SR1441", "The copy does not have as many records as the vault.", "Verify the vault, then copy it again while nobody writes.");
        (_, byte[] head) = (view.Head with { Records = records }).Seal(source.Session.Keys);
        return new LoadedVault(head, image);
    }

    /// <summary>Reads the copy through a new handle and compares it with the source, record by record.</summary>
    public async ValueTask CheckAsync(VaultOptions options, CancellationToken ct)
    {
        RecordStorage again = StorageOf(_source, VaultOpener.BackendOf(options, _source.Files), options);
        await using (again.ConfigureAwait(false))
        {
            VaultHead head = (await again.RefreshAsync(ct).ConfigureAwait(false)).Head, of = _target.Current!.Head;
            bool same = head.Mac == of.Mac;
            long count = 0;
            await foreach (RecordRow row in again.ScanAsync("", null, ct).ConfigureAwait(false))
                count += SecretRecord.Parse(row.Bytes.Span).Metadata.Version > 0 ? 1 : 0;
            if (!same || count != head.Records.Count)
                throw new VaultIntegrityException("SR1441", $"The copy at {Location} is not what was written.", "Check the storage, and copy to another place.");
        }
    }

    public ValueTask DisposeAsync() => _target.DisposeAsync();

    // A head names the last line of each chain, and where lines are kept with the records all up to that one are there.
    private async ValueTask CopyLinesAsync(CancellationToken ct)
    {
        if (!_target.KeepsLines)
            return;
        AuditShelf shelf = _source.Audit.Shelf;
        var log = new GatheredLog(_target);
        RandomId? own = AuditSession.Own(_source.Storage.Current!.Head)?.Id;
        foreach (RandomId chain in shelf.Chains())
            await log.CopyAsync(shelf.Lines(chain, isOwn: chain == own), ct).ConfigureAwait(false);
    }

    private static RecordStorage StorageOf(VaultCore source, IVaultBackend backend, VaultOptions options)
    {
        VaultOptions plain = options with { MinimumRevision = 0, MaxStaleness = TimeSpan.Zero };
        return VaultOpener.StorageOf(backend, new VaultSession(plain, backend, source.Session.Keys, marks: null), plain, source.Files);
    }

    private static RecordSummary EmptySummary(VaultCore source, RecordIndex kind)
    {
        if (kind == RecordIndex.List)
            return new RecordSummary(kind, 0, RecordSummary.NoGenerations, null, VaultImage.Empty.ComputeSummary());
        if (source.Storage.Current!.Head.Records.IndexKey is { } indexKey)
            return new RecordSummary(kind, 0, RecordSummary.NoGenerations, indexKey, default);
        using SecretBuffer random = SecretBuffer.Random(32);
        return new RecordSummary(kind, 0, RecordSummary.NoGenerations, source.Session.Keys.SealKey("index-key", null, random.Span), default);
    }

    private static VaultHead Filling(VaultCore source, VaultHead of, RecordSummary records, long revision) =>
        (of with { Revision = revision, Records = records, MovedTo = $"{Incomplete}: a copy of {source.Session.Location}" }).Next(MetadataFormat.Truncate(source.Now));

    // Both are in order of name and verified.
    private async ValueTask CompareAllAsync(long all, IProgress<(long Done, long All)>? progress, CancellationToken ct)
    {
        var differing = new List<(SecretName Name, RecordRow? From, RecordRow? To)>();
        IAsyncEnumerator<RecordRow> from = _source.Storage.ScanAsync("", null, ct).GetAsyncEnumerator(ct), to = _target.ScanAsync("", null, ct).GetAsyncEnumerator(ct);
        await using (from.ConfigureAwait(false))
        await using (to.ConfigureAwait(false))
        {
            bool hasFrom = await from.MoveNextAsync().ConfigureAwait(false), hasTo = await to.MoveNextAsync().ConfigureAwait(false);
            for (long done = 1; hasFrom || hasTo; done++)
            {
                int order = !hasTo ? -1 : !hasFrom ? 1 : from.Current.Name.CompareTo(to.Current.Name);
                if (order != 0 || from.Current.Digest != to.Current.Digest)
                    differing.Add((order <= 0 ? from.Current.Name : to.Current.Name, order <= 0 ? from.Current : null, order >= 0 ? to.Current : null));
                if (order <= 0)
                    hasFrom = await from.MoveNextAsync().ConfigureAwait(false);
                if (order >= 0)
                    hasTo = await to.MoveNextAsync().ConfigureAwait(false);
                if (differing.Count >= _chunk)
                    await WriteAsync(differing, ct).ConfigureAwait(false);
                if (done % 1000 == 0)
                    progress?.Report((Math.Min(done, all), all));
            }
        }

        await WriteAsync(differing, ct).ConfigureAwait(false);
        progress?.Report((all, all));
    }

    private async ValueTask CompareAsync(IReadOnlyList<SecretName> names, CancellationToken ct)
    {
        foreach (SecretName[] some in names.Chunk(Math.Min(_chunk, LargestChunk)))
        {
            RecordRow?[] from = (await _source.Storage.ReadAsync(some, ct).ConfigureAwait(false)).Rows, to = (await _target.ReadAsync(some, ct).ConfigureAwait(false)).Rows;
            var differing = new List<(SecretName Name, RecordRow? From, RecordRow? To)>();
            for (int i = 0; i < some.Length; i++)
            {
                if (from[i]?.Digest != to[i]?.Digest)
                    differing.Add((some[i], from[i], to[i]));
            }

            await WriteAsync(differing, ct).ConfigureAwait(false);
        }
    }

    private async ValueTask WriteAsync(List<(SecretName Name, RecordRow? From, RecordRow? To)> differing, CancellationToken ct)
    {
        if (differing.Count == 0)
            return;
        var changes = new RowChanges();
        var counts = new Dictionary<long, long>();
        VaultView source = _source.Storage.Current!, view = _target.Current!;
        foreach ((SecretName name, RecordRow? from, RecordRow? to) in differing)
        {
            if (to is { } old)
                await RemoveAsync(view, SecretRecord.Parse(old.Bytes.Span), changes, counts, ct).ConfigureAwait(false);
            if (from is { } row)
                await AddAsync(source, SecretRecord.Parse(row.Bytes.Span), changes, counts, ct).ConfigureAwait(false);
            changes.Records[name] = from?.Bytes;
        }

        PreparedCommit prepared = await _target.PrepareAsync(view, changes, ct).ConfigureAwait(false);
        VaultHead head = Filling(_source, source.Head, prepared.Records.WithGenerations(counts), view.Head.Revision);
        await CommitAsync(prepared, head, ct).ConfigureAwait(false);
        Written += differing.Count;
        differing.Clear();
    }

    private async ValueTask RemoveAsync(VaultView view, SecretRecord record, RowChanges changes, Dictionary<long, long> counts, CancellationToken ct)
    {
        Count(counts, record.Generation, -1);
        foreach (HistoryEntry entry in record.History)
        {
            if (await _target.ReadVersionAsync(view, record.Id, entry.Version, entry.Digest, ct).ConfigureAwait(false) is not { } bytes)
                continue;
            Count(counts, SecretRecord.Parse(bytes.Span).Generation, -1);
            changes.Versions[RowKey.Version(record.Id, entry.Version)] = null;
        }
    }

    private async ValueTask AddAsync(VaultView view, SecretRecord record, RowChanges changes, Dictionary<long, long> counts, CancellationToken ct)
    {
        Count(counts, record.Generation, +1);
        foreach (HistoryEntry entry in record.History)
        {
            ReadOnlyMemory<byte> bytes = await _source.Storage.ReadVersionAsync(view, record.Id, entry.Version, entry.Digest, ct).ConfigureAwait(false)
                ?? throw MissingVersion(entry);
            Count(counts, SecretRecord.Parse(bytes.Span).Generation, +1);
            changes.Versions[RowKey.Version(record.Id, entry.Version)] = bytes;
        }
    }

    private async ValueTask<VaultHead> CommitAsync(PreparedCommit prepared, VaultHead next, CancellationToken ct, Action<VaultHead>? before = null)
    {
        (VaultHead head, byte[] bytes) = next.Seal(_source.Session.Keys);
        before?.Invoke(head);
        CommitOutcome outcome = await _target.CommitAsync(prepared, head, bytes, [], ct).ConfigureAwait(false);
        return outcome switch
        {
            CommitOutcome.Committed => head,
            CommitOutcome.Unknown => throw new CommitOutcomeUnknownException("SR1425", "The vault did not answer, so it is not known whether the write was committed.", "Run the same command again: it goes on where it stopped."),
            _ => throw new SecretConflictException("SR1443", $"The copy at {Location} was written by somebody else meanwhile.", "Let one process copy at a time, then run the same command again."),
        };
    }

    private static VaultIntegrityException MissingVersion(HistoryEntry entry) =>
        new("SR1412", $"Version {entry.Version} of a secret is missing from the storage.", "Verify the vault; copy it again if others write to it.");

    private static void Count(Dictionary<long, long> counts, long generation, long change) => counts[generation] = counts.GetValueOrDefault(generation) + change;
}
