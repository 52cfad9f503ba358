using System.Buffers;
using System.Buffers.Binary;
using System.Buffers.Text;
using System.Security.Cryptography;
using Strongroom.Cryptography;

namespace Strongroom.Storage;

/// <summary>
/// All rows of a vault at one revision, sorted in the order of the file, each with its digest. Immutable; a commit makes a new image that shares the rows it did not touch.
/// Used for vaults whose summary is a list (format, section 6).
/// </summary>
internal sealed partial class VaultImage
{
    private const int SummaryBufferBytes = 32 * 1024;
    private const int MaxPairBytes = 4 + 2 + byte.MaxValue + 4 + Digest.Size;
    private readonly VaultRow[] _records;
    private readonly VaultRow[] _versions;

    internal VaultImage(VaultRow[] records, VaultRow[] versions, long lineBytes)
    {
        _records = records;
        _versions = versions;
        LineBytes = lineBytes;
    }

    /// <summary>No rows.</summary>
    public static VaultImage Empty { get; } = new([], [], 0);

    /// <summary>The records, sorted by name.</summary>
    public ReadOnlySpan<VaultRow> Records => _records;

    /// <summary>The older versions, sorted by secret id, then number.</summary>
    public ReadOnlySpan<VaultRow> Versions => _versions;

    /// <summary>The bytes of all lines of rows without commas and LFs: with the head, the size of the file.</summary>
    internal long LineBytes { get; }

    /// <summary>Finds a record by name (binary search); -1 when missing.</summary>
    public int FindRecord(ReadOnlySpan<byte> name) => Math.Max(-1, Search(_records, name, versions: false));

    /// <summary>Finds an older version; -1 when missing.</summary>
    public int FindVersion(RandomId secretId, long version)
    {
        Span<byte> key = stackalloc byte[VaultFile.VersionKeyPrefix + 20];
        Utf8.Strict.GetBytes(secretId.ToString(), key);
        key[VaultFile.VersionKeyPrefix - 1] = (byte)'/';
        Utf8Formatter.TryFormat(version, key[VaultFile.VersionKeyPrefix..], out int digits);
        return Math.Max(-1, Search(_versions, key[..(VaultFile.VersionKeyPrefix + digits)], versions: true));
    }

    /// <summary>The row with a key; null when it is missing, or of a kind that files do not have.</summary>
    public VaultRow? Find(RowKey key)
    {
        string text = key.ToString();
        bool versions = text.StartsWith("v/", StringComparison.Ordinal);
        if (!versions && !text.StartsWith("s/", StringComparison.Ordinal))
            return null;
        Span<byte> stored = stackalloc byte[SecretName.MaxLength];
        if (!System.Text.Ascii.IsValid(text) || text.Length - 2 > stored.Length)
            return null;
        int length = Utf8.Strict.GetBytes(text.AsSpan(2), stored);
        VaultRow[] rows = versions ? _versions : _records;
        if (versions && !VaultFile.IsVersionKey(stored[..length]))
            return null;
        int index = Search(rows, stored[..length], versions);
        return index < 0 ? null : rows[index];
    }

    /// <summary>SHA-256 over the length-prefixed (row key, digest) pairs, as the head holds it.</summary>
    public Digest ComputeSummary()
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        byte[] buffer = ArrayPool<byte>.Shared.Rent(SummaryBufferBytes);
        int used = AppendPairs(hash, buffer, 0, _records, (byte)'s');
        used = AppendPairs(hash, buffer, used, _versions, (byte)'v');
        hash.AppendData(buffer, 0, used);
        ArrayPool<byte>.Shared.Return(buffer);
        var summary = default(Digest);
        hash.GetHashAndReset(summary);
        return summary;
    }

    // A hash call costs more than a pair's bytes, so pairs are gathered first.
    private static int AppendPairs(IncrementalHash hash, byte[] buffer, int used, VaultRow[] rows, byte kind)
    {
        foreach (ref readonly VaultRow row in rows.AsSpan())
        {
            if (buffer.Length - used < MaxPairBytes)
            {
                hash.AppendData(buffer, 0, used);
                used = 0;
            }

            ReadOnlySpan<byte> key = row.Key;
            Span<byte> pair = buffer.AsSpan(used);
            BinaryPrimitives.WriteInt32BigEndian(pair, key.Length + 2);
            pair[4] = kind;
            pair[5] = (byte)'/';
            key.CopyTo(pair[6..]);
            pair = pair[(6 + key.Length)..];
            BinaryPrimitives.WriteInt32BigEndian(pair, Digest.Size);
            row.DigestSpan.CopyTo(pair[4..]);
            used += 6 + key.Length + 4 + Digest.Size;
        }

        return used;
    }

    // The index of the key, or the complement of where it would stand.
    private static int Search(VaultRow[] rows, ReadOnlySpan<byte> key, bool versions)
    {
        int low = 0;
        int high = rows.Length - 1;
        while (low <= high)
        {
            int middle = (int)(((uint)low + (uint)high) >> 1);
            int order = VaultFile.CompareKeys(rows[middle].Key, key, versions);
            if (order == 0)
                return middle;
            if (order < 0)
                low = middle + 1;
            else
                high = middle - 1;
        }

        return ~low;
    }
}
