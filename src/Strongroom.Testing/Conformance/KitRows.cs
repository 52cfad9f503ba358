using System.Text;
using Strongroom.Cryptography;
using Strongroom.Storage;

namespace Strongroom.Testing.Conformance;

/// <summary>Rows that every backend has to take: keys of the four kinds, and bytes as the contract of <see cref="IVaultBackend"/> has them.</summary>
internal static class KitRows
{
    // Names that sort differently by culture, by case and by bytes, the shortest and the longest.
    private static readonly string[] Names =
    [
        "a", "A", "b", "B", "0", "9", "Z", "z", "a/b", "a-b", "a.b", "a_b", "ab", "a/B", "a0", "a/b/c/d/e", "co-op", "coop", "CO-OP", "x.", "x-", "x_", new('n', SecretName.MaxLength),
        string.Concat(Enumerable.Repeat("s/", 127)) + "s",
    ];

    private static readonly string[] Ids = ["00000000000000000000000000000000", "0a0b0c0d0e0f10111213141516171819", "ffffffffffffffffffffffffffffffff"];

    private static readonly string[] Paths = ["", "0", "a", "a3", "a3f", "f", "f0", new('c', 63)];

    public static IReadOnlyList<RowKey> Records { get; } = [.. Names.Select(name => RowKey.Record(SecretName.Parse(name)))];

    public static IReadOnlyList<RowKey> Versions { get; } = [.. Ids.SelectMany(id => new[] { "1", "2", "10", "9007199254740991" }.Select(n => RowKey.FromStored($"v/{id}/{n}")))];

    /// <summary>Lines of the audit log; only where the index is a tree, but bytes are bytes.</summary>
    public static IReadOnlyList<RowKey> Lines { get; } = [.. Enumerable.Range(0, 21).Select(i => RowKey.FromStored($"a/{Ids[i % 3]}/{i * 7:d16}"))];

    private static RowKey[] Nodes { get; } = [.. Paths.Select(RowKey.TreeNode)];

    /// <summary>All keys that a backend has to take.</summary>
    public static IReadOnlyList<RowKey> Keys(IVaultBackend backend) => backend.Limits.Index == RecordIndex.Tree ? [.. Records, .. Versions, .. Nodes, .. Lines] : [.. Records, .. Versions];

    /// <summary>A record's key by number.</summary>
    public static RowKey Record(string folder, int number) => RowKey.FromStored($"s/{folder}/{number}");

    /// <summary>A row whose bytes follow from key and number.</summary>
    public static StoredRow Row(RowKey key, int number) => new(key, key.ToString().StartsWith("t/", StringComparison.Ordinal) ? NodeBytes(number) : Json(number));

    /// <summary>A JSON object of exactly so many bytes, at least 8.</summary>
    public static ReadOnlyMemory<byte> JsonOfSize(int size)
    {
        byte[] bytes = new byte[size];
        bytes.AsSpan().Fill((byte)'a');
        "{\"x\":\""u8.CopyTo(bytes);
        "\"}"u8.CopyTo(bytes.AsSpan(size - 2));
        return bytes;
    }

    // Text in one to four bytes a character, escapes, what databases and shells are known to mistake, and sizes around the usual borders.
    private static byte[] Json(int number)
    {
        string text = (number % 7) switch
        {
            0 => "",
            1 => "' \\\" \\\\ ; -- %s %00 $1 {0} \\u0000 \\u001f \\n",
            2 => "äß→\u2028\uFFFD😀é",
            3 => new string('a', 250 + (number % 13)),
            4 => new string('→', 1365 + (number % 3)),
            5 => new string('z', 8180 + (number % 21)),
            _ => "NULL",
        };
        return Utf8.Strict.GetBytes($$"""{"n":{{number}},"x":"{{text}}"}""");
    }

    // Every byte there is, in a length that changes with the number.
    private static byte[] NodeBytes(int number)
    {
        byte[] bytes = new byte[1 + (number * 37 % 1029)];
        for (int i = 0; i < bytes.Length; i++)
            bytes[i] = (byte)(i + number);
        return bytes;
    }
}
