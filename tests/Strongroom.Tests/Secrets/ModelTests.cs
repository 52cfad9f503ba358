using System.Globalization;
using System.Text;
using CsCheck;
using Strongroom.Cryptography;
using Strongroom.Tests.Vault;

namespace Strongroom.Tests.Secrets;

/// <summary>Names, types, metadata and values: what they take, what they refuse, what they never show.</summary>
public sealed class ModelTests
{
    [Theory]
    [InlineData("a")]
    [InlineData("0")]
    [InlineData("broker/binance")]
    [InlineData("A.b_c-d/9/x..y")]
    public void Names_of_the_grammar_are_taken_as_they_are(string text)
    {
        Assert.Equal(text, SecretName.Parse(text).ToString());
        Assert.True(SecretName.TryParse(text, out SecretName name));
        Assert.Equal(SecretName.FromString(text), name);
        Assert.True(SecretName.IsValid(text));
    }

    [Theory]
    [InlineData("", "empty")]
    [InlineData("/", "segment is empty")]
    [InlineData("a/", "segment is empty")]
    [InlineData("/a", "segment is empty")]
    [InlineData("a//b", "segment is empty")]
    [InlineData("..", "begins with '.'")]
    [InlineData("a/../b", "begins with '.'")]
    [InlineData("-a", "begins with '-'")]
    [InlineData("a b", "character 2")]
    [InlineData("a\0", "character 2")]
    [InlineData("é", "character 1")]
    [InlineData("a\\b", "character 2")]
    public void Other_names_are_refused_with_the_reason_and_never_repaired(string text, string reason)
    {
        var error = Assert.Throws<VaultConfigurationException>(() => SecretName.Parse(text));
        Assert.Equal("SR1101", error.Code);
        Assert.Contains(reason, error.Message, StringComparison.Ordinal);
        Assert.False(SecretName.TryParse(text, out _));
        Assert.False(SecretName.IsValid(text));
    }

