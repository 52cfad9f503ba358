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
internal sealed class RecordCache(VaultSession session)
{
    private readonly ConcurrentDictionary<SecretName, CachedRecord> _records = new();

    /// <summary>The cached record if it was found in this very view.</summary>
    public bool TryGet(SecretName name, VaultView view, out CachedRecord record) =>
        _records.TryGetValue(name, out record!) && ReferenceEquals(record.View, view);

    /// <summary>The cached record, of whatever view.</summary>
    public CachedRecord? Peek(SecretName name) => _records.GetValueOrDefault(name);

    /// <summary>Takes a row that was verified in a view; null forgets the name.</summary>
    public CachedRecord? Put(SecretName name, VaultView view, RecordRow? row)
    {
        if (row is not { } found)
        {
            _records.TryRemove(name, out _);
            return null;
        }

        if (_records.TryGetValue(name, out CachedRecord? known) && known.Digest == found.Digest)
        {
            known.View = view;
            return known;
        }

        SecretRecord record = SecretRecord.Parse(found.Bytes.Span);
        byte[] aad = session.Keys.ValueAad(record.Id, name.ToString(), record.Metadata.Version, record.Generation, record.Epoch);
        var cached = new CachedRecord(record, found.Digest, aad, view, new ReadCounter(name.ToString(), record.Metadata.Version)) { LastAccessTicks = known?.LastAccessTicks ?? 0 };
        return _records[name] = cached;
    }
}
