using System.Text;
using System.Text.Json;

namespace Strongroom.Cryptography.Tests;

/// <summary>RFC 8785's own vectors, and strings that have broken other programs.</summary>
public sealed class ForeignJsonTests
{
    [Theory]
    [InlineData("arrays")]
    [InlineData("french")]
    [InlineData("structures")]
    [InlineData("unicode")]
    [InlineData("weird")]
    public void Vectors_of_rfc_8785_agree(string name)
    {
        var output = TestFiles.Vectors($"jcs/testdata/output/{name}.json");
        using var input = JsonDocument.Parse(TestFiles.Vectors($"jcs/testdata/input/{name}.json"));

        Assert.Equal(Encoding.UTF8.GetString(output), Json.Write(Json.FromFramework(input.RootElement)));
        Assert.Equal(Encoding.UTF8.GetString(output), Json.Write(CanonicalJson.Parse(output)));
    }

    /// <summary>Left out of the comparison: it is about the printing of fractions, which the format does not have. It must be refused, and is read without them.</summary>
    [Fact]
    public void The_vector_of_fractions_is_refused_for_its_fractions()
    {
        var output = Encoding.UTF8.GetString(TestFiles.Vectors("jcs/testdata/output/values.json"));
        var without = output.Replace("[333333333.3333333,1e+30,4.5,0.002,1e-27]", "[]", StringComparison.Ordinal);

        Assert.Throws<VaultIntegrityException>(() => Json.Parse(output));
        Assert.NotEqual(output, without);
        Assert.Equal(without, Json.Write(Json.Parse(without)));
    }

    [Fact]
    public void Naughty_strings_survive_as_texts_and_names()
    {
        var strings = TestFiles.VectorJson("blns.json").EnumerateArray().Select(element => element.GetString()!).ToList();

        Assert.True(strings.Count > 500);
        foreach (var text in strings)
        {
            Assert.Equal(text, Json.Parse(Json.Write(JsonValue.Of(text))).String);
            Assert.Equal(text, Json.Parse(Json.Write(JsonValue.Of([KeyValuePair.Create(text, JsonValue.Null)]))).Members.Single().Key);
        }
    }

    [Fact]
    public void Naughty_bytes_survive_or_are_refused_as_invalid_text()
    {
        foreach (var element in TestFiles.VectorJson("blns.base64.json").EnumerateArray())
        {
            var bytes = Convert.FromBase64String(element.GetString()!);

            if (System.Text.Unicode.Utf8.IsValid(bytes))
                Assert.Equal(bytes, Utf8.Strict.GetBytes(Json.Parse(Json.Write(JsonValue.Of(Utf8.Strict.GetString(bytes)))).String));
            else
                Assert.Throws<VaultIntegrityException>(() => CanonicalJson.Parse([(byte)'"', .. bytes, (byte)'"']));
        }
    }
}
