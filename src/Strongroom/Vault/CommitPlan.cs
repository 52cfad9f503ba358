using System.Collections.Immutable;
using Strongroom.Audit;
using Strongroom.Cryptography;
using Strongroom.Storage;

namespace Strongroom.Vault;

/// <summary>
/// What one commit will do: writes are applied here one after another on top of a verified view, each entirely or not at all, and nothing is stored before all have been.
/// </summary>
internal sealed class CommitPlan(RecordStorage storage, VaultView view, HardenedEncryption keys, VaultOptions options, DateTimeOffset now, bool shared)
{
    private readonly Dictionary<SecretName, SecretRecord?> _records = [];
    private readonly Dictionary<long, long> _generations = [];
    private readonly List<AuditSecret> _touched = [];
    // Only where a write that fails must leave others alone: a large batch would pay for nothing.
    private readonly Stack<Action>? _undo = shared ? new() : null;
    private bool _isSpoilt;
    private long _seals;

    public VaultView View => view;

    public VaultOptions Options => options;

    public DateTimeOffset Now => now;

    /// <summary>The head that the commit starts from; operations on slots and keys replace it.</summary>
    public VaultHead Head { get; private set; } = view.Head;

    /// <summary>The keys that seal and that will MAC the head.</summary>
    public HardenedEncryption Keys { get; private set; } = keys;

    public RowChanges Rows { get; } = new();

    /// <summary>Records of the view that were read at once; a cache may be too small to keep those of a large batch.</summary>
    public IReadOnlyDictionary<SecretName, RecordRow?>? Known { get; set; }

    public IReadOnlyList<AuditSecret> Touched => _touched;

    public bool HasChanges => !_isSpoilt && (_records.Count > 0 || !ReferenceEquals(Head, view.Head));

    /// <summary>Begins a write that <see cref="Undo"/> can take back.</summary>
    public void Begin() => _undo?.Clear();

    /// <summary>Takes back everything since <see cref="Begin"/>; a plan of one write has then nothing left to do.</summary>
    public void Undo()
    {
        _isSpoilt = _undo is null;
        while (_undo is not null && _undo.TryPop(out Action? action))
            action();
    }

    /// <summary>The record of a name as this plan has it so far; deleted ones too.</summary>
    public async ValueTask<SecretRecord?> FindAsync(SecretName name, CancellationToken ct)
    {
        if (_records.TryGetValue(name, out SecretRecord? planned))
            return planned;
        if (Known is not null && Known.TryGetValue(name, out RecordRow? known))
            return known is { } there ? SecretRecord.Parse(there.Bytes.Span) : null;
        VerifiedRead read = await storage.ReadInAsync(view, [name], ct).ConfigureAwait(false);
        return read.Rows[0] is { } row ? SecretRecord.Parse(row.Bytes.Span) : null;
    }

    /// <summary>Whether records are found without waiting for the storage, and on many threads while nothing is put.</summary>
    public bool FindsAtOnce => Known is not null || storage.Backend.Limits.Index == RecordIndex.List;

    /// <summary>The record of a name where <see cref="FindsAtOnce"/>.</summary>
    public SecretRecord? FindAtOnce(SecretName name) => Synchronous.Run(FindAsync(name, CancellationToken.None));

    /// <summary>Seals a payload as <see cref="Seal"/> will find it, on any thread.</summary>
    public void SealAhead(SecretName name, RandomId id, long version, SealedPayload payload) =>
        payload.Seal(Keys, Keys.ValueAad(id, name.ToString(), version, Keys.Generation, Head.Epoch.Current), Head.Epoch.Current);

    /// <summary>The record of an older version, from this plan or the storage.</summary>
    /// <exception cref="VaultIntegrityException">The storage has lost it.</exception>
    public async ValueTask<SecretRecord> VersionAsync(RandomId secretId, HistoryEntry entry, CancellationToken ct)
    {
        if (Rows.Versions.TryGetValue(RowKey.Version(secretId, entry.Version), out ReadOnlyMemory<byte>? planned) && planned is { } row)
            return SecretRecord.Parse(row.Span);
        ReadOnlyMemory<byte>? bytes = await storage.ReadVersionAsync(view, secretId, entry.Version, entry.Digest, ct).ConfigureAwait(false);
        return bytes is { } found
            ? SecretRecord.Parse(found.Span)
            : throw new VaultIntegrityException("SR1412", $"Version {entry.Version} of a secret is missing from the storage.", "Restore a backup with restore-vault.");
    }

    /// <summary>Seals a payload as a version of a secret under the current epoch. A plan that is made again after a lost swap uses the sealed bytes again.</summary>
    public SecretRecord Seal(SecretName name, SecretRecord template, SealedPayload payload)
    {
        long epoch = Head.Epoch.Current;
        byte[] aad = Keys.ValueAad(template.Id, name.ToString(), template.Metadata.Version, Keys.Generation, epoch);
        byte[] value = payload.Seal(Keys, aad, epoch);
        _seals++;
        _undo?.Push(() => _seals--);
        Count(Keys.Generation, +1);
        return template with { Value = value, Epoch = epoch, Generation = Keys.Generation };
    }

    /// <summary>Puts the record of a name; what was sealed for it has been counted by <see cref="Seal"/>.</summary>
    public void Put(SecretName name, SecretRecord record, string operation)
    {
        SetRecord(name, record);
        Touch(name, operation, record.Metadata.Version);
    }

    /// <summary>Changes a record without naming it in the audit log: a rekey, or a folded access time.</summary>
    public void PutQuietly(SecretName name, SecretRecord record) => SetRecord(name, record);

