using System.Text;

namespace Strongroom.Cryptography.Tests;

public sealed class CanonicalJsonTests
{
    [Theory]
    [InlineData("null")]
    [InlineData("true")]
    [InlineData("false")]
    [InlineData("0")]
    [InlineData("10")]
    [InlineData("9007199254740991")]
    [InlineData("\"\"")]
    [InlineData("\"a\\\"\\\\\\b\\t\\n\\f\\r\\u0000\\u001f/\u007f\u20ac\U0001f511\"")]
    [InlineData("[]")]
    [InlineData("[[],{},[1,2,null]]")]
    [InlineData("{}")]
    [InlineData("{\"\":1,\"a\":{\"b\":[true]},\"b\":\"c\"}")]
    [InlineData("{\"\\n\":1,\"\\r\":2,\"1\":3,\"\u0080\":4,\"\u00f6\":5,\"\u20ac\":6,\"\U0001f600\":7,\"\ufb33\":8}")]
    public void What_is_canonical_is_read_and_written_again(string text)
    {
        var value = CanonicalJson.Parse(Encoding.UTF8.GetBytes(text));

        Assert.Equal(text, Json.Write(value));
    }

    [Theory]
    [InlineData("")]
    [InlineData(" null")]
    [InlineData("null ")]
    [InlineData("nul")]
    [InlineData("NULL")]
    [InlineData("[1, 2]")]
    [InlineData("[1,]")]
    [InlineData("[,1]")]
    [InlineData("[1")]
    [InlineData("[")]
    [InlineData("]")]
    [InlineData("{")]
    [InlineData("{\"a\"")]
    [InlineData("{\"a\":")]
    [InlineData("{\"a\":1")]
    [InlineData("{\"a\":1,}")]
    [InlineData("{a:1}")]
    [InlineData("{\"a\" :1}")]
    [InlineData("{\"a\":1,\"a\":2}")]
    [InlineData("{\"b\":1,\"a\":2}")]
    [InlineData("{\"\ufb33\":1,\"\U0001f600\":2}")]
    [InlineData("-1")]
    [InlineData("-0")]
    [InlineData("+1")]
    [InlineData("00")]
    [InlineData("01")]
    [InlineData("1.0")]
    [InlineData("1e3")]
    [InlineData("9007199254740992")]
    [InlineData("99999999999999999999999999")]
    [InlineData("NaN")]
    [InlineData("\"a")]
    [InlineData("\"\\")]
    [InlineData("\"\\\"")]
    [InlineData("\"\\u0041\"")]
    [InlineData("\"\\u001F\"")]
    [InlineData("\"\\u000a\"")]
    [InlineData("\"\\/\"")]
    [InlineData("\"\\ud800\"")]
    [InlineData("\"\\ud83d\\ude00\"")]
    [InlineData("\"\\u00\"")]
    [InlineData("\"\n\"")]
    [InlineData("\"\0\"")]
    [InlineData("/**/1")]
    [InlineData("1//")]
    [InlineData("\ufeff1")]
    [InlineData("1 1")]
    [InlineData("'a'")]
    public void What_is_not_canonical_is_refused(string text) => AssertRefused(Encoding.UTF8.GetBytes(text));

    [Theory]
    [InlineData("61ff62")]
    [InlineData("22ff22")]
    [InlineData("22c3")]
    [InlineData("22c0af22")]
    [InlineData("22eda08022")]
    [InlineData("22f490808022")]
    public void Invalid_utf8_is_refused(string hex) => AssertRefused(Convert.FromHexString(hex));

    [Theory]
    [InlineData('[', ']')]
    [InlineData('{', '}')]
    public void Nesting_of_64_levels_is_read_and_of_65_refused(char open, char close)
    {
        var (begin, innermost) = open == '[' ? ("[", "1") : ("{\"a\":", "1");
        string Nested(int depth) => string.Concat(Enumerable.Repeat(begin, depth)) + innermost + new string(close, depth);

        Assert.Equal(Nested(64), Json.Write(Json.Parse(Nested(64))));
        AssertRefused(Encoding.UTF8.GetBytes(Nested(65)));
        AssertRefused(Encoding.UTF8.GetBytes(new string(open, 100_000)));
    }

    [Fact]
    public void Members_and_items_are_capped_for_each_object_and_in_all()
    {
        static byte[] Array(int count) => Encoding.UTF8.GetBytes($"[{string.Join(',', Enumerable.Repeat("0", count))}]");
        static byte[] Object(int count) => Encoding.UTF8.GetBytes($"{{{string.Join(',', Enumerable.Range(0, count).Select(i => $"\"{i:d6}\":0"))}}}");
        static byte[] Nested(int count) => Encoding.UTF8.GetBytes($"[{string.Join(',', Enumerable.Repeat("[0,0,0]", count))}]");

        Assert.Equal(10, CanonicalJson.Parse(Array(10), 10).Items.Count);
        Assert.Equal(10, CanonicalJson.Parse(Object(10), 10).Members.Count);
        Assert.Equal(4096, CanonicalJson.Parse(Array(4096)).Items.Count);
        Assert.Equal(19, CanonicalJson.Parse(Nested(19), 19).Items.Count);
        AssertRefused(Array(11), 10);
        AssertRefused(Object(11), 10);
        AssertRefused(Array(4097), 4096);
        AssertRefused(Nested(5), 2);
        // 1 + 4 * 4 values are over 8 * 2.
        AssertRefused(Encoding.UTF8.GetBytes("[[[0,0],[0,0]],[[0,0],[0,[0,0]]]]"), 2);
        Assert.Throws<ArgumentOutOfRangeException>(() => CanonicalJson.Parse("1"u8, 0));
    }

    [Fact]
    public void A_bomb_of_a_million_members_is_refused_at_once_and_without_much_memory()
    {
        var bomb = Encoding.UTF8.GetBytes($"{{{string.Join(',', Enumerable.Range(0, 1_000_000).Select(i => $"\"{i:d7}\":[]"))}}}");
        AssertRefused(bomb[..100]);
        var before = GC.GetAllocatedBytesForCurrentThread();

        AssertRefused(bomb);

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 4 * 1024 * 1024);
    }

    [Fact]
    public void Errors_do_not_show_content()
    {
        var error = Assert.Throws<VaultIntegrityException>(() => Json.Parse("{\"hunter2\":\"hunter2\", }"));

        Assert.DoesNotContain("hunter2", error.ToString(), StringComparison.Ordinal);
        Assert.NotNull(error.Hint);
        Assert.False(error.IsTransient);
    }

    private static void AssertRefused(byte[] utf8, int maxMembers = 4096) =>
        Assert.Equal("SR1010", Assert.Throws<VaultIntegrityException>(() => CanonicalJson.Parse(utf8, maxMembers)).Code);
}
