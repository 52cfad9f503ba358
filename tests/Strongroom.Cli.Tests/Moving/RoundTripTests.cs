using System.Text;
using CsCheck;
using Strongroom.Cli.Input;
using Strongroom.Cli.Moving;

namespace Strongroom.Cli.Tests.Moving;

/// <summary>What a format has written it reads again: names, fields and exact values, whatever they hold. What it can't hold it refuses to write.</summary>
public sealed class RoundTripTests
{
    private static readonly Gen<string> Segment = Gen.Select(Gen.Char["ABCabcXYZxyz019"], Gen.String[Gen.Char["abcXYZ019._-"], 0, 12], (first, rest) => first + rest.TrimEnd('.', '-') + "q");
    private static readonly Gen<string> Name = Segment.Array[1, 3].Select(segments => string.Join('/', segments));

    // Everything that quoting gets wrong: quotes, backslashes, line ends, comments, separators, white space at the ends, other planes, controls.
    private static readonly Gen<string> Text = Gen.OneOf(
        Gen.String[Gen.Char["abc'\"`\\$#=,;:{}[]&*!|>%@ \t\n\r-~?é€\u2028\u00A0\u0085"], 1, 24],
        Gen.String[Gen.Char.AlphaNumeric, 1, 40],
        Words.OneOf("yes", "null", "~", "0123", "1e3", "<<", "---", "- a", "😀 \U0001F512", "=1+1", "-----BEGIN KEY-----\nabc\n-----END KEY-----\n", "encrypted", " ", "#"));

    private static readonly Gen<byte[]> Bytes = Gen.OneOf(Text.Select(Encoding.UTF8.GetBytes), Gen.Byte.Array[1, 40]);

    [Fact]
    public void Bundle() => Check("bundle", Secrets(Name, Bytes, plain: true, fields: Segment));

    [Fact]
    public void Csv() => Check("csv", Secrets(Name, Bytes, plain: true, fields: Segment));

    [Fact]
    public void Json() => Check("json", Secrets(Name, TextBytes(), plain: true, fields: Segment));

    [Fact]
    public void Yaml() => Check("yaml", Secrets(Name, TextBytes(), plain: true, fields: Segment));

    [Fact]
    public void Dotenv() => Check("dotenv", Secrets(Segment.Select(name => "V" + NameRules.Env(name)), TextBytes(), plain: true, fields: null));

    [Fact]
    public void User_secrets() => Check("user-secrets", Secrets(Name, TextBytes(), plain: true, fields: null, ignoreCase: true));

    [Fact]
    public void App_settings() => Check("appsettings", Secrets(Segment.Select(Segment, (a, b) => $"{a}x/{b}y".ToLowerInvariant()), TextBytes(), plain: true, fields: null, ignoreCase: true));

    [Fact]
    public void Kubernetes() => Check("k8s", Secrets(Segment.Select(name => NameRules.Dns(name.Replace('.', 'a'))), Bytes, plain: false, fields: Segment));

    [Fact]
    public void One_password() => Check("1password-csv", Secrets(Name, TextBytes(), plain: false, fields: Words.OneOf("url", "username", "password", "otp", "notes")));

    [Fact]
    public void Bitwarden() => Check("bitwarden-json", Secrets(Name, TextBytes(), plain: false, fields: Gen.OneOf(Words.OneOf("url", "username", "password", "otp", "notes"), Segment)));

    [Fact]
    public void KeePass() => Check("keepass-xml", Secrets(Name, TextBytes(), plain: false, fields: Gen.OneOf(Words.OneOf("url", "username", "password", "notes"), Segment)));

    [Fact]
    public void Entry_of_pass() => Secrets(Name, Bytes, plain: true, fields: Gen.OneOf(Words.OneOf("username", "password", "otp", "notes"), Segment)).Sample(sample =>
    {
        foreach (var (name, secret) in sample)
        {
            using var original = Make(name, secret);
            using var output = new WipedBuffer();
            var problems = new Problems();
            PassEntry.Write(original, output, problems);
            if (problems.Any)
                continue;
            using var read = new MovedSecret(name, 0);
            PassEntry.Read(output.Span, read, problems);
            Assert.False(problems.Any);
            // An entry that is only a password has no fields there.
            var expected = secret.Count == 1 && secret.TryGetValue("password", out byte[]? password) ? new Dictionary<string, byte[]> { [""] = password } : secret;
            Assert.Equal(Shown(expected), Shown(Contents(read)));
        }
    }, iter: 300);

