using System.Security.Cryptography;
using Strongroom.Cryptography;

namespace Strongroom.Audit;

/// <summary>Some lines of a chain with the keys of their entries, copied so that they can be checked by one thread while another reads on.</summary>
internal sealed class EntryBatch : IDisposable
{
    private const int MaxItems = 256;
    private const int MaxBytes = 256 * 1024;

    private readonly Item[] _items = new Item[MaxItems];
    private readonly SecretBuffer _keys = SecretBuffer.Allocate(MaxItems * ChainMac.KeySize);
    private byte[] _bytes = new byte[4 * 1024];
    private int _used;

    /// <summary>The lines.</summary>
    public ReadOnlySpan<Item> Items => _items.AsSpan(0, Count);

    /// <summary>How many lines.</summary>
    public int Count { get; private set; }

    /// <summary>Whether it is time to check.</summary>
    public bool IsFull => Count == MaxItems || _used >= MaxBytes;

    /// <summary>Adds a line.</summary>
    /// <param name="line">The line.</param>
    /// <param name="item">What is known of it.</param>
    /// <param name="key">The key of its entry; empty when it has none.</param>
    public void Add(ReadOnlySpan<byte> line, Item item, ReadOnlySpan<byte> key)
    {
        if (_bytes.Length - _used < line.Length)
            Array.Resize(ref _bytes, Math.Max(2 * _bytes.Length, _used + line.Length));
        line.CopyTo(_bytes.AsSpan(_used));
        item.Start = _used;
        item.Length = line.Length;
        item.IsKeyed = !key.IsEmpty;
        key.CopyTo(_keys.Span[(Count * ChainMac.KeySize)..]);
        _items[Count++] = item;
        _used += line.Length;
    }

    /// <summary>The bytes of a line.</summary>
    public ReadOnlySpan<byte> Line(in Item item) => _bytes.AsSpan(item.Start, item.Length);

    /// <summary>The keys, one after the other, in the order of the lines.</summary>
    public ReadOnlySpan<byte> Keys => _keys.Span;

    /// <summary>Empties the batch.</summary>
    public void Clear()
    {
        CryptographicOperations.ZeroMemory(_keys.Span);
        Count = _used = 0;
    }

    /// <inheritdoc/>
    public void Dispose() => _keys.Dispose();

    /// <summary>A line.</summary>
    public struct Item
    {
        /// <summary>Where it begins.</summary>
        public int Start;

        /// <summary>Its length.</summary>
        public int Length;

        /// <summary>Whether it could be parsed.</summary>
        public bool IsEntry;

        /// <summary>Whether there is a key to check its MAC with.</summary>
        public bool IsKeyed;

        /// <summary>Whether it records what a crash left.</summary>
        public bool IsMending;

        /// <summary>The index that was expected, which is its own if all is well.</summary>
        public long Expected;

        /// <summary>What the reader found wrong, or null.</summary>
        public string? Problem;

        /// <summary>The entry.</summary>
        public AuditLine.Header Entry;
    }
}
