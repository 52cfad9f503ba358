using System.Runtime.InteropServices;
using Strongroom.Cryptography;

namespace Strongroom.Storage;

internal sealed partial class VaultImage
{
    /// <summary>The image after a commit.</summary>
    /// <param name="puts">Rows <c>s/NAME</c> and <c>v/ID/N</c>; the bytes are copied.</param>
    /// <param name="deletes">Rows to remove; a missing one is no error.</param>
    /// <exception cref="ArgumentException">A key that this image can't hold, a key named twice, or bytes that can't stand on a line: not one JSON object, or with control characters.</exception>
    /// <exception cref="VaultLimitException">A row is over the cap of a line.</exception>
    public VaultImage Apply(IReadOnlyList<StoredRow> puts, IReadOnlyList<RowKey> deletes)
    {
        var records = new List<Change>();
        var versions = new List<Change>();
        foreach (StoredRow put in puts)
            Sort(put.Key, Checked(put), records, versions);
        foreach (RowKey key in deletes)
            Sort(key, null, records, versions);
        long lineBytes = LineBytes;
        VaultRow[] newRecords = Merge(_records, records, versions: false, ref lineBytes);
        VaultRow[] newVersions = Merge(_versions, versions, versions: true, ref lineBytes);
        return new VaultImage(newRecords, newVersions, lineBytes);
    }

    private static void Sort(RowKey key, ReadOnlyMemory<byte>? bytes, List<Change> records, List<Change> versions)
    {
        byte[] stored = VaultFile.StoredKey(key, out bool isVersion);
        (isVersion ? versions : records).Add(new Change(stored, bytes));
    }

    private static ReadOnlyMemory<byte> Checked(StoredRow put)
    {
        ReadOnlySpan<byte> bytes = put.Bytes.Span;
        if (bytes.Length > VaultFile.MaxRowBytes)
            throw new VaultLimitException("SR1241", $"A row has {bytes.Length} bytes; at most {VaultFile.MaxRowBytes} fit on a line of a vault file.", "Split the value, or keep it elsewhere and a key to it here.");
        return VaultFile.IsObjectOnOneLine(bytes) ? put.Bytes : throw new ArgumentException($"The bytes of row '{put.Key}' are not a JSON object on one line.", nameof(put));
    }

    private static VaultRow[] Merge(VaultRow[] old, List<Change> changes, bool versions, ref long lineBytes)
    {
        if (changes.Count == 0)
            return old;
        changes.Sort((a, b) => VaultFile.CompareKeys(a.Key, b.Key, versions));
        int[] places = Locate(old, changes, versions, ref lineBytes, out int count);
        VaultRow?[] rows = ChangedRows.Make(changes);
        var merged = new VaultRow[count];
        int from = 0;
        int to = 0;
        for (int i = 0; i < places.Length; i++)
        {
            int place = places[i] < 0 ? ~places[i] : places[i];
            Array.Copy(old, from, merged, to, place - from);
            to += place - from;
            from = places[i] < 0 ? place : place + 1;
            if (rows[i] is { } row)
                merged[to++] = row;
        }

        Array.Copy(old, from, merged, to, old.Length - from);
        return merged;
    }

    private static int[] Locate(VaultRow[] old, List<Change> changes, bool versions, ref long lineBytes, out int count)
    {
        var places = new int[changes.Count];
        count = old.Length;
        Span<Change> sorted = CollectionsMarshal.AsSpan(changes);
        for (int i = 0; i < sorted.Length; i++)
        {
            if (i > 0 && sorted[i].Key.AsSpan().SequenceEqual(sorted[i - 1].Key)) // public
                throw new ArgumentException($"Row '{Utf8.Strict.GetString(sorted[i].Key)}' is named twice in one commit.", nameof(changes));
            places[i] = Search(old, sorted[i].Key, versions);
            if (places[i] >= 0)
            {
                count--;
                lineBytes -= old[places[i]].LineLength;
            }

            if (sorted[i].Bytes is { } bytes)
            {
                count++;
                lineBytes += sorted[i].Key.Length + RowSlice.KeyFraming + bytes.Length;
            }
        }

        return places;
    }

    /// <summary>The bytes to stand under a key, or none.</summary>
    internal readonly record struct Change(byte[] Key, ReadOnlyMemory<byte>? Bytes);
}