    /// <summary>Removes a record; its versions have been dropped by <see cref="DropVersion"/>.</summary>
    public void Remove(SecretName name, SecretRecord record, string operation)
    {
        Count(record.Generation, -1);
        SetRecord(name, null);
        Touch(name, operation, record.Metadata.Version);
    }

    /// <summary>Moves the current value of a record into a row of its own, and gives the entry for its history.</summary>
    public HistoryEntry Archive(SecretRecord record, DateTimeOffset? readableUntil)
    {
        byte[] row = (record with { History = [] }).Write();
        SetVersion(RowKey.Version(record.Id, record.Metadata.Version), row);
        return new HistoryEntry(record.Metadata.Version, record.Metadata.UpdatedAt, Digest.Sha256(row), readableUntil, "previous");
    }

    /// <summary>Puts an older version's row again, after a rekey has sealed it anew.</summary>
    public HistoryEntry ReplaceVersion(HistoryEntry entry, SecretRecord version)
    {
        byte[] row = version.Write();
        SetVersion(RowKey.Version(version.Id, entry.Version), row);
        return entry with { Digest = Digest.Sha256(row) };
    }

    /// <summary>Drops a value that is neither current nor kept any more.</summary>
    public void DropValue(long generation) => Count(generation, -1);

    /// <summary>Drops an older version.</summary>
    public async ValueTask DropVersion(RandomId secretId, HistoryEntry entry, CancellationToken ct)
    {
        // Outside of a rekey every value is of the head's generation, so the row need not be read.
        long generation = Head.Previous is null ? Head.Root.Generation : (await VersionAsync(secretId, entry, ct).ConfigureAwait(false)).Generation;
        Count(generation, -1);
        SetVersion(RowKey.Version(secretId, entry.Version), null);
    }

    /// <summary>Replaces parts of the head, and the keys with it.</summary>
    public void SetHead(VaultHead head, HardenedEncryption? keys = null)
    {
        (VaultHead oldHead, HardenedEncryption oldKeys) = (Head, Keys);
        _undo?.Push(() => (Head, Keys) = (oldHead, oldKeys));
        (Head, Keys) = (head, keys ?? Keys);
    }

    /// <summary>Names a secret in the audit entry of the commit.</summary>
    public void Touch(SecretName name, string operation, long version)
    {
        _touched.Add(new AuditSecret(name.ToString(), operation, version, 1));
        _undo?.Push(() => _touched.RemoveAt(_touched.Count - 1));
    }

    /// <summary>Whether the plan already has a record of this name.</summary>
    public bool Has(SecretName name) => _records.ContainsKey(name);

    /// <summary>Writes the changed records' bytes, once all writes have been applied.</summary>
    public void Complete()
    {
        RecordWriting.Write(_records, Rows.Records);
    }

    /// <summary>The head of the commit, without audit entry and MAC.</summary>
    public VaultHead NextHead(RecordSummary records)
    {
        VaultHead head = Head.Next(now);
        RecordSummary counted = records.WithGenerations(_generations);
        bool rekeyed = head.Previous is { } previous && !counted.Generations.ContainsKey(previous.Generation);
        return head with
        {
            Records = head.Records.IndexKey is { } indexKey ? new RecordSummary(counted.Kind, counted.Count, counted.GenerationCounts, indexKey, counted.Summary) : counted,
            Epoch = head.Epoch.Add(_seals),
            Previous = rekeyed ? null : head.Previous,
        };
    }

    private void SetRecord(SecretName name, SecretRecord? record)
    {
        if (_undo is not null)
            UndoLater(_undo, _records, name);
        _records[name] = record;
    }

    private void SetVersion(RowKey key, byte[]? row)
    {
        if (_undo is not null)
            UndoLater(_undo, Rows.Versions, key);
        // Without the type, null would be taken for empty bytes.
        Rows.Versions[key] = row is null ? (ReadOnlyMemory<byte>?)null : row;
    }

    private void Count(long generation, long change)
    {
        _generations[generation] = _generations.GetValueOrDefault(generation) + change;
        if (_undo is not null)
            UncountLater(_undo, generation, change);
    }

    private void UncountLater(Stack<Action> undo, long generation, long change) => undo.Push(() => _generations[generation] -= change);

    private static void UndoLater<TKey, TValue>(Stack<Action> undo, Dictionary<TKey, TValue> map, TKey key)
        where TKey : notnull
    {
        bool had = map.TryGetValue(key, out TValue? old);
        undo.Push(() =>
        {
            if (had)
                map[key] = old!;
            else
                map.Remove(key);
        });
    }
}

/// <summary>The head moved while a plan was being made: it is made again.</summary>
internal sealed class ViewMovedException : Exception;

/// <summary>A payload to be sealed, which remembers its sealed bytes for the case that the swap is lost and all that binds it stays the same.</summary>
internal sealed class SealedPayload(Func<ReadOnlyMemoryOwner> payload)
{
    private byte[]? _aad;
    private byte[]? _sealed;

    public byte[] Seal(HardenedEncryption keys, byte[] aad, long epoch)
    {
        if (_sealed is not null && aad.AsSpan().SequenceEqual(_aad)) // public
            return _sealed;
        using ReadOnlyMemoryOwner owner = payload();
        (_aad, _sealed) = (aad, keys.SealValue(aad, epoch, owner.Span));
        return _sealed;
    }
}

/// <summary>Payload bytes for the time of one sealing: borrowed from a caller's value, or owned.</summary>
internal readonly struct ReadOnlyMemoryOwner(SecretValue? borrowed, SecretBuffer? owned) : IDisposable
{
    public ReadOnlySpan<byte> Span => owned is null ? borrowed!.Payload : owned.Span;

    public void Dispose() => owned?.Dispose();
}
