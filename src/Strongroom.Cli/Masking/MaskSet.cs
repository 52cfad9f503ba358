using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Strongroom.Cli.Input;

namespace Strongroom.Cli.Masking;

/// <summary>
/// All texts that must not be seen, and the search for them. Of every text the four-byte groups at its first offsets are kept in a table; the output is looked at only at every so manieth place, where one group of each
/// occurrence must lie. A bitmap of a few KiB answers almost all of these looks, so the search costs a fraction of copying the bytes; what passes is compared.
/// </summary>
internal sealed class MaskSet : IDisposable
{
    /// <summary>Shorter values can't be masked: they stand in every other line.</summary>
    public const int LeastLength = 4;

    /// <summary>Longer texts are looked for in parts of this length, so that little is held back.</summary>
    public const int PartLength = 1024;

    private const int Group = 4;
    private const int LargestStride = 8;
    private const uint Multiplier = 0x9E3779B1;

    private readonly WipedBuffer _bytes;
    private readonly Pattern[] _patterns;
    private readonly Entry[] _entries;
    private readonly int[] _heads;
    private readonly uint[] _filter;
    private readonly int _filterShift;
    private readonly int _headShift;
    private readonly uint[] _pairs = new uint[65536 / 32];
    private readonly uint[] _firsts = new uint[256 / 32];

    internal MaskSet(WipedBuffer bytes, List<Pattern> patterns)
    {
        _bytes = bytes;
        // In byte order: whether some text begins with given bytes is then one binary search.
        patterns.Sort((a, b) => Bytes(a).SequenceCompareTo(Bytes(b)));
        _patterns = [.. patterns];
        LongestText = patterns.Count == 0 ? 0 : patterns.Max(pattern => pattern.Length);
        Stride = patterns.Count == 0 ? LargestStride : Math.Clamp(patterns.Min(pattern => pattern.Length) - Group + 1, 1, LargestStride);
        _entries = new Entry[_patterns.Length * Stride];
        var bits = Math.Max(13, BitOperations.Log2((uint)Math.Max(1, _entries.Length)) + 5);
        _filterShift = 32 - Math.Min(bits, 24);
        _filter = new uint[(1 << (32 - _filterShift)) / 32];
        _headShift = 32 - Math.Clamp(bits - 4, 9, 22);
        _heads = new int[1 << (32 - _headShift)];
        Fill();
    }

    /// <summary>The length of the longest text, and so the most that is ever held back.</summary>
    public int LongestText { get; }

    /// <summary>Whether there is nothing to look for.</summary>
    public bool IsEmpty => _patterns.Length == 0;

    private int Stride { get; }

    /// <summary>Finds every occurrence that lies wholly in the text; in no order, overlaps included.</summary>
    public void Find(ReadOnlySpan<byte> text, List<MaskedSpan> found)
    {
        if (IsEmpty)
            return;
        ref var first = ref MemoryMarshal.GetReference(text);
        ref var filter = ref MemoryMarshal.GetArrayDataReference(_filter);
        var (stride, shift, last) = (Stride, _filterShift, text.Length - Group);
        for (var at = 0; at <= last; at += stride)
        {
            var group = Unsafe.ReadUnaligned<uint>(ref Unsafe.Add(ref first, at));
            var hash = (group * Multiplier) >> shift;
            if (((Unsafe.Add(ref filter, hash >> 5) >> (int)(hash & 31)) & 1) != 0)
                Check(text, at, group, found);
        }
    }

    /// <summary>Whether some text begins with these bytes and goes on.</summary>
    public bool BeginsWith(ReadOnlySpan<byte> prefix)
    {
        if (prefix.Length == 1)
            return Has(_firsts, prefix[0]);
        if (!Has(_pairs, prefix[0] | (prefix[1] << 8)))
            return false;
        int low = 0, high = _patterns.Length;
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (Bytes(_patterns[middle]).SequenceCompareTo(prefix) < 0)
                low = middle + 1;
            else
                high = middle;
        }

        // An equal text is first, and is no beginning of itself; a longer one may follow it.
        while (low < _patterns.Length && _patterns[low].Length == prefix.Length && Bytes(_patterns[low]).StartsWith(prefix))
            low++;
        return low < _patterns.Length && Bytes(_patterns[low]).StartsWith(prefix);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _bytes.Dispose();
        Array.Clear(_entries);
    }

    private void Fill()
    {
        Array.Fill(_heads, -1);
        var count = 0;
        for (var i = 0; i < _patterns.Length; i++)
        {
            var bytes = Bytes(_patterns[i]);
            Set(_firsts, bytes[0]);
            Set(_pairs, bytes[0] | (bytes[1] << 8));
            for (var offset = 0; offset < Stride; offset++)
            {
                var group = MemoryMarshal.Read<uint>(bytes[offset..]);
                Set(_filter, (int)((group * Multiplier) >> _filterShift));
                ref var head = ref _heads[(group * Multiplier) >> _headShift];
                _entries[count] = new Entry(group, i, offset, head);
                head = count++;
            }
        }
    }

    private void Check(ReadOnlySpan<byte> text, int at, uint group, List<MaskedSpan> found)
    {
        for (var index = _heads[(group * Multiplier) >> _headShift]; index >= 0; index = _entries[index].Next)
        {
            ref readonly var entry = ref _entries[index];
            if (entry.Group != group)
                continue;
            var start = at - entry.Offset;
            ref readonly var pattern = ref _patterns[entry.Pattern];
            if (start >= 0 && text[start..].StartsWith(Bytes(pattern)))
                found.Add(new MaskedSpan(start, start + pattern.Length, pattern.OpenLeft, pattern.OpenRight));
        }
    }

    private ReadOnlySpan<byte> Bytes(in Pattern pattern) => _bytes.Span.Slice(pattern.Start, pattern.Length);

    private static void Set(uint[] bits, int index) => bits[index >> 5] |= 1u << (index & 31);

    private static bool Has(uint[] bits, int index) => ((bits[index >> 5] >> (index & 31)) & 1) != 0;

    /// <summary>Where a text lies among the bytes.</summary>
    internal readonly record struct Pattern(int Start, int Length, bool OpenLeft, bool OpenRight);

    private readonly record struct Entry(uint Group, int Pattern, int Offset, int Next);
}

/// <summary>A part of the output that must not be seen.</summary>
/// <param name="Start">Its first byte.</param>
/// <param name="End">The byte after it.</param>
/// <param name="OpenLeft">A base64 character before it belongs to it.</param>
/// <param name="OpenRight">A base64 character after it belongs to it.</param>
internal readonly record struct MaskedSpan(int Start, int End, bool OpenLeft, bool OpenRight);
