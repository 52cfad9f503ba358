using System.Buffers;

namespace Strongroom.Cryptography.Tests;

public sealed class CanonicalJsonWriterTests
{
    [Fact]
    public void Every_kind_of_value_is_written()
    {
        var id = RandomId.New();
        var text = Json.Write(writer =>
        {
            writer.BeginArray();
            writer.BeginObject();
            writer.EndObject();
            writer.BeginObject();
            writer.Name("a");
            writer.Value(true);
            writer.Name("b");
            writer.BeginArray();
            writer.Value(false);
            writer.NullValue();
            writer.EndArray();
            writer.EndObject();
            writer.Value(0);
            writer.Value(CanonicalJson.MaxNumber);
            writer.Value("");
            writer.Base64([0, 1]);
            writer.Base64([]);
            writer.Value(new DateTimeOffset(2026, 1, 2, 5, 4, 5, 678, TimeSpan.FromHours(2)));
            writer.Value(id);
            writer.Value(JsonValue.Of([JsonValue.Null]));
            writer.EndArray();
        });

        Assert.Equal($$"""[{},{"a":true,"b":[false,null]},0,9007199254740991,"","AAE=","","2026-01-02T03:04:05.678Z","{{id}}",[null]]""", text);
    }

    [Fact]
    public void A_name_in_bytes_is_written_as_one_in_characters()
    {
        var text = Json.Write(writer =>
        {
            writer.BeginObject();
            writer.Name("a"u8);
            writer.Value(1);
            writer.Name("b");
            writer.BeginObject();
            writer.Name("c"u8);
            writer.NullValue();
            writer.EndObject();
            writer.Name("d"u8);
            writer.Value("x");
            writer.EndObject();
        });

        Assert.Equal("""{"a":1,"b":{"c":null},"d":"x"}""", text);
    }

    [Fact]
    public void Every_character_is_escaped_as_it_must_be()
    {
        var text = string.Concat(Enumerable.Range(0, 0x100).Select(i => (char)i)) + "\u2028\ufeff\U0010ffff";

        var written = Json.Write(writer => writer.Value(text));

        Assert.Equal(text, Json.Parse(written).String);
        Assert.StartsWith("""
            "\u0000\u0001\u0002\u0003\u0004\u0005\u0006\u0007\b\t\n\u000b\f\r\u000e\u000f\u0010\u0011\u0012\u0013\u0014\u0015\u0016\u0017\u0018\u0019\u001a\u001b\u001c\u001d\u001e\u001f !\"#
            """, written, StringComparison.Ordinal);
        Assert.Equal(written, Json.Write(JsonValue.Of(text)));
    }

    [Theory]
    [InlineData(4094)]
    [InlineData(4095)]
    [InlineData(4096)]
    [InlineData(8191)]
    public void Long_texts_with_a_pair_across_the_chunks_are_whole(int before)
    {
        var text = new string('x', before) + "\U0001f600\"" + new string('é', 5000);

        Assert.Equal(text, Json.Parse(Json.Write(writer => writer.Value(text))).String);
    }

    [Theory]
    [InlineData("D800")]
    [InlineData("DC00")]
    [InlineData("0061D8000062")]
    [InlineData("DC00D800")]
    public void Half_of_a_pair_is_refused(string codeUnits)
    {
        // An attribute can't hold half of a pair.
        var text = new string([.. codeUnits.Chunk(4).Select(unit => (char)Convert.ToUInt16(new string(unit), 16))]);

        Assert.Equal("SR1012", Assert.Throws<VaultConfigurationException>(() => Json.Write(writer => writer.Value(text))).Code);
        Assert.Throws<VaultConfigurationException>(() => Json.Write(writer => writer.Value(new string('x', 4095) + text)));
        Assert.Throws<VaultConfigurationException>(() => Json.Write(writer =>
        {
            writer.BeginObject();
            writer.Name(text);
        }));
    }

    [Fact]
    public void Numbers_beyond_the_format_are_refused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => Json.Write(writer => writer.Value(-1)));
        Assert.Throws<ArgumentOutOfRangeException>(() => Json.Write(writer => writer.Value(CanonicalJson.MaxNumber + 1)));
    }

    [Fact]
    public void Null_is_refused()
    {
        var writer = new CanonicalJsonWriter(new ArrayBufferWriter<byte>());

        Assert.Throws<ArgumentNullException>(() => writer.Value((string)null!));
        Assert.Throws<ArgumentNullException>(() => writer.Value((JsonValue)null!));
        Assert.Throws<ArgumentNullException>(() => writer.Name((string)null!));
        Assert.Throws<ArgumentNullException>(() => new CanonicalJsonWriter(null!));
    }

    [Fact]
    public void What_could_not_be_read_again_is_not_written()
    {
        var value = Enumerable.Range(0, 64).Aggregate(JsonValue.Of(1), (inner, _) => JsonValue.Of([inner]));

        Assert.Equal(value.Items.Count, Json.Parse(Json.Write(value)).Items.Count);
        Assert.Equal("SR1016", Assert.Throws<VaultLimitException>(() => Json.Write(JsonValue.Of([value]))).Code);
        Assert.Throws<VaultLimitException>(() => Json.Write(JsonValue.Of([KeyValuePair.Create("a", value)])));
    }
}
