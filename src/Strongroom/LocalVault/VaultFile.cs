using System.Buffers;
using Strongroom.Cryptography;

namespace Strongroom.Storage;

/// <summary>
/// The framing of a vault file (format, section 2): its caps, the grammar and order of the keys, and what stands between the rows. The reader is
/// <see cref="VaultFileReader"/>, the writer <see cref="VaultFileWriter"/>. Head and records are opaque here.
/// </summary>
internal static class VaultFile
{
    public const int MaxFileBytes = 536_870_912;
    public const int MaxRecords = 131_072;
    public const int MaxVersionsOfSecret = 1_000;
    public const int MaxHeadBytes = 33_554_432;

    /// <summary>A line without its comma and LF.</summary>
    public const int MaxLineBytes = 33_554_432;

    /// <summary>A record whose line fits whatever its name.</summary>
    public const int MaxRowBytes = MaxLineBytes - SecretName.MaxLength - RowSlice.KeyFraming;

    /// <summary>The bytes of a version's key before the number: 32 digits and a slash.</summary>
    public const int VersionKeyPrefix = (2 * RandomId.Size) + 1;

    // 2⁵³−1 has 16 digits.
    private const int MaxNumberDigits = 16;

    private static readonly SearchValues<byte> KeyBytes = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-/"u8);
    private static readonly SearchValues<byte> IdBytes = SearchValues.Create("0123456789abcdef"u8);

    public static ReadOnlySpan<byte> HeadStart => "{\"strongroom\":"u8;

    public static ReadOnlySpan<byte> HeadEnd => ",\n\"secrets\":{\n"u8;

    public static ReadOnlySpan<byte> RecordsEnd => "},\n\"versions\":{\n"u8;

    public static ReadOnlySpan<byte> VersionsEnd => "}}\n"u8;

    /// <summary>Order of the keys: names by their bytes, versions by id and then by number.</summary>
    public static int CompareKeys(ReadOnlySpan<byte> left, ReadOnlySpan<byte> right, bool versions)
    {
        if (!versions || left.Length == right.Length)
            return left.SequenceCompareTo(right);
        int order = left[..VersionKeyPrefix].SequenceCompareTo(right[..VersionKeyPrefix]);
        return order != 0 ? order : left.Length - right.Length;
    }

    /// <summary>Whether bytes can stand for head or record: canonical JSON has no control characters.</summary>
    public static bool IsObjectOnOneLine(ReadOnlySpan<byte> bytes) =>
        bytes.Length >= 2 && bytes[0] == (byte)'{' && bytes[^1] == (byte)'}' && !bytes.ContainsAnyInRange((byte)0, (byte)0x1f);

    /// <summary>Whether these bytes are a secret's name.</summary>
    public static bool IsName(ReadOnlySpan<byte> key)
    {
        if (key.Length is 0 or > SecretName.MaxLength || key.ContainsAnyExcept(KeyBytes))
            return false;
        while (true)
        {
            if (key.IsEmpty || !char.IsAsciiLetterOrDigit((char)key[0]))
                return false;
            int slash = key.IndexOf((byte)'/');
            if (slash < 0)
                return true;
            key = key[(slash + 1)..];
        }
    }

    /// <summary>Whether these bytes are <c>ID/N</c> with a number from 1 to 2⁵³−1 in its one form.</summary>
    public static bool IsVersionKey(ReadOnlySpan<byte> key)
    {
        if (key.Length is <= VersionKeyPrefix or > VersionKeyPrefix + MaxNumberDigits || key[VersionKeyPrefix - 1] != (byte)'/')
            return false;
        ReadOnlySpan<byte> number = key[VersionKeyPrefix..];
        return !key[..(VersionKeyPrefix - 1)].ContainsAnyExcept(IdBytes)
            && number[0] != (byte)'0'
            && !number.ContainsAnyExceptInRange((byte)'0', (byte)'9')
            && (number.Length < MaxNumberDigits || number.SequenceCompareTo("9007199254740991"u8) <= 0);
    }

    /// <summary>The key as it stands in the file.</summary>
    /// <exception cref="ArgumentException">No row of a file has such a key.</exception>
    public static byte[] StoredKey(RowKey key, out bool isVersion)
    {
        string text = key.ToString();
        isVersion = text.StartsWith("v/", StringComparison.Ordinal);
        if (isVersion || text.StartsWith("s/", StringComparison.Ordinal))
        {
            byte[] stored = new byte[Utf8.Strict.GetByteCount(text.AsSpan(2))];
            Utf8.Strict.GetBytes(text.AsSpan(2), stored);
            if (isVersion ? IsVersionKey(stored) : IsName(stored))
                return stored;
        }

        throw new ArgumentException($"'{text}' is not the key of a row of a vault file.", nameof(key));
    }

    /// <summary>The size of the file that head and rows make.</summary>
    public static long LengthOf(int headBytes, VaultImage image) =>
        HeadStart.Length + headBytes + HeadEnd.Length + RecordsEnd.Length + VersionsEnd.Length
        + image.LineBytes + LineEnds(image.Records.Length) + LineEnds(image.Versions.Length);

    /// <summary>Refuses what a reader would refuse.</summary>
    /// <exception cref="VaultLimitException">Over a cap; nothing was written.</exception>
    /// <exception cref="ArgumentException">The head can't stand on a line.</exception>
    public static void CheckCaps(ReadOnlySpan<byte> head, VaultImage image)
    {
        if (!IsObjectOnOneLine(head))
            throw new ArgumentException("The head is not a JSON object on one line.", nameof(head));
        if (head.Length > MaxHeadBytes)
            throw Over("the head", head.Length, MaxHeadBytes, "bytes");
        if (image.Records.Length > MaxRecords)
            throw Over("the vault", image.Records.Length, MaxRecords, "records");
        if (FindCrowdedSecret(image.Versions) >= 0)
            throw Over("a secret", MaxVersionsOfSecret + 1, MaxVersionsOfSecret, "older versions");
        if (LengthOf(head.Length, image) is > MaxFileBytes and var length)
            throw Over("the vault", length, MaxFileBytes, "bytes");
    }

    /// <summary>The first version that is one too many of its secret; -1 when there is none. The rows are sorted, so that such a secret's rows stand side by side.</summary>
    public static int FindCrowdedSecret(ReadOnlySpan<VaultRow> versions)
    {
        for (int i = MaxVersionsOfSecret; i < versions.Length; i++)
        {
            if (versions[i].Key[..VersionKeyPrefix].SequenceEqual(versions[i - MaxVersionsOfSecret].Key[..VersionKeyPrefix])) // public
                return i;
        }

        return -1;
    }

    // Every row has an LF, every row but the last a comma.
    private static long LineEnds(int rows) => rows == 0 ? 0 : (2L * rows) - 1;

    private static VaultLimitException Over(string what, long is_, long cap, string unit) =>
        new("SR1240", $"The commit was refused: {what} would have {is_} {unit}, at most {cap} are allowed in a vault file.", "Purge old versions or deleted secrets, split the vault, or use a database backend.");
}
