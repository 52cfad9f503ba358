using System.Text;
using Strongroom.Cryptography;
using Strongroom.Storage;

namespace Strongroom.Tests.LocalVaults;

/// <summary>Each way in which a file can be malformed, with the code and the line that the error names; and the caps, on both sides.</summary>
public sealed class VaultFileRefusalTests
{
    private const string Id = "00112233445566778899aabbccddeeff";
    private const string Good = "{\"strongroom\":{},\n\"secrets\":{\n\"a\":{},\n\"b/c\":{}\n},\n\"versions\":{\n\"" + Id + "/9\":{},\n\"" + Id + "/10\":{}\n}}\n";

    public static TheoryData<string, string, string, int> Malformed => new()
    {
        { "empty", "", "SR1203", 1 },
        { "byte order mark", "\uFEFF" + Good, "SR1203", 1 },
        { "another beginning", Good.Replace("{\"strongroom\":", "{ \"strongroom\":", StringComparison.Ordinal), "SR1203", 1 },
        { "no head", Good.Replace("{\"strongroom\":{},", "{\"strongroom\":,", StringComparison.Ordinal), "SR1203", 1 },
        { "no comma after the head", Good.Replace("{\"strongroom\":{},", "{\"strongroom\":{}", StringComparison.Ordinal), "SR1203", 1 },
        { "first line without end", "{\"strongroom\":{},", "SR1203", 1 },
        { "carriage return", Good.Replace("\n", "\r\n", StringComparison.Ordinal), "SR1203", 1 },
        { "other section first", Good.Replace("\"secrets\"", "\"secret\"", StringComparison.Ordinal), "SR1203", 2 },
        { "empty line", Good.Replace("\"a\":{},\n", "\n\"a\":{},\n", StringComparison.Ordinal), "SR1203", 3 },
        { "space before a name", Good.Replace("\"a\"", " \"a\"", StringComparison.Ordinal), "SR1203", 3 },
        { "space after the colon", Good.Replace("\"a\":", "\"a\": ", StringComparison.Ordinal), "SR1203", 3 },
        { "space at the end", Good.Replace("\"a\":{},", "\"a\":{}, ", StringComparison.Ordinal), "SR1203", 3 },
        { "record is no object", Good.Replace("\"a\":{}", "\"a\":1", StringComparison.Ordinal), "SR1203", 3 },
        { "no record", Good.Replace("\"a\":{}", "\"a\":", StringComparison.Ordinal), "SR1203", 3 },
        { "no colon", Good.Replace("\"a\":{}", "\"a\"{}", StringComparison.Ordinal), "SR1203", 3 },
        { "only a quote", Good.Replace("\"a\":{},", "\"", StringComparison.Ordinal), "SR1204", 3 },
        { "name without end", Good.Replace("\"a\":{},", "\"a", StringComparison.Ordinal), "SR1204", 3 },
        { "empty name", Good.Replace("\"a\"", "\"\"", StringComparison.Ordinal), "SR1204", 3 },
        { "name with a space", Good.Replace("\"a\"", "\"a b\"", StringComparison.Ordinal), "SR1204", 3 },
        { "name with an escape", Good.Replace("\"a\"", "\"\\u0061\"", StringComparison.Ordinal), "SR1204", 3 },
        { "name with a dot first", Good.Replace("\"a\"", "\".a\"", StringComparison.Ordinal), "SR1204", 3 },
        { "name with an empty segment", Good.Replace("\"b/c\"", "\"b//c\"", StringComparison.Ordinal), "SR1204", 4 },
        { "name with a slash at the end", Good.Replace("\"b/c\"", "\"b/\"", StringComparison.Ordinal), "SR1204", 4 },
        { "name going up", Good.Replace("\"b/c\"", "\"b/../c\"", StringComparison.Ordinal), "SR1204", 4 },
        { "name too long", Good.Replace("\"a\"", "\"a" + new string('a', 255) + "\"", StringComparison.Ordinal), "SR1204", 3 },
        { "comma missing", Good.Replace("\"a\":{},", "\"a\":{}", StringComparison.Ordinal), "SR1203", 3 },
        { "comma too many", Good.Replace("\"b/c\":{}", "\"b/c\":{},", StringComparison.Ordinal), "SR1203", 4 },
        { "same name twice", Good.Replace("\"b/c\"", "\"a\"", StringComparison.Ordinal), "SR1205", 4 },
        { "names out of order", Good.Replace("\"b/c\"", "\"A\"", StringComparison.Ordinal), "SR1205", 4 },
        { "secrets do not end", Good.Replace("\n},\n", "\n", StringComparison.Ordinal), "SR1203", 4 },
        { "versions missing", Good.Replace("\"versions\":{", "", StringComparison.Ordinal), "SR1203", 6 },
        { "version number with a zero", Good.Replace("/9", "/09", StringComparison.Ordinal), "SR1204", 7 },
        { "version number zero", Good.Replace("/9", "/0", StringComparison.Ordinal), "SR1204", 7 },
        { "version number too large", Good.Replace("/9", "/9007199254740992", StringComparison.Ordinal), "SR1204", 7 },
        { "version number with a sign", Good.Replace("/9", "/+9", StringComparison.Ordinal), "SR1204", 7 },
        { "version without number", Good.Replace("/9", "/", StringComparison.Ordinal), "SR1204", 7 },
        { "id in capitals", Good.Replace("ff/9", "FF/9", StringComparison.Ordinal), "SR1204", 7 },
        { "id too short", Good.Replace("ff/9", "f/9", StringComparison.Ordinal), "SR1204", 7 },
        { "versions in the order of bytes", Good.Replace("/9", "/11", StringComparison.Ordinal), "SR1205", 8 },
        { "last line missing", Good.Replace("}}\n", "", StringComparison.Ordinal), "SR1203", 9 },
        { "last line without end", Good[..^1], "SR1203", 9 },
        { "something after the end", Good + "\n", "SR1203", 10 },
    };

