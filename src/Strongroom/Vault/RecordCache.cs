using System.Collections.Concurrent;
using Strongroom.Audit;
using Strongroom.Cryptography;
using Strongroom.Storage;

namespace Strongroom.Vault;

/// <summary>A record that has been read before: parsed, its value still sealed. No plaintext lies around.</summary>
internal sealed class CachedRecord(SecretRecord record, Digest digest, byte[] aad, VaultView view, ReadCounter reads)
{
    /// <summary>When it was last read by this process, in UTC ticks; 0 when never.</summary>
    public long LastAccessTicks;

    private volatile VaultView _view = view;

    public SecretRecord Record => record;

    public Digest Digest => digest;

    public byte[] Aad => aad;

    /// <summary>Counts reads for the audit log.</summary>
    public ReadCounter Reads => reads;

    /// <summary>The newest view in which this was found to be the record.</summary>
    public VaultView View
    {
        get => _view;
        set => _view = value;
    }
}

/// <summary>Records that were read, by name. Valid for as long as the view has the same digest under the name.</summary>
/// <param name="session">For what binds a value.</param>
/// <param name="capacity">How many are kept about; of two generations the older goes when the younger has half of them.</param>
internal sealed class RecordCache(VaultSession session, int capacity)
{
    private volatile ConcurrentDictionary<SecretName, CachedRecord> _young = new(), _old = new();

    /// <summary>The cached record if it was found in this very view.</summary>
    public bool TryGet(SecretName name, VaultView view, out CachedRecord record) =>
        (_young.TryGetValue(name, out record!) || _old.TryGetValue(name, out record!)) && ReferenceEquals(record.View, view);

    /// <summary>The cached record, of whatever view.</summary>
    public CachedRecord? Peek(SecretName name) => _young.GetValueOrDefault(name) ?? _old.GetValueOrDefault(name);

    /// <summary>Takes a row that was verified in a view; null forgets the name.</summary>
    public CachedRecord? Put(SecretName name, VaultView view, RecordRow? row)
    {
        if (row is not { } found)
        {
            _young.TryRemove(name, out _);
            _old.TryRemove(name, out _);
            return null;
        }

        CachedRecord? known = Peek(name);
        if (known is not null && known.Digest == found.Digest)
        {
            known.View = view;
            return Keep(name, known);
        }

        SecretRecord record = SecretRecord.Parse(found.Bytes.Span);
        byte[] aad = session.Keys.ValueAad(record.Id, name.ToString(), record.Metadata.Version, record.Generation, record.Epoch);
        return Keep(name, new CachedRecord(record, found.Digest, aad, view, new ReadCounter(name.ToString(), record.Metadata.Version)) { LastAccessTicks = known?.LastAccessTicks ?? 0 });
    }

    private CachedRecord Keep(SecretName name, CachedRecord record)
    {
        ConcurrentDictionary<SecretName, CachedRecord> young = _young;
        bool isNew = young.TryAdd(name, record);
        if (!isNew)
            young[name] = record;
        else if (young.Count > capacity / 2)
            (_old, _young) = (young, new ConcurrentDictionary<SecretName, CachedRecord>());
        return record;
    }
}