    [Theory]
    [InlineData("json")]
    [InlineData("yaml")]
    [InlineData("dotenv")]
    [InlineData("keepass-xml")]
    [InlineData("1password-csv")]
    [InlineData("bitwarden-json")]
    [InlineData("appsettings")]
    public void What_is_no_text_is_refused_where_only_text_goes(string format)
    {
        using var secret = new MovedSecret("NAME", 0).Set([0xff, 0xfe]);
        using var output = new WipedBuffer();
        var problems = new Problems();

        MoveFormats.Named(format).Write([secret], output, problems);

        Assert.True(problems.Any);
    }

    private static Gen<byte[]> TextBytes() => Text.Select(Encoding.UTF8.GetBytes);

    private static Gen<Dictionary<string, Dictionary<string, byte[]>>> Secrets(Gen<string> name, Gen<byte[]> value, bool plain, Gen<string>? fields, bool ignoreCase = false)
    {
        var comparer = ignoreCase ? StringComparer.OrdinalIgnoreCase : StringComparer.Ordinal;
        var withFields = fields is null ? null : Gen.Dictionary(fields, value)[1, 4];
        var onlyPlain = value.Select(bytes => new Dictionary<string, byte[]> { [""] = bytes });
        var secret = withFields is null ? onlyPlain : plain ? Gen.OneOf(onlyPlain, withFields) : withFields;
        return Gen.Select(name, secret).Array[0, 8].Select(pairs => pairs.DistinctBy(pair => pair.Item1, comparer)
            // In nested formats no name may be another's section.
            .Where((pair, i) => !pairs.Any(other => other.Item1.StartsWith(pair.Item1 + "/", StringComparison.OrdinalIgnoreCase)))
            .ToDictionary(pair => pair.Item1, pair => pair.Item2, StringComparer.Ordinal));
    }

    private static void Check(string word, Gen<Dictionary<string, Dictionary<string, byte[]>>> gen) => gen.Sample(sample =>
    {
        var format = MoveFormats.Named(word);
        var secrets = sample.Select(pair => Make(pair.Key, pair.Value)).ToList();
        using var output = new WipedBuffer();
        using var sink = new ImportSink();
        format.Write(secrets, output, sink.Problems);
        Assert.False(sink.Problems.Any);
        format.Read(output.Span, sink);
        Assert.False(sink.Problems.Any, Encoding.UTF8.GetString(output.Span));
        Assert.Equal(sample.OrderBy(pair => pair.Key, StringComparer.Ordinal).Select(pair => $"{pair.Key}: {Shown(pair.Value)}"),
            sink.Secrets.OrderBy(secret => secret.Source, StringComparer.Ordinal).Select(secret => $"{secret.Source}: {Shown(Contents(secret))}"));
        secrets.ForEach(secret => secret.Dispose());
    }, iter: 300);

    private static MovedSecret Make(string name, Dictionary<string, byte[]> contents)
    {
        var secret = new MovedSecret(name, 0);
        foreach (var (field, value) in contents)
        {
            if (field.Length == 0)
                secret.Set(value);
            else
                secret.Add(field, value);
        }

        return secret;
    }

    private static Dictionary<string, byte[]> Contents(MovedSecret secret)
    {
        var contents = secret.Fields.ToDictionary(field => field.Key, field => field.Value.Span.ToArray(), StringComparer.Ordinal);
        if (secret.Plain is { } plain)
            contents[""] = plain.Span.ToArray();
        return contents;
    }

    private static string Shown(Dictionary<string, byte[]> contents) =>
        string.Join(", ", contents.OrderBy(pair => pair.Key, StringComparer.Ordinal).Select(pair => $"{pair.Key}={Convert.ToHexString(pair.Value)}"));
}
