using CsCheck;

namespace Strongroom.Tests.Secrets;

public sealed class SecretReferenceTests
{
    private static readonly Gen<string> Word = Gen.Select(Gen.Char["abcXYZ019"], Gen.String[Gen.Char["abcXYZ019._-"], 0, 12], (first, rest) => first + rest);

    private static readonly Gen<SecretReference> References = Gen.Select(
        Word.Array[1, 4], Word.Null(), Word.Null(), Gen.Long[1, (1L << 53) - 1].Nullable(), Gen.Enum<SecretReferenceForm>(),
        (path, field, store, version, form) => new SecretReference(string.Join('/', path), field, store, version, form));

    [Fact]
    public void Text_and_reference_are_two_forms_of_one_thing() => References.Sample(reference =>
    {
        Assert.Equal(reference, SecretReference.Parse(reference.ToString()));
        Assert.True(SecretReference.IsReference(reference.ToString()));
    });

    [Fact]
    public void Percent_encoding_does_not_change_what_is_meant() => Gen.Select(References, Gen.Int[0, 1000]).Sample((reference, seed) =>
    {
        // Any letter or digit of path, field and store may be encoded.
        var random = new Random(seed);
        string encoded = string.Concat(new SecretReference(reference.Name, reference.Field, reference.Store).ToString()[SecretReference.Scheme.Length..]
            .Select(character => char.IsAsciiLetterOrDigit(character) && random.Next(3) == 0 ? $"%{(int)character:X2}" : character.ToString()));

        Assert.Equal(new SecretReference(reference.Name, reference.Field, reference.Store), SecretReference.Parse(SecretReference.Scheme + encoded));
    });

    [Fact]
    public void Whatever_is_read_is_read_back_and_nothing_else_throws_otherwise() => Gen.String[Gen.Char["ab/#?@%=&v3s.\0é "], 0, 20].Sample(text =>
    {
        if (SecretReference.TryParse(SecretReference.Scheme + text, out SecretReference? reference))
            Assert.Equal(reference, SecretReference.Parse(reference.ToString()));
    });

    [Theory]
    [InlineData("strongroom://db/main", "db/main", null, null, null, SecretReferenceForm.Value)]
    [InlineData("strongroom://db/main#password", "db/main", "password", null, null, SecretReferenceForm.Value)]
    [InlineData("strongroom://prod@db/main#password?v=3", "db/main", "password", "prod", 3L, SecretReferenceForm.Value)]
    [InlineData("strongroom://tls/key?as=base64", "tls/key", null, null, null, SecretReferenceForm.Base64)]
    [InlineData("strongroom://login/mail#seed?as=otp&v=2", "login/mail", "seed", null, 2L, SecretReferenceForm.Otp)]
    [InlineData("strongroom://db%2Emain", "db.main", null, null, null, SecretReferenceForm.Value)]
    public void References_are_read(string text, string name, string? field, string? store, long? version, SecretReferenceForm form) =>
        Assert.Equal(new SecretReference(name, field, store, version, form), SecretReference.Parse(text));

    [Theory]
    [InlineData("", "does not begin")]
    [InlineData("https://db/main", "does not begin")]
    [InlineData("Strongroom://db/main", "lower case")]
    [InlineData("strongroom://", "no path")]
    [InlineData("strongroom://prod@", "no path")]
    [InlineData("strongroom://#password", "no path")]
    [InlineData("strongroom://db/main#", "field after '#'")]
    [InlineData("strongroom://db/main#a#b", "field after '#'")]
    [InlineData("strongroom://@db/main", "store before '@'")]
    [InlineData("strongroom://a b@db", "store before '@'")]
    [InlineData("strongroom://db/main?v=0", "version")]
    [InlineData("strongroom://db/main?v=03", "version")]
    [InlineData("strongroom://db/main?v=-1", "version")]
    [InlineData("strongroom://db/main?v=", "version")]
    [InlineData("strongroom://db/main?v=9007199254740992", "version")]
    [InlineData("strongroom://db/main?v=1&v=1", "at most once")]
    [InlineData("strongroom://db/main?as=hex", "at most once")]
    [InlineData("strongroom://db/main?", "at most once")]
    [InlineData("strongroom://db/main?v=3#password", "before the '?'")]
    [InlineData("strongroom://db%2Fmain", "encoded slash")]
    [InlineData("strongroom://db%2", "two hexadecimal digits")]
    [InlineData("strongroom://db%zz", "two hexadecimal digits")]
    [InlineData("strongroom://db%+1", "two hexadecimal digits")]
    [InlineData("strongroom://db%ff", "UTF-8")]
    [InlineData("strongroom://é%41", "not percent-encoded")]
    public void What_does_not_fit_is_refused_and_the_reason_given(string text, string reason)
    {
        var error = Assert.Throws<VaultConfigurationException>(() => SecretReference.Parse(text));

        Assert.Equal("SR1116", error.Code);
        Assert.Contains(reason, error.Message, StringComparison.Ordinal);
        Assert.False(SecretReference.TryParse(text, out _));
    }

    [Theory]
    [InlineData("strongroom:///db")]
    [InlineData("strongroom://db//main")]
    [InlineData("strongroom://é")]
    [InlineData("strongroom://../db")]
    public void A_path_is_a_secret_name(string text) => Assert.Equal("SR1101", Assert.Throws<VaultConfigurationException>(() => SecretReference.Parse(text)).Code);

    [Fact]
    public void A_long_text_is_refused_before_it_is_read() =>
        Assert.Contains("at most", Assert.Throws<VaultConfigurationException>(() => SecretReference.Parse(SecretReference.Scheme + new string('a', 5000))).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("sk-live-1234", false)]
    [InlineData("strongroom:/db", false)]
    [InlineData("STRONGROOM://db", true)]
    public void A_reference_in_the_wrong_case_still_counts_as_meant(string text, bool meant) => Assert.Equal(meant, SecretReference.IsReference(text));

    [Fact]
    public void It_selects_the_value_or_the_field()
    {
        using var plain = new SecretData("a", Metadata(), SecretValue.FromBytes("plain"u8));
        using var fields = new SecretData("b", Metadata(), SecretValue.FromFields([new("user", SecretValue.FromBytes("me"u8)), new("password", SecretValue.FromBytes("pw"u8))]));

        Assert.Equal("plain"u8.ToArray(), SecretReference.Parse("strongroom://a").Select(plain).ToArray());
        Assert.Equal("pw"u8.ToArray(), SecretReference.Parse("strongroom://b#password").Select(fields).ToArray());
        Assert.Contains("#password, #user", Refusal("strongroom://b", fields).Hint, StringComparison.Ordinal);
        Assert.Contains("password, user", Refusal("strongroom://b#pin", fields).Hint, StringComparison.Ordinal);
        Assert.Contains("strongroom://a", Refusal("strongroom://a#x", plain).Hint, StringComparison.Ordinal);
    }

    private static SecretNotFoundException Refusal(string reference, SecretData secret) =>
        Assert.Throws<SecretNotFoundException>(() => { SecretReference.Parse(reference).Select(secret); });

    private static SecretMetadata Metadata() => new() { CreatedAt = DateTimeOffset.UnixEpoch, UpdatedAt = DateTimeOffset.UnixEpoch };
}
