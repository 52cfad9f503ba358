using System.Diagnostics;
using System.Text;
using CsCheck;
using Strongroom.Cli.Moving;

namespace Strongroom.Cli.Tests.Moving;

/// <summary>Files that are damaged, hostile or enormous: refused with the line, never an exception of another kind, never for long.</summary>
public sealed class HostileInputTests
{
    private static readonly Dictionary<string, string> Good = new(StringComparer.Ordinal)
    {
        ["bundle"] = """{"schema":1,"format":"strongroom-bundle","secrets":[{"name":"a","type":"generic","tags":{"k":"v"},"expires_at":null,"fields":{"x":{"encoding":"base64","data":"AAE="}}}]}""",
        ["dotenv"] = "# c\nexport A='1'\nB=\"x\\n${A}\" # d\nC=`z`\nD=bare # e\n",
        ["json"] = """{"a": "1", "b": {"x": "2", "y": 3, "z": true}}""",
        ["yaml"] = "a: 1\nb:\n  x: |\n    two\n  y: 'three'\n",
        ["csv"] = "name,field,value,encoding\na,x,\"1\n2\",\nb,,AAE=,base64\n",
        ["user-secrets"] = "{\n  // c\n  \"A:B\": \"1\",\n}",
        ["appsettings"] = """{"A": {"B": ["x", {"C": null}]}}""",
        ["keepass-xml"] = "<KeePassFile><Meta><Binaries><Binary ID=\"0\" Compressed=\"True\">H4sIAAAAAAACA0tMAgBtSIOeAgAAAA==</Binary></Binaries></Meta><Root><Group><Name>R</Name><Entry><String><Key>Title</Key><Value>a</Value></String><String><Key>Password</Key><Value>1</Value></String><Binary><Key>f</Key><Value Ref=\"0\"/></Binary></Entry></Group></Root></KeePassFile>",
        ["bitwarden-json"] = """{"encrypted":false,"folders":[{"id":"1","name":"f"}],"items":[{"folderId":"1","type":1,"name":"a","login":{"uris":[{"uri":"u"}],"username":"n","password":"p","totp":null},"fields":[{"name":"x","value":"y"}]}]}""",
        ["1password-csv"] = "Title,Url,Username,Password,OTPAuth,Favorite,Archived,Tags,Notes\nA,u,n,p,,false,true,x;y,\n",
        ["k8s"] = "apiVersion: v1\nkind: Secret\nmetadata: {name: a, namespace: n}\ndata: {x: AAE=}\nstringData: {y: z}\n---\nkind: List\nitems: []\n",
    };

    public static TheoryData<string> Formats => [.. MoveFormats.All.Select(format => format.Name)];

    [Theory]
    [MemberData(nameof(Formats))]
    public void Damaged_files_are_problems_and_nothing_else(string word)
    {
        var good = Encoding.UTF8.GetBytes(Good[word]);
        Assert.False(Read(word, good, out var count));
        Assert.True(count > 0);

        var damage = Gen.Select(Gen.Int[0, good.Length - 1], Gen.Int[0, 12], Gen.OneOf(Words.OneOf("\"", "'", "{", "}", "[", "<", ">", "&", ",", ":", "\n", "\0", "\\", "\\ud800", "=", "-", "*a", "!t ", "&a "), Gen.String[0, 8]).Select(Encoding.UTF8.GetBytes));
        damage.Array[1, 4].Sample(damages =>
        {
            var bytes = good.ToList();
            foreach (var (at, length, text) in damages)
            {
                var from = Math.Min(at, bytes.Count);
                bytes.RemoveRange(from, Math.Min(length, bytes.Count - from));
                bytes.InsertRange(from, text);
            }

            // The verb gives formats UTF-8 only.
            var valid = Encoding.UTF8.GetBytes(Encoding.UTF8.GetString([.. bytes]));
            Read(word, valid, out _);
        }, iter: 1500);
    }

