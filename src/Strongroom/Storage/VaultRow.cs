using System.Runtime.CompilerServices;
using Strongroom.Cryptography;

namespace Strongroom.Storage;

/// <summary>A row of a <see cref="VaultImage"/>: its key in the file (a name, or <c>ID/N</c>), bytes and digest. A reference into the bytes that were read; nothing is copied.</summary>
internal readonly struct VaultRow
{
    private readonly RowBlock _block;
    private readonly int _index;

    internal VaultRow(RowBlock block, int index)
    {
        _block = block;
        _index = index;
    }

    /// <summary>The key as it stands in the file, without <c>s/</c> or <c>v/</c>.</summary>
    public ReadOnlySpan<byte> Key
    {
        get
        {
            ref readonly RowSlice slice = ref Slice;
            return _block.Buffer.AsSpan(slice.Start + 1, slice.KeyLength);
        }
    }

    /// <summary>The bytes of the record.</summary>
    public ReadOnlyMemory<byte> Bytes
    {
        get
        {
            ref readonly RowSlice slice = ref Slice;
            return _block.Buffer.AsMemory(slice.Start + slice.KeyLength + RowSlice.KeyFraming, slice.Length);
        }
    }

    /// <summary>SHA-256 of the bytes.</summary>
    public Digest Digest => Slice.Digest;

    /// <summary>The digest in place, for hashing over many rows.</summary>
    internal ReadOnlySpan<byte> DigestSpan => Slice.Digest.Span;

    /// <summary>The row's line in the file, without the comma.</summary>
    internal ReadOnlySpan<byte> Line => _block.Buffer.AsSpan(Slice.Start, LineLength);

    /// <summary>The number of bytes of <see cref="Line"/>.</summary>
    internal int LineLength
    {
        get
        {
            ref readonly RowSlice slice = ref Slice;
            return slice.KeyLength + RowSlice.KeyFraming + slice.Length;
        }
    }

    /// <summary>Whether <paramref name="next"/> stands on the line after this one in the same buffer, so that both can be written as one piece.</summary>
    internal bool IsFollowedBy(in VaultRow next) =>
        ReferenceEquals(_block, next._block) && next.Slice.Start == Slice.Start + LineLength + RowSlice.LineEnd;

    /// <summary>The bytes from the line of this row to the end of the line of <paramref name="last"/>, which follows in the same buffer.</summary>
    internal ReadOnlySpan<byte> LinesTo(in VaultRow last) =>
        _block.Buffer.AsSpan(Slice.Start, last.Slice.Start + last.LineLength - Slice.Start);

    private ref readonly RowSlice Slice
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => ref _block.Slices[_index];
    }
}

/// <summary>
/// Bytes that rows lie in, and where. A vault of 100,000 rows is one buffer and one array without references, which the garbage collector need not walk.
/// </summary>
internal sealed class RowBlock(byte[] buffer, RowSlice[] slices)
{
    public byte[] Buffer { get; } = buffer;

    public RowSlice[] Slices { get; } = slices;
}

/// <summary>Where a row lies: <c>"KEY":BYTES</c> from <see cref="Start"/> on.</summary>
internal struct RowSlice
{
    /// <summary>The bytes of a line that are neither key nor record: two quotes and a colon.</summary>
    public const int KeyFraming = 3;

    /// <summary>The bytes between two lines: a comma and LF.</summary>
    public const int LineEnd = 2;

    public int Start;
    public int KeyLength;
    public int Length;
    public Digest Digest;
}
