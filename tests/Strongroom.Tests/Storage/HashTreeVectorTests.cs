using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Strongroom.Cryptography;
using Strongroom.Storage;

namespace Strongroom.Tests.Storage;

/// <summary>Small trees that another program computed from the text of the format (Vectors/make_hash_tree.py).</summary>
public class HashTreeVectorTests
{
    private static readonly JsonElement Vectors = Load();

    public static TheoryData<int> Trees => [.. Enumerable.Range(0, Vectors.GetProperty("trees").GetArrayLength())];

    private static byte[] IndexKey => Convert.FromHexString(Vectors.GetProperty("index_key").GetString()!);

    [Fact]
    public void The_path_of_a_name() =>
        Assert.Equal(Vectors.GetProperty("path_of_name_0").GetString(), HashTreePath.Of(IndexKey, "name/0").ToString());

    [Theory]
    [MemberData(nameof(Trees))]
    public void A_tree(int index)
    {
        JsonElement vector = Vectors.GetProperty("trees")[index];
        var tree = new HashTreeModel();
        tree.Apply(Enumerable.Range(0, vector.GetProperty("count").GetInt32())
            .Select(i => (HashTreePath.Of(IndexKey, $"name/{i}").ToString(), (Digest?)Digest.Sha256(Encoding.ASCII.GetBytes($"record of name/{i}")))));

        Assert.Equal(vector.GetProperty("root").GetString(), Convert.ToHexStringLower(tree.Root.Span));
        Assert.Equal(vector.GetProperty("rows").GetInt32(), tree.Rows.Count);
        Assert.Equal(vector.GetProperty("rows_sha256").GetString(), HashOf(tree));
        if (vector.GetProperty("nodes") is not { ValueKind: JsonValueKind.Object } nodes)
            return;
        foreach (JsonProperty node in nodes.EnumerateObject())
            Assert.Equal(node.Value.GetString(), Convert.ToHexStringLower(tree.Rows[node.Name]));
    }

    private static string HashOf(HashTreeModel tree)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach ((string path, byte[] bytes) in tree.Rows.OrderBy(r => r.Key, StringComparer.Ordinal))
        {
            byte[] buffer = new byte[8 + path.Length + bytes.Length];
            ContextBuilder pair = ContextBuilder.LengthPrefixed(buffer);
            pair.Add(Encoding.ASCII.GetBytes(path));
            pair.Add(bytes);
            hash.AppendData(pair.Written);
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    private static JsonElement Load()
    {
        using Stream stream = typeof(HashTreeVectorTests).Assembly.GetManifestResourceStream("hash-tree.json")!;
        return JsonDocument.Parse(stream).RootElement.Clone();
    }
}