    [Fact]
    public void The_file_that_the_cases_are_made_from_is_good() => Assert.Equal(4, Count(VaultFileReader.Read(Encoding.UTF8.GetBytes(Good))));

    [Theory]
    [MemberData(nameof(Malformed))]
    public void A_malformed_file_is_refused_with_its_line(string what, string file, string code, int line)
    {
        var error = Assert.Throws<VaultIntegrityException>(() => Count(VaultFileReader.Read(Encoding.UTF8.GetBytes(file))));

        Assert.Equal((what, code), (what, error.Code));
        Assert.Contains($"Line {line} ", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_rows_are_not_looked_at_before_they_are_asked_for()
    {
        LoadedVault loaded = VaultFileReader.Read("{\"strongroom\":{},\nrubbish"u8.ToArray());

        Assert.Equal("{}"u8.ToArray(), loaded.Head.ToArray());
        Assert.Throws<VaultIntegrityException>(() => loaded.Image);
    }

    [Fact]
    public void Readers_and_writers_have_the_same_caps_of_records()
    {
        VaultImage full = Rows.Numbered(VaultFile.MaxRecords);
        VaultImage over = full.Apply([Rows.Record("one/more")], []);
        byte[] head = Rows.Head(1);

        VaultFile.CheckCaps(head, full);
        Assert.Equal(VaultFile.MaxRecords, Count(VaultFileReader.Read(VaultFileTests.Write(full))));
        Assert.Equal("SR1240", Assert.Throws<VaultLimitException>(() => VaultFile.CheckCaps(head, over)).Code);
        Assert.Equal("SR1206", Assert.Throws<VaultIntegrityException>(() => Count(VaultFileReader.Read(VaultFileTests.Write(over)))).Code);
    }

    [Fact]
    public void Readers_and_writers_have_the_same_caps_of_versions()
    {
        RandomId one = RandomId.FromBytes(new byte[16]);
        VaultImage full = Rows.Image([.. Enumerable.Range(1, VaultFile.MaxVersionsOfSecret).Select(i => Rows.Version(one, i)), Rows.Version(RandomId.New(), 1)]);
        VaultImage over = full.Apply([Rows.Version(one, 5_000)], []);

        VaultFile.CheckCaps(Rows.Head(1), full);
        Assert.Equal(VaultFile.MaxVersionsOfSecret + 1, Count(VaultFileReader.Read(VaultFileTests.Write(full))));
        Assert.Equal("SR1240", Assert.Throws<VaultLimitException>(() => VaultFile.CheckCaps(Rows.Head(1), over)).Code);
        var error = Assert.Throws<VaultIntegrityException>(() => Count(VaultFileReader.Read(VaultFileTests.Write(over))));
        Assert.Equal("SR1206", error.Code);
        Assert.Contains("Line 1005 ", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Readers_and_writers_have_the_same_caps_of_bytes()
    {
        StoredRow largest = Rows.Record(new string('n', 255), new string('x', VaultFile.MaxRowBytes - 8));
        StoredRow over = Rows.Record("n", new string('x', VaultFile.MaxRowBytes - 7));
        byte[] head = Encoding.ASCII.GetBytes("{\"" + new string('h', VaultFile.MaxHeadBytes - 3) + "}");

        byte[] file = VaultFileTests.Write(Rows.Image(largest));
        Assert.Equal(1, Count(VaultFileReader.Read(file)));
        Assert.Equal("SR1206", Assert.Throws<VaultIntegrityException>(() => Count(VaultFileReader.Read(Encoding.ASCII.GetBytes(Encoding.ASCII.GetString(file).Replace(":{\"x", ":{\"xx", StringComparison.Ordinal))))).Code);
        Assert.Equal("SR1241", Assert.Throws<VaultLimitException>(() => Rows.Image(over)).Code);

        VaultFile.CheckCaps(head, VaultImage.Empty);
        Assert.Equal(head.Length, VaultFileReader.Read(VaultFileTests.Write(VaultImage.Empty, head)).Head.Length);
        byte[] longer = [.. head.AsSpan(..^1), (byte)' ', (byte)'}'];
        Assert.Equal("SR1240", Assert.Throws<VaultLimitException>(() => VaultFile.CheckCaps(longer, VaultImage.Empty)).Code);
        Assert.Equal("SR1206", Assert.Throws<VaultIntegrityException>(() => VaultFileReader.Read(VaultFileTests.Write(VaultImage.Empty, longer))).Code);
    }

    [Theory]
    [InlineData("s/", "{}")]
    [InlineData("s/a b", "{}")]
    [InlineData("s//a", "{}")]
    [InlineData("v/00112233445566778899aabbccddeeff/0", "{}")]
    [InlineData("v/a", "{}")]
    [InlineData("t/", "{}")]
    [InlineData("x/a", "{}")]
    [InlineData("", "{}")]
    [InlineData("s/a", "")]
    [InlineData("s/a", "{")]
    [InlineData("s/a", "1")]
    [InlineData("s/a", "{}\n")]
    [InlineData("s/a", "{\n}")]
    [InlineData("s/a", "{\r}")]
    public void A_row_that_can_not_stand_in_a_file_is_refused(string key, string record) =>
        Assert.Throws<ArgumentException>(() => Rows.Image(new StoredRow(RowKey.FromStored(key), Encoding.UTF8.GetBytes(record))));

    [Fact]
    public void A_key_named_twice_in_a_commit_is_refused()
    {
        Assert.Throws<ArgumentException>(() => Rows.Image(Rows.Record("a"), Rows.Record("a")));
        Assert.Throws<ArgumentException>(() => VaultImage.Empty.Apply([Rows.Record("a")], [Rows.Record("a").Key]));
    }

    [Theory]
    [InlineData("")]
    [InlineData("{}")]
    [InlineData("[]")]
    [InlineData("""{"mac":"AAAA","revision":1}""")]
    [InlineData("""{"mac":null,"revision":1}""")]
    [InlineData("""{"mac":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=","revision":"1"}""")]
    [InlineData("""{"mac":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=","revision":1.5}""")]
    [InlineData("""{"mac":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=","revision":""")]
    [InlineData("""{"a":{"mac":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=","revision":1}}""")]
    public void A_head_without_mac_or_revision_is_refused(string head) =>
        Assert.Equal("SR1207", Assert.Throws<VaultIntegrityException>(() => HeadPeek.Read(Encoding.UTF8.GetBytes(head))).Code);

    private static int Count(LoadedVault loaded) => loaded.Image.Records.Length + loaded.Image.Versions.Length;
}
