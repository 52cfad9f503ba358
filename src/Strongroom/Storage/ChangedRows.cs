using Strongroom.Cryptography;

namespace Strongroom.Storage;

/// <summary>
/// Rows of a commit, copied and hashed. The rows of a large batch share one buffer, in the order of the file as if it had been read from there: few objects, and written as one piece.
/// The rows of a small one stand alone, so that one of them does not keep the bytes of others alive that have long been replaced.
/// </summary>
internal static class ChangedRows
{
    private const int Few = 256;

    /// <summary>A row for each sorted change; none for a change that removes.</summary>
    public static VaultRow?[] Make(List<VaultImage.Change> changes)
    {
        var rows = new VaultRow?[changes.Count];
        if (changes.Count < Few)
        {
            for (int i = 0; i < rows.Length; i++)
                rows[i] = changes[i].Bytes is null ? null : Make(changes[i]);
            return rows;
        }

        // Blocks of a size that an array can have, whatever the rows.
        const int MaxBlock = 64 * 1024 * 1024;
        for (int from = 0; from < changes.Count;)
        {
            int to = from;
            long size = 0;
            while (to < changes.Count && (to == from || size + LengthOf(changes[to]) <= MaxBlock))
                size += LengthOf(changes[to++]);
            Fill(changes, rows, from, to, new RowBlock(new byte[size], new RowSlice[to - from]));
            from = to;
        }

        return rows;
    }

    private static void Fill(List<VaultImage.Change> changes, VaultRow?[] rows, int from, int to, RowBlock block)
    {
        int start = 0;
        for (int i = from; i < to; i++)
        {
            if (changes[i].Bytes is not { } bytes)
                continue;
            block.Slices[i - from] = new RowSlice { Start = start, KeyLength = changes[i].Key.Length, Length = bytes.Length };
            rows[i] = new VaultRow(block, i - from);
            start += LengthOf(changes[i]);
        }

        Parallel.For(0, Environment.ProcessorCount, part =>
        {
            int first = from + (int)((long)(to - from) * part / Environment.ProcessorCount), last = from + (int)((long)(to - from) * (part + 1) / Environment.ProcessorCount);
            for (int i = first; i < last; i++)
            {
                if (changes[i].Bytes is { } bytes)
                    Copy(changes[i].Key, bytes.Span, block.Buffer, ref block.Slices[i - from]);
            }
        });
    }

    private static VaultRow Make(VaultImage.Change change)
    {
        ReadOnlySpan<byte> bytes = change.Bytes!.Value.Span;
        var slice = new RowSlice { KeyLength = change.Key.Length, Length = bytes.Length };
        var buffer = new byte[LengthOf(change)];
        Copy(change.Key, bytes, buffer, ref slice);
        return new VaultRow(new RowBlock(buffer, [slice]), 0);
    }

    private static void Copy(ReadOnlySpan<byte> key, ReadOnlySpan<byte> bytes, Span<byte> buffer, ref RowSlice slice)
    {
        Span<byte> line = buffer.Slice(slice.Start, key.Length + RowSlice.KeyFraming + bytes.Length + RowSlice.LineEnd);
        line[0] = (byte)'"';
        key.CopyTo(line[1..]);
        "\":"u8.CopyTo(line[(key.Length + 1)..]);
        bytes.CopyTo(line[(key.Length + RowSlice.KeyFraming)..]);
        ",\n"u8.CopyTo(line[^RowSlice.LineEnd..]);
        slice.Digest = Digest.Sha256(bytes);
    }

    private static int LengthOf(VaultImage.Change change) => change.Bytes is { } bytes ? change.Key.Length + RowSlice.KeyFraming + bytes.Length + RowSlice.LineEnd : 0;
}
