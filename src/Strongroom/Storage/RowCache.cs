using Strongroom.Cryptography;

namespace Strongroom.Storage;

/// <summary>
/// Rows that were read or written, for the next look: records and nodes of the hash tree. A row is only given out for the digest that a verified head, or a node below one, has for it now, so what is
/// out of date is a miss and never a wrong answer. Bounded: of two generations the older goes when the younger is full.
/// </summary>
internal sealed class RowCache(long capacity)
{
    // The entry, its key and two array headers, about.
    private const int Overhead = 200;
    private readonly Lock _gate = new();
    private Dictionary<RowKey, Row> _young = [], _old = [];
    private long _size;

    /// <summary>The bytes of a row whose digest is known.</summary>
    public bool TryGet(RowKey key, in Digest digest, out ReadOnlyMemory<byte> bytes)
    {
        lock (_gate)
        {
            if (_young.TryGetValue(key, out Row row))
            {
                bytes = row.Bytes;
                return row.Digest == digest;
            }

            if (_old.TryGetValue(key, out row))
            {
                AddCore(key, row);
                bytes = row.Bytes;
                return row.Digest == digest;
            }

            bytes = default;
            return false;
        }
    }

    /// <summary>Whether there is a row of this key, up to date or not.</summary>
    public bool Has(RowKey key)
    {
        lock (_gate)
            return _young.ContainsKey(key) || _old.ContainsKey(key);
    }

    public void Add(RowKey key, in Digest digest, ReadOnlyMemory<byte> bytes)
    {
        lock (_gate)
            AddCore(key, new Row(digest, bytes));
    }

    private void AddCore(RowKey key, in Row row)
    {
        if (_young.TryGetValue(key, out Row before))
            _size -= before.Bytes.Length + Overhead;
        _young[key] = row;
        _size += row.Bytes.Length + Overhead;
        if (_size <= capacity / 2)
            return;
        (_old, _young, _size) = (_young, [], 0);
    }

    private readonly record struct Row(Digest Digest, ReadOnlyMemory<byte> Bytes);
}
