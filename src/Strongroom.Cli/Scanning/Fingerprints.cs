using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Strongroom.Cli.Input;
using Strongroom.Cli.Masking;

namespace Strongroom.Cli.Scanning;

/// <summary>
/// What is searched for instead of the values: 32 bits of a keyed hash of each eight-byte group at the beginning of each form of each value. No value stays in memory; a match is confirmed by opening the one secret that it points
/// to. Where forms are long enough, the text is looked at in every eighth place only, since one of their first eight groups must lie there.
/// </summary>
internal sealed class Fingerprints
{
    /// <summary>Shorter values are in every file.</summary>
    public const int LeastLength = 8;

    /// <summary>Of longer forms only the beginning is compared.</summary>
    public const int MostLength = 4096;

    private const int Group = 8;
    private const int Stride = 8;
    private const int LeastLine = 16;

    private readonly ulong _key = BitConverter.ToUInt64(RandomNumberGenerator.GetBytes(8)) | 1;
    private readonly ulong _mix = BitConverter.ToUInt64(RandomNumberGenerator.GetBytes(8));
    private readonly Table _long = new();
    private readonly Table _short = new();

    private delegate void FormAction(int ordinal, SecretForm form, ReadOnlySpan<byte> bytes);

    /// <summary>Adds a value.</summary>
    /// <param name="source">What it is known by.</param>
    /// <param name="value">The value; nothing of it is kept.</param>
    /// <returns>Whether it is long enough to be looked for.</returns>
    public bool Add(int source, ReadOnlySpan<byte> value)
    {
        var added = false;
        Forms(value, (ordinal, _, form) =>
        {
            added = true;
            var (table, offsets) = form.Length >= Group + Stride - 1 ? (_long, Stride) : (_short, 1);
            for (var offset = 0; offset < offsets; offset++)
                table.Entries.Add(new Entry(Tag(Hash(MemoryMarshal.Read<ulong>(form[offset..]))), source, (ushort)Math.Min(ordinal, ushort.MaxValue), (byte)offset));
        });
        return added;
    }

    /// <summary>Makes the search ready.</summary>
    public void Build()
    {
        foreach (var table in (Table[])[_long, _short])
        {
            table.Build();
            foreach (var entry in table.Entries)
                table.Mark(entry.Tag);
        }
    }

    /// <summary>Finds places that may hold a value.</summary>
    public void Find(ReadOnlySpan<byte> text, List<Candidate> found)
    {
        Find(_long, text, Stride, found);
        Find(_short, text, 1, found);
    }

    /// <summary>Whether the value stands at a candidate's place.</summary>
    /// <param name="candidate">The candidate; not before the text.</param>
    /// <param name="text">The text.</param>
    /// <param name="value">The value that it points to.</param>
    /// <param name="form">How the value is written there.</param>
    public static bool IsThere(Candidate candidate, ReadOnlySpan<byte> text, ReadOnlySpan<byte> value, out SecretForm form)
    {
        using var wanted = new WipedBuffer(256);
        var kind = SecretForm.Plain;
        Forms(value, (ordinal, which, bytes) =>
        {
            if (ordinal != candidate.Ordinal)
                return;
            kind = which;
            wanted.Write(bytes);
        });
        form = kind;
        return wanted.Length > 0 && text[candidate.Start..].StartsWith(wanted.Span);
    }

    // The forms that are looked for, each once: most values look the same in several dialects.
    private static void Forms(ReadOnlySpan<byte> value, FormAction action)
    {
        var text = value.TrimEnd("\r\n"u8);
        if (text.Length < LeastLength)
            return;
        var ordinal = 0;
        var known = new HashSet<int>();
        SecretForms.Each(text, lines: true, (form, bytes, _, _) =>
        {
            var number = ordinal++;
            var hash = new HashCode();
            hash.AddBytes(bytes);
            if (!known.Add(hash.ToHashCode()))
                return;
            // Of a value's lines only those count that are no words or headings.
            var isWords = form == SecretForm.Line && (bytes.Length < LeastLine || bytes[0] == '-' || bytes.ContainsAny((byte)' ', (byte)'\t'));
            if (bytes.Length >= LeastLength && !isWords)
                action(number, form, bytes[..Math.Min(bytes.Length, MostLength)]);
        });
    }

    private void Find(Table table, ReadOnlySpan<byte> text, int stride, List<Candidate> found)
    {
        if (table.Entries.Count == 0)
            return;
        ref var first = ref MemoryMarshal.GetReference(text);
        ref var filter = ref MemoryMarshal.GetArrayDataReference(table.Filter);
        var (shift, last) = (table.Shift, text.Length - Group);
        for (var at = 0; at <= last; at += stride)
        {
            var tag = Tag(Hash(Unsafe.ReadUnaligned<ulong>(ref Unsafe.Add(ref first, at))));
            var bit = tag >> shift;
            if (((Unsafe.Add(ref filter, bit >> 5) >> (int)(bit & 31)) & 1) != 0)
                table.Collect(tag, at, found);
        }
    }

    // Two rounds, so that every bit of the group and of the key counts in the upper half.
    private ulong Hash(ulong group) => BitOperations.RotateLeft((group ^ _mix) * _key, 32) * _key;

    private static uint Tag(ulong hash) => (uint)(hash >> 32);

    /// <summary>A place that may hold a value.</summary>
    /// <param name="Source">Which value.</param>
    /// <param name="Ordinal">Which of its forms.</param>
    /// <param name="Start">Where it would begin; may lie before the text.</param>
    public readonly record struct Candidate(int Source, int Ordinal, int Start);

    private readonly record struct Entry(uint Tag, int Source, ushort Ordinal, byte Offset);

    private sealed class Table
    {
        private int[] _heads = [];
        private int[] _next = [];

        public List<Entry> Entries { get; } = [];

        public uint[] Filter { get; private set; } = [];

        public int Shift { get; private set; }

        public void Build()
        {
            var bits = Math.Clamp(BitOperations.Log2((uint)Math.Max(1, Entries.Count)) + 5, 14, 30);
            (Filter, Shift) = (new uint[(1 << bits) / 32], 32 - bits);
            _heads = new int[1 << Math.Clamp(bits - 4, 10, 24)];
            _next = new int[Entries.Count];
            Array.Fill(_heads, -1);
            for (var i = 0; i < Entries.Count; i++)
            {
                ref var head = ref _heads[Entries[i].Tag & (uint)(_heads.Length - 1)];
                (_next[i], head) = (head, i);
            }
        }

        public void Mark(uint tag) => Filter[tag >> Shift >> 5] |= 1u << (int)((tag >> Shift) & 31);

        public void Collect(uint tag, int at, List<Candidate> found)
        {
            for (var i = _heads[tag & (uint)(_heads.Length - 1)]; i >= 0; i = _next[i])
            {
                if (Entries[i].Tag == tag)
                    found.Add(new Candidate(Entries[i].Source, Entries[i].Ordinal, at - Entries[i].Offset));
            }
        }
    }
}
