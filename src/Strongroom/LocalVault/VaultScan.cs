using Strongroom.Cryptography;

namespace Strongroom.Storage;

/// <summary>Rows of an image by prefix, in the order of the bytes of their keys. For older versions that is not the order of the file, where 9 stands before 10.</summary>
internal static class VaultScan
{
    public static IEnumerable<StoredRow> Of(VaultImage image, ScanRequest scan)
    {
        IEnumerable<(string Key, VaultRow Row)> rows = Keys(image, 's', scan)
            .Concat(Keys(image, 'v', scan).OrderBy(static row => row.Key, StringComparer.Ordinal));
        return rows.Take(Math.Max(0, scan.Limit)).Select(row => new StoredRow(RowKey.FromStored(row.Key), scan.KeysOnly ? default : row.Row.Bytes));
    }

    private static IEnumerable<(string Key, VaultRow Row)> Keys(VaultImage image, char kind, ScanRequest scan)
    {
        int count = kind == 's' ? image.Records.Length : image.Versions.Length;
        string? after = scan.After?.ToString();
        for (int i = 0; i < count; i++)
        {
            VaultRow row = kind == 's' ? image.Records[i] : image.Versions[i];
            string key = $"{kind}/{Utf8.Strict.GetString(row.Key)}";
            if (key.StartsWith(scan.Prefix, StringComparison.Ordinal) && (after is null || string.CompareOrdinal(key, after) > 0))
                yield return (key, row);
        }
    }
}
