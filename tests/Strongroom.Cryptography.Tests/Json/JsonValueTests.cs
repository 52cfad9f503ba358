namespace Strongroom.Cryptography.Tests;

public sealed class JsonValueTests
{
    private const string Id = "0123456789abcdef0123456789abcdef";

    [Fact]
    public void Typed_accessors_give_what_was_read()
    {
        var value = Json.Parse($$"""{"array":[1,"a"],"digest":"{{Convert.ToBase64String(new byte[32])}}","false":false,"id":"{{Id}}","null":null,"number":12,"text":"é\"","time":"2026-01-02T03:04:05.678Z","true":true}""");

        Assert.Equal(JsonKind.Object, value.Kind);
        Assert.Equal(["array", "digest", "false", "id", "null", "number", "text", "time", "true"], value.Members.Select(member => member.Key));
        Assert.Equal(2, value["array"].Items.Count);
        Assert.Equal(default, value["digest"].Digest);
        Assert.Equal(new byte[32], value["digest"].Bytes(32));
        Assert.False(value["false"].Boolean);
        Assert.True(value["true"].Boolean);
        Assert.Equal(Id, value["id"].Id.ToString());
        Assert.True(value["null"].IsNull);
        Assert.False(value["number"].IsNull);
        Assert.Equal(12, value["number"].Number);
        Assert.Equal("é\"", value["text"].String);
        Assert.Equal(3, value["text"].Text.Length);
        Assert.Equal(new DateTimeOffset(2026, 1, 2, 3, 4, 5, 678, TimeSpan.Zero), value["time"].Time);
        Assert.Null(value.Find("zzz"));
        Assert.Null(value.Find(""));
    }

    [Fact]
    public void Another_kind_is_refused()
    {
        Action[] attempts =
        [
            () => _ = Json.Parse("1").Boolean, () => _ = Json.Parse("true").Number, () => _ = Json.Parse("1").String, () => _ = Json.Parse("1").Text.Length, () => _ = Json.Parse("{}").Items,
            () => _ = Json.Parse("[]").Members, () => _ = Json.Parse("[]")["a"], () => _ = Json.Parse("{}")["a"], () => Json.Parse("null").Find("a"), () => _ = Json.Parse("1").Id,
            () => _ = Json.Parse("\"0123456789ABCDEF0123456789abcdef\"").Id, () => _ = Json.Parse("\"AA==\"").Digest, () => _ = Json.Parse("\"2026\"").Time, () => Json.Parse("[]").RequireExactly("a"),
        ];

        Assert.All(attempts, attempt => Assert.Equal("SR1011", Assert.Throws<VaultIntegrityException>(attempt).Code));
    }

    [Fact]
    public void Exactly_the_required_members_are_taken()
    {
        var value = Json.Parse("{\"a\":1,\"b\":2}");

        value.RequireExactly("b", "a");
        Assert.Throws<VaultIntegrityException>(() => value.RequireExactly("a"));
        Assert.Throws<VaultIntegrityException>(() => value.RequireExactly("a", "c"));
        Assert.Throws<VaultIntegrityException>(() => value.RequireExactly("a", "b", "c"));
        Json.Parse("{}").RequireExactly();
    }

    [Theory]
    [InlineData("", "")]
    [InlineData("AA==", "00")]
    [InlineData("AAE=", "0001")]
    [InlineData("AAEC", "000102")]
    [InlineData("+/+/", "fbffbf")]
    public void Canonical_base64_is_read(string text, string hex)
    {
        var value = JsonValue.Of(text);

        Assert.Equal(Convert.FromHexString(hex), value.Bytes());
        Assert.Equal(Convert.FromHexString(hex), value.Bytes(hex.Length / 2));
        Assert.Throws<VaultIntegrityException>(() => value.Bytes(hex.Length / 2 + 1));
    }

    [Theory]
    [InlineData("A")]
    [InlineData("AA")]
    [InlineData("AAA")]
    [InlineData("AB==")]
    [InlineData("AAF=")]
    [InlineData("AA=A")]
    [InlineData("A===")]
    [InlineData("====")]
    [InlineData("==")]
    [InlineData("AA==AA==")]
    [InlineData("AA== ")]
    [InlineData(" AA=")]
    [InlineData("AA==    ")]
    [InlineData("AAEC    ")]
    [InlineData("AA\n\n")]
    [InlineData("-_-_")]
    [InlineData("AAE\u00e9")]
    public void Other_base64_is_refused(string text) => Assert.Throws<VaultIntegrityException>(() => JsonValue.Of(text).Bytes());

    [Fact]
    public void Built_objects_are_sorted_and_repeats_refused()
    {
        var value = JsonValue.Of([KeyValuePair.Create("b", JsonValue.Of(1)), KeyValuePair.Create("\U0001f600", JsonValue.Null), KeyValuePair.Create("\ufb33", JsonValue.Of(true)), KeyValuePair.Create("a", JsonValue.Of([JsonValue.Of("x")]))]);

        Assert.Equal("{\"a\":[\"x\"],\"b\":1,\"\U0001f600\":null,\"\ufb33\":true}", Json.Write(value));
        Assert.Throws<ArgumentException>(() => JsonValue.Of([KeyValuePair.Create("a", JsonValue.Null), KeyValuePair.Create("a", JsonValue.Null)]));
    }

    [Fact]
    public void What_has_no_canonical_form_can_not_be_built()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => JsonValue.Of(-1));
        Assert.Throws<ArgumentOutOfRangeException>(() => JsonValue.Of(CanonicalJson.MaxNumber + 1));
        Assert.Throws<ArgumentNullException>(() => JsonValue.Of((string)null!));
        Assert.Equal("SR1012", Assert.Throws<VaultConfigurationException>(() => JsonValue.Of("\ud800")).Code);
        Assert.Equal("SR1012", Assert.Throws<VaultConfigurationException>(() => JsonValue.Of([KeyValuePair.Create("\udc00", JsonValue.Null)])).Code);
        Assert.Equal("9007199254740991", Json.Write(JsonValue.Of(CanonicalJson.MaxNumber)));
    }
}
