using System.Collections.Concurrent;
using Strongroom.Cryptography;

namespace Strongroom.Storage;

/// <summary>Hashes rows; many of them on all cores, since opening a large vault is mostly this.</summary>
internal static class RowHashing
{
    private const int ParallelBytes = 1024 * 1024;
    private const int RowsAtOnce = 1024;

    /// <summary>Sets the digest of every row.</summary>
    public static void Fill(byte[] file, RowSlice[] slices)
    {
        if (file.Length < ParallelBytes || slices.Length < RowsAtOnce || Environment.ProcessorCount == 1)
            Fill(file, slices.AsSpan());
        else
            Parallel.ForEach(Partitioner.Create(0, slices.Length, RowsAtOnce), range => Fill(file, slices.AsSpan(range.Item1, range.Item2 - range.Item1)));
    }

    private static void Fill(byte[] file, Span<RowSlice> slices)
    {
        foreach (ref RowSlice slice in slices)
            slice.Digest = Digest.Sha256(file.AsSpan(slice.Start + slice.KeyLength + RowSlice.KeyFraming, slice.Length));
    }
}