    [Fact]
    public void A_name_has_at_most_255_characters()
    {
        Assert.Equal(255, SecretName.Parse(new string('a', 255)).ToString().Length);
        Assert.Contains("256", Assert.Throws<VaultConfigurationException>(() => SecretName.Parse(new string('a', 256))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_error_about_a_name_can_be_shown_on_a_terminal()
    {
        string message = Assert.Throws<VaultConfigurationException>(() => SecretName.Parse("\e[2J\u202e" + new string('x', 10_000))).Message;

        Assert.DoesNotContain('\e', message);
        Assert.DoesNotContain('\u202e', message);
        Assert.True(message.Length < 200, message);
    }

    [Fact]
    public void Any_text_is_a_name_exactly_when_the_grammar_says_so() => Gen.String[Gen.OneOf(Gen.Char["aZ09._-/"], Gen.Char), 0, 12].Sample(text =>
        Assert.Equal(System.Text.RegularExpressions.Regex.IsMatch(text, @"\A[A-Za-z0-9][A-Za-z0-9._-]*(/[A-Za-z0-9][A-Za-z0-9._-]*)*\z"), SecretName.IsValid(text)));

    [Fact]
    public void Names_are_ordered_by_their_bytes()
    {
        SecretName[] names = ["b", "a/b", "a-b", "B", "a", "a.b"];

        Assert.Equal(["B", "a", "a-b", "a.b", "a/b", "b"], names.Order().Select(name => name.ToString()));
        Assert.True(SecretName.Parse("B") < SecretName.Parse("a"));
        Assert.NotEqual(SecretName.Parse("a"), SecretName.Parse("A"));
        Assert.Equal("", default(SecretName).ToString());
    }

    [Fact]
    public void The_nine_types_have_the_texts_of_the_format()
    {
        string[] expected = ["api_key", "database_credentials", "password", "certificate", "private_key", "token", "encryption_key", "connection_string", "generic"];

        Assert.Equal(expected, SecretType.WellKnown.Select(type => type.ToString()));
        Assert.All(expected, text => Assert.Contains(SecretType.Parse(text), SecretType.WellKnown));
        Assert.Equal(SecretType.Generic, default);
        Assert.Equal("my_own_2", SecretType.Parse("my_own_2").ToString());
        Assert.Equal(64, SecretType.Parse(new string('a', 64)).ToString().Length);
    }

    [Theory]
    [InlineData("")]
    [InlineData("API_KEY")]
    [InlineData("api-key")]
    [InlineData("1a")]
    [InlineData("_a")]
    [InlineData("a b")]
    [InlineData("ä")]
    [InlineData("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa")]
    public void Other_types_are_refused(string text)
    {
        Assert.Equal("SR1102", Assert.Throws<VaultConfigurationException>(() => SecretType.Parse(text)).Code);
        Assert.False(SecretType.TryParse(text, out _));
    }

    [Fact]
    public void A_value_prints_three_stars_wherever_it_is_put()
    {
        using SecretValue value = SecretValue.DangerousFromString("hunter2");
        var data = new SecretData("a", Metadata(), SecretValue.DangerousFromString("hunter2"));

        foreach (string text in (string[])[value.ToString(), $"{value}", string.Format(CultureInfo.InvariantCulture, "{0}", value), data.ToString()!])
        {
            Assert.Contains("***", text, StringComparison.Ordinal);
            Assert.DoesNotContain("hunter2", text, StringComparison.Ordinal);
        }

        data.Dispose();
    }

    [Fact]
    public void A_disposed_value_can_not_be_read()
    {
        SecretValue value = SecretValue.DangerousFromString("hunter2");
        value.Dispose();
        value.Dispose();

        Assert.Throws<ObjectDisposedException>(() => value.Span.Length);
        Assert.Throws<ObjectDisposedException>(() => value.DangerousRevealString());
        Assert.Equal("***", value.ToString());
    }

    [Fact]
    public void A_value_copies_and_leaves_the_source_alone()
    {
        byte[] source = [1, 2, 3];
        using SecretValue value = SecretValue.FromBytes(source);
        source[0] = 9;

        Assert.Equal<byte>([1, 2, 3], value.Span.ToArray());
        Assert.False(value.HasFields);
        Assert.Empty(value.FieldNames);
    }

    [Fact]
    public void Fields_are_found_by_name_and_are_no_plain_value()
    {
        using SecretValue value = Fields(("b", "2"), ("a", "1"), ("empty", ""));

        Assert.Equal(["a", "b", "empty"], value.FieldNames);
        Assert.Equal("1", value.DangerousRevealString("a"));
        Assert.True(value.TryGetField("empty", out ReadOnlySpan<byte> empty) && empty.IsEmpty);
        Assert.False(value.TryGetField("A", out _));
        Assert.Throws<InvalidOperationException>(() => value.Span.Length);
        var missing = Assert.Throws<SecretNotFoundException>(() => value.DangerousRevealString("c"));
        Assert.Equal("SR1104", missing.Code);
        Assert.Contains("a, b, empty", missing.Hint, StringComparison.Ordinal);
    }

    [Fact]
    public void Equality_is_of_shape_and_bytes()
    {
        using SecretValue one = SecretValue.DangerousFromString("x"), same = SecretValue.DangerousFromString("x"), other = SecretValue.DangerousFromString("y"), longer = SecretValue.DangerousFromString("xx");
        using SecretValue fields = Fields(("a", "1"), ("b", "2")), turned = Fields(("b", "2"), ("a", "1")), split = Fields(("a", "12"), ("b", ""));

        Assert.True(one.FixedTimeEquals(same));
        Assert.False(one.FixedTimeEquals(other));
        Assert.False(one.FixedTimeEquals(longer));
        Assert.True(fields.FixedTimeEquals(turned));
        Assert.False(fields.FixedTimeEquals(split));
        Assert.False(fields.FixedTimeEquals(one));
    }

    [Fact]
    public void Impossible_values_are_refused_without_quoting_them()
    {
        var surrogate = Assert.Throws<VaultConfigurationException>(() => SecretValue.DangerousFromString("hunter\ud800"));
        Assert.Equal("SR1103", surrogate.Code);
        Assert.DoesNotContain("hunter", surrogate.ToString(), StringComparison.Ordinal);
        using SecretValue bytes = SecretValue.FromBytes([0xff]);
        Assert.Equal("SR1105", Assert.Throws<VaultConfigurationException>(() => bytes.DangerousRevealString()).Code);
        Assert.Equal("SR1106", Assert.Throws<VaultConfigurationException>(() => Fields()).Code);
        Assert.Equal("SR1106", Assert.Throws<VaultConfigurationException>(() => Fields([.. Enumerable.Range(0, 257).Select(i => ($"f{i}", ""))])).Code);
        Assert.Equal("SR1107", Assert.Throws<VaultConfigurationException>(() => Fields(("no spaces", "1"))).Code);
        Assert.Equal("SR1107", Assert.Throws<VaultConfigurationException>(() => Fields((new string('a', 65), "1"))).Code);
        Assert.Equal("SR1108", Assert.Throws<VaultConfigurationException>(() => Fields(("a", "1"), ("a", "2"))).Code);
        Assert.Equal("SR1109", Assert.Throws<VaultConfigurationException>(() => SecretValue.FromFields([new("a", Fields(("b", "1")))])).Code);
    }

    [Fact]
    public void Fields_of_any_bytes_survive() => Gen.Dictionary(Gen.String[Gen.Char["abcXYZ0189"], 1, 8], Gen.Byte.Array[0, 40])[1, 8].Sample(expected =>
    {
        using SecretValue value = SecretValue.FromFields(expected.Select(field => KeyValuePair.Create(field.Key, SecretValue.FromBytes(field.Value))));
        using SecretValue again = SecretValue.FromPayload(SecretBuffer.CopyOf(value.Payload));
        Assert.Equal(expected.Keys.Order(StringComparer.Ordinal), again.FieldNames);
        foreach ((string name, byte[] bytes) in expected)
            Assert.True(again.TryGetField(name, out ReadOnlySpan<byte> found) && found.SequenceEqual(bytes));
    });

    [Fact]
    public void Metadata_has_the_defaults_of_the_format()
    {
        SecretMetadata metadata = Metadata();

        Assert.Equal((1, 0, "current", "", false), (metadata.Version, metadata.RotationCount, metadata.State, metadata.Description, metadata.IsDeleted));
        Assert.Null(metadata.ExpiresAt);
        Assert.Null(metadata.LastAccessed);
        Assert.Empty(metadata.Tags);
        Assert.Same(StringComparer.Ordinal, metadata.Tags.KeyComparer);
        Assert.Equal(SecretType.Generic, metadata.SecretType);
        Assert.True((metadata with { State = "deleted" }).IsDeleted);
    }

    [Fact]
    public async Task Metadata_over_its_limits_is_refused_and_nothing_is_written()
    {
        using var vault = new TestVault();
        await using SecretsManager manager = await vault.CreateWithAsync("a");
        Dictionary<string, string> tags(params (string Key, string Value)[] all) => all.ToDictionary(tag => tag.Key, tag => tag.Value, StringComparer.Ordinal);
        (string Code, SetOptions Options)[] cases =
        [
            ("SR1112", new SetOptions { Description = new string('ä', 2049) }),
            ("SR1113", new SetOptions { Tags = tags([.. Enumerable.Range(0, 65).Select(i => ($"k{i}", "v"))]) }),
            ("SR1114", new SetOptions { Tags = tags(("", "v")) }),
            ("SR1114", new SetOptions { Tags = tags((new string('k', 129), "v")) }),
            ("SR1114", new SetOptions { Tags = tags(("k", new string('v', 1025))) }),
            ("SR1115", new SetOptions { Description = "\ud800" }),
            ("SR1115", new SetOptions { Tags = tags(("k", "\udc00")) }),
        ];

        foreach ((string code, SetOptions options) in cases)
        {
            StrongroomException error = await Assert.ThrowsAnyAsync<StrongroomException>(() => manager.SetAsync("a", "new", options));
            Assert.Equal(code, error.Code);
        }

        Assert.Equal("value of a", await manager.TextAsync("a"));
        await manager.SetAsync("a", "new", new SetOptions { Description = new string('ä', 2048), Tags = tags([.. Enumerable.Range(0, 64).Select(i => ($"k{i}", new string('v', 1024)))]) });
        Assert.Equal(64, (await manager.GetMetadataAsync("a", TestContext.Current.CancellationToken))!.Tags.Count);
    }

    private static SecretMetadata Metadata() => new() { CreatedAt = DateTimeOffset.UnixEpoch, UpdatedAt = DateTimeOffset.UnixEpoch };

    private static SecretValue Fields(params (string Name, string Value)[] fields) =>
        SecretValue.FromFields(fields.Select(field => KeyValuePair.Create(field.Name, SecretValue.FromBytes(Encoding.UTF8.GetBytes(field.Value)))));
}
