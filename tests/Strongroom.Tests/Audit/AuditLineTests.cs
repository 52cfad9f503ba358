using CsCheck;
using Strongroom.Audit;
using Strongroom.Cryptography;

namespace Strongroom.Tests.Audit;

/// <summary>The parser of lines takes exactly the canonical entries: what the general reader of canonical JSON takes, with the members of an entry.</summary>
public sealed class AuditLineTests
{
    private const string Line =
        """{"actor":"a@h \"p\"\n\u001f ü[1]","chain":"00112233445566778899aabbccddeeff","count":2,"index":17,"mac":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=","operation":"read","outcome":"ok","previous":"/////////////////////////////////////////w=","revision":9,"secrets":[{"count":1,"name":"a/b","operation":"read","version":3},{"count":1,"name":"c","operation":"read","version":4}],"time":"2024-02-29T23:59:59.999Z"}""";

    private static readonly string[] Pieces = [" ", "\\u0041", "\\n", "\\u000a", "\\u001f", "\\u001F", "\\/", "0", "00", "-1", "1.0", "{}", "[]", ",", "\"", "SR1234", "\u0001", "\\\""];

    [Fact]
    public void A_line_has_all_its_parts()
    {
        string line = Line.Replace("/////////////////////////////////////////w=", Convert.ToBase64String(Enumerable.Repeat((byte)255, 32).ToArray()), StringComparison.Ordinal);
        Assert.True(AuditLine.TryParse(Utf8.Strict.GetBytes(line), out AuditLine parsed));

        AuditEntry entry = parsed.ToEntry();

        Assert.Equal("a@h \"p\"\n\u001f ü[1]", entry.Actor);
        Assert.Equal((17, 9, 2, "read", "ok"), (entry.Index, entry.Revision, entry.Count, entry.Operation, entry.Outcome));
        Assert.Equal(new DateTimeOffset(2024, 2, 29, 23, 59, 59, 999, TimeSpan.Zero), entry.Time);
        Assert.Equal([new("a/b", "read", 3, 1), new("c", "read", 4, 1)], entry.Secrets);
        Assert.Equal(line, entry.Line);
        Assert.Equal(line.Replace("\"mac\":\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\",", "", StringComparison.Ordinal), Utf8.Strict.GetString([.. parsed.BeforeMac, .. parsed.AfterMac]));
    }

    [Fact]
    public void Whatever_is_changed_the_parser_agrees_with_the_reader_of_canonical_JSON()
    {
        using var log = new AuditFixture(new AuditOptions { Program = "q\"\\ü" });
        log.Read("a/b");
        byte[] line = Utf8.Strict.GetBytes(log.Lines()[1]);
        Gen<byte[]> replacements = Gen.OneOf(Gen.Byte.Array[0, 3], Gen.Int[0, Pieces.Length - 1].Select(i => Utf8.Strict.GetBytes(Pieces[i])));

        Gen.Select(Gen.Int[0, line.Length], Gen.Int[0, 3], replacements).Sample(
            (at, cut, inserted) =>
            {
                byte[] changed = [.. line[..at], .. inserted, .. line[Math.Min(line.Length, at + cut)..]];
                Assert.Equal(IsEntry(changed), AuditLine.TryParse(changed, out _));
            },
            iter: 100_000);
    }

    [Theory]
    [InlineData("2023-02-29T00:00:00.000Z", false)]
    [InlineData("2024-02-29T24:00:00.000Z", false)]
    [InlineData("2024-13-01T00:00:00.000Z", false)]
    [InlineData("2024-01-01T00:60:00.000Z", false)]
    [InlineData("2024-01-01T00:00:60.000Z", false)]
    [InlineData("0000-01-01T00:00:00.000Z", false)]
    [InlineData("2024-01-00T00:00:00.000Z", false)]
    [InlineData("2024-01-01T00:00:00.00aZ", false)]
    [InlineData("9999-12-31T23:59:59.999Z", true)]
    [InlineData("0001-01-01T00:00:00.000Z", true)]
    public void Times_are_real_ones(string time, bool isTime)
    {
        var cursor = new JsonCursor(Utf8.Strict.GetBytes(time));

        Assert.Equal(isTime, cursor.Time(out _));
    }

    [Fact]
    public void Any_bytes_are_answered_without_an_exception() =>
        Gen.Byte.Array[0, 400].Sample(bytes => Assert.False(AuditLine.TryParse(bytes, out _)));

    [Theory]
    [InlineData("plain", "plain")]
    [InlineData("a\u0000b\u001bc\u007f\u0085\u2028\u202e\ufeff", "a?b?c?????")]
    [InlineData("😀", "😀")]
    [InlineData("", "?")]
    public void Names_of_people_and_machines_can_not_write_to_a_terminal(string text, string clean) => Assert.Equal(clean, AuditIdentity.Clean(text, 128));

    [Fact]
    public void Names_are_cut_between_characters()
    {
        Assert.Equal("ääää", AuditIdentity.Clean(new string('ä', 100), 9));
        Assert.Equal("😀", AuditIdentity.Clean("😀😀", 7));
        Assert.Equal("\ufffdx", AuditIdentity.Clean("\ud800x", 7));
    }

    private static bool IsEntry(byte[] line)
    {
        try
        {
            JsonValue value = CanonicalJson.Parse(line, AuditLimits.MaxSecrets);
            value.RequireExactly("actor", "chain", "count", "index", "mac", "operation", "outcome", "previous", "revision", "secrets", "time");
            _ = (value["actor"].String, value["chain"].Id, value["count"].Number, value["index"].Number, value["mac"].Digest, value["previous"].Digest, value["revision"].Number, value["time"].Time);
            return IsWord(value["operation"].String) && IsOutcome(value["outcome"].String) && value["secrets"].Items.All(IsSecret);
        }
        catch (VaultIntegrityException)
        {
            return false;
        }
    }

    private static bool IsSecret(JsonValue secret)
    {
        secret.RequireExactly("count", "name", "operation", "version");
        _ = (secret["count"].Number, secret["version"].Number);
        return SecretName.IsValid(secret["name"].String) && IsWord(secret["operation"].String);
    }

    private static bool IsWord(string text) => text.Length is > 0 and <= 32 && text[0] != '-' && text.All(c => c == '-' || char.IsAsciiLetterLower(c));

    private static bool IsOutcome(string text) => text == "ok" || (text.Length == 6 && text.StartsWith("SR", StringComparison.Ordinal) && text[2..].All(char.IsAsciiDigit));
}