    [Theory]
    [MemberData(nameof(Formats))]
    public void Deep_nesting_is_refused_at_once(string word)
    {
        foreach (var (open, count) in (ReadOnlySpan<(string, int)>)[("[", 100_000), ("{\"a\":", 100_000), ("- ", 50_000), ("<a>", 100_000), ("\"", 100_001), ("{a: ", 100_000)])
        {
            var watch = Stopwatch.StartNew();
            Read(word, Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat(open, count))), out _);
            Assert.True(watch.Elapsed < TimeSpan.FromSeconds(20), $"{word}: {open} took {watch.Elapsed}");
        }
    }

    [Fact]
    public void An_alias_bomb_is_refused()
    {
        var yaml = "a: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]\n"u8.ToArray();

        Assert.Contains("line 1: anchors and aliases are not taken", Refusal("yaml", yaml), StringComparison.Ordinal);
    }

    [Fact]
    public void A_dtd_is_refused()
    {
        var xml = "<!DOCTYPE a [<!ENTITY x SYSTEM \"file:///etc/passwd\">]><KeePassFile><Root><Group><Name>&x;</Name></Group></Root></KeePassFile>"u8.ToArray();

        Assert.Contains("it has a DTD", Refusal("keepass-xml", xml), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("dotenv", "A=1\nB=2\nA=3\n", "line 3: A occurs twice, the first time in line 1")]
    [InlineData("dotenv", "A=1\nnot a line\n", "line 2: this is not NAME=value")]
    [InlineData("dotenv", "A='1\n2\n", "line 1: A: the closing quote is missing")]
    [InlineData("dotenv", "A=\"1\" 2\n", "line 1: A: something follows the closing quote")]
    [InlineData("dotenv", "\n\nA=\"encrypted:BC7x\"\n", "line 3: A is encrypted by dotenvx")]
    [InlineData("json", "{\n\"a\": \"1\",\n\"a\": \"2\"}", "line 3: 'a' occurs twice, the first time in line 2")]
    [InlineData("json", "{\n\"a\": [1]}", "line 2: 'a' is a list")]
    [InlineData("json", "{\n\"a\": \"1\",\n}", "line 3: this is not well-formed JSON")]
    [InlineData("json", "{\"a\":\n\"\\ud800\"}", "line 2: a text here has half of a surrogate pair")]
    [InlineData("yaml", "a: 1\nb: !!binary AA==\n", "line 2: tags are not taken")]
    [InlineData("yaml", "a: 1\na: 2\n", "line 2: 'a' occurs twice, the first time in line 1")]
    [InlineData("yaml", "a: 1\n b: 2\n", "this is not well-formed YAML")]
    [InlineData("yaml", "a: 1\n---\nb: 2\n", "line 3: one document is expected")]
    [InlineData("csv", "name,value\na,1\nb\n", "line 3: there are 1 cells here and 2 in the header")]
    [InlineData("csv", "name,value\na,\"1\n2\"x\n", "something follows the closing quote of a cell")]
    [InlineData("csv", "user,pass\na,b\n", "line 1: there is no column 'name' or 'title'")]
    [InlineData("csv", "name,value\na,1\na,2\n", "line 3: a occurs twice, the first time in line 2")]
    [InlineData("csv", "name,value,colour\na,1,2\n", "line 1: the column 'colour' is unknown")]
    [InlineData("user-secrets", "{\"A:B\":\"1\",\n\"a:b\":\"2\"}", "line 2: 'a/b' occurs twice, the first time in line 1: configuration ignores case")]
    [InlineData("k8s", "kind: Secret\nmetadata: {name: a}\ndata:\n  x: '***'\n", "line 4: a: 'x' is not base64")]
    [InlineData("k8s", "a: 1\n", "line 1: this is no object of Kubernetes")]
    [InlineData("bitwarden-json", "{\"encrypted\": true, \"data\": \"2.abc\"}", "line 1: this export is encrypted")]
    [InlineData("1password-csv", "Title,Password,Secret\na,b,c\n", "line 1: 1Password has no column 'Secret'")]
    [InlineData("bundle", "{}", "line 1: this is not a bundle")]
    [InlineData("keepass-xml", "<a/>", "line 1: this is not XML of KeePass 2")]
    public void A_bad_place_is_named_with_its_line(string word, string content, string expected)
    {
        Assert.Contains(expected, Refusal(word, Encoding.UTF8.GetBytes(content)), StringComparison.Ordinal);
    }

    private static string Refusal(string word, byte[] content)
    {
        using var sink = new ImportSink();
        MoveFormats.Named(word).Read(content, sink);
        return Assert.Throws<CliException>(() => sink.Problems.ThrowIfAny("The file can't be imported")).Message;
    }

    private static bool Read(string word, byte[] content, out int count)
    {
        using var sink = new ImportSink();
        MoveFormats.Named(word).Read(content, sink);
        count = sink.Secrets.Count;
        return sink.Problems.Any;
    }
}
