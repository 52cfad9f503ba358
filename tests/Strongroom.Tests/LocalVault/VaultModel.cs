using System.Text;
using CsCheck;
using Strongroom.Cryptography;
using Strongroom.Storage;

namespace Strongroom.Tests.LocalVaults;

/// <summary>Rows as a plain map, framed by the most obvious program: what the real code is compared with.</summary>
internal sealed class VaultModel
{
    private static readonly RandomId[] Ids = [.. Enumerable.Range(0, 5).Select(i => RandomId.FromBytes([.. Enumerable.Repeat((byte)(i * 51), 16)]))];

    public SortedDictionary<string, string> Records { get; } = new(StringComparer.Ordinal);

    public SortedDictionary<(string Id, long Number), string> Versions { get; } = new(Comparer<(string Id, long Number)>.Create((a, b) => string.CompareOrdinal(a.Id, b.Id) is not 0 and var order ? order : a.Number.CompareTo(b.Number)));

    public static Gen<string> Names { get; } =
        Gen.Char["aAzZ09"].SelectMany(first => Gen.String[Gen.Char["abz.-_9A"], 0, 6].Select(rest => first + rest)).Array[1, 3].Select(segments => string.Join('/', segments));

    public static Gen<RowKey> Keys { get; } = Gen.OneOf(
        Names.Select(name => RowKey.Record(SecretName.Parse(name))),
        Gen.Select(Gen.Int[0, Ids.Length - 1].Select(i => Ids[i]), Gen.OneOf(Gen.Long[1, 20], Gen.Const(99L), Gen.Const(100L), Gen.Const(9007199254740991L))).Select((id, number) => RowKey.Version(id, number)));

    public static Gen<string> RecordTexts { get; } = Gen.String[Gen.Char["abc{}\",:é"], 0, 40].Select(text => "{\"x\":\"" + text + "\"}");

    public static Gen<(RowKey Key, string? Record)[]> Changes { get; } =
        Gen.Select(Keys, Gen.OneOf(RecordTexts.Select(record => (string?)record), Gen.Const((string?)null))).Array[0, 12]
            .Select(changes => changes.DistinctBy(change => change.Item1).ToArray());

    public void Apply((RowKey Key, string? Record)[] changes)
    {
        foreach ((RowKey key, string? record) in changes)
        {
            string text = key.ToString()[2..];
            if (key.ToString()[0] == 's')
                Set(Records, text, record);
            else
                Set(Versions, (text[..32], long.Parse(text[33..])), record);
        }
    }

    public static VaultImage Apply(VaultImage image, (RowKey Key, string? Record)[] changes) => image.Apply(
        [.. changes.Where(change => change.Record is not null).Select(change => new StoredRow(change.Key, Utf8.Strict.GetBytes(change.Record!)))],
        [.. changes.Where(change => change.Record is null).Select(change => change.Key)]);

    public byte[] Frame(string head)
    {
        var lines = new List<string> { "{\"strongroom\":" + head + ",", "\"secrets\":{" };
        lines.AddRange(Lines(Records.Select(row => $"\"{row.Key}\":{row.Value}")));
        lines.AddRange(["},", "\"versions\":{"]);
        lines.AddRange(Lines(Versions.Select(row => $"\"{row.Key.Id}/{row.Key.Number}\":{row.Value}")));
        lines.Add("}}");
        return Encoding.UTF8.GetBytes(string.Concat(lines.Select(line => line + "\n")));
    }

    public Digest Summary()
    {
        var hashed = new List<byte>();
        foreach ((string key, string record) in Records.Select(row => ("s/" + row.Key, row.Value)).Concat(Versions.Select(row => ($"v/{row.Key.Id}/{row.Key.Number}", row.Value))))
        {
            hashed.AddRange([0, 0, 0, (byte)key.Length, .. Encoding.ASCII.GetBytes(key), 0, 0, 0, 32]);
            hashed.AddRange(System.Security.Cryptography.SHA256.HashData(Encoding.UTF8.GetBytes(record)));
        }

        return Digest.FromBytes(System.Security.Cryptography.SHA256.HashData([.. hashed]));
    }

    private static IEnumerable<string> Lines(IEnumerable<string> rows)
    {
        string[] all = [.. rows];
        return all.Select((row, index) => index == all.Length - 1 ? row : row + ",");
    }

    private static void Set<TKey>(SortedDictionary<TKey, string> map, TKey key, string? record)
        where TKey : notnull
    {
        if (record is null)
            map.Remove(key);
        else
            map[key] = record;
    }
}
