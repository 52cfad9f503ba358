using System.Text;
using System.Text.Json;
using CsCheck;
using Strongroom.Cli.Masking;

namespace Strongroom.Cli.Tests.Masking;

public sealed class OutputMaskerTests
{
    private static readonly Gen<byte[]> Values = Gen.Byte.Array[4, 60];

    // Few letters, so that beginnings, overlaps and near misses are common.
    private static readonly Gen<byte[]> Repetitive = Gen.Char["abc\n"].Select(character => (byte)character).Array[4, 12];

    [Fact]
    public void No_form_of_a_value_comes_through_whatever_stands_around_it_and_however_it_is_cut() =>
        Gen.Select(Values, Gen.Byte.Array[0, 40], Gen.Byte.Array[0, 40], Gen.Int[1, 50]).Sample((value, before, after, chunk) =>
        {
            foreach (var form in Written(value))
            {
                byte[] text = [.. before, .. form, .. after];
                var shown = Masked([value], text, chunk);
                Assert.True(shown.AsSpan().IndexOf(form) < 0 || Overlaps(before, form, after), $"{Encoding.Latin1.GetString(form)} came through as {Encoding.Latin1.GetString(shown)}");
            }
        }, iter: 300);

    [Fact]
    public void How_the_output_is_cut_does_not_matter() =>
        Gen.Select(Repetitive.Array[1, 6], Gen.Char["abc\n "].Select(character => (byte)character).Array[0, 200], Gen.Int[1, 20]).Sample((values, text, chunk) =>
            Assert.Equal(Masked(values, text, text.Length + 1), Masked(values, text, chunk)));

    [Fact]
    public void What_is_masked_is_exactly_what_lies_in_an_occurrence() =>
        Gen.Select(Repetitive.Array[1, 4], Gen.Char["abc "].Select(character => (byte)character).Array[0, 100]).Sample((values, text) =>
            Assert.Equal(ByHand(values, text), Encoding.Latin1.GetString(Masked(values, text, 7))));

    [Fact]
    public void Base64_is_found_in_the_middle_of_longer_base64() => Gen.Select(Gen.Byte.Array[6, 40], Gen.Byte.Array[0, 9], Gen.Byte.Array[0, 9]).Sample((value, before, after) =>
    {
        var text = Encoding.ASCII.GetBytes(Convert.ToBase64String([.. before, .. value, .. after]));
        var shown = Encoding.ASCII.GetString(Masked([value], text, text.Length));

        // The characters before that hold nothing of the value are left, and no other.
        Assert.Equal(before.Length * 8 / 6, shown.IndexOf("***", StringComparison.Ordinal));
    });

    [Fact]
    public void Text_without_secrets_is_passed_on_unchanged() => Gen.Byte.Array[0, 3000].Sample(text =>
        Assert.Equal(text, Masked(["a secret of this test"u8.ToArray()], text, 100)));

    [Fact]
    public void What_may_be_a_beginning_waits_and_is_shown_when_nothing_more_comes()
    {
        using var set = Set(["hunter2-hunter2"u8.ToArray()]);
        var shown = new List<byte>();
        using var masker = new OutputMasker(set, bytes => shown.AddRange(bytes));

        Feed(masker, "login: hun"u8);

        Assert.Equal("login: ", Encoding.ASCII.GetString([.. shown]));
        Assert.Equal(3, masker.Held);
        Assert.InRange(masker.Patience, 1, 50);
        masker.Idle();
        Assert.Equal("login: hun", Encoding.ASCII.GetString([.. shown]));
        Assert.Equal(-1, masker.Patience);
    }

    [Fact]
    public void The_rest_of_a_secret_is_masked_even_when_its_beginning_was_shown()
    {
        using var set = Set(["hunter2-hunter2"u8.ToArray()]);
        var shown = new List<byte>();
        using var masker = new OutputMasker(set, bytes => shown.AddRange(bytes));

        foreach (var letter in "hunter2-hunter2!"u8)
        {
            Feed(masker, [letter]);
            if (letter == 'h')
                masker.Idle();
        }

        masker.Idle();
        Assert.Equal("hunter2-h***!", Encoding.ASCII.GetString([.. shown]));
    }

    [Fact]
    public void No_more_is_held_back_than_the_longest_text()
    {
        using var set = Set([new byte[100_000]]);
        using var masker = new OutputMasker(set, _ => { });

        Feed(masker, new byte[50_000]);

        Assert.Equal(MaskSet.PartLength, set.LongestText);
        Assert.True(masker.Held <= MaskSet.PartLength + 1);
    }

    [Fact]
    public void A_long_value_is_masked_as_a_whole()
    {
        var value = new byte[10_000];
        new Random(1).NextBytes(value);

        Assert.Equal("a***z", Encoding.Latin1.GetString(Masked([value], [(byte)'a', .. value, (byte)'z'], 997)));
    }

    [Fact]
    public void Each_line_of_a_value_of_several_lines_is_a_secret_of_its_own()
    {
        var key = "-----BEGIN KEY-----\nMIIEvQIBADANBg\nkqhkiG9w0BAQEF\n-----END KEY-----\n"u8.ToArray();

        Assert.Equal("1: ***\r\n2: ***\r\n", Encoding.ASCII.GetString(Masked([key], "1: MIIEvQIBADANBg\r\n2: kqhkiG9w0BAQEF\r\n"u8.ToArray(), 4)));
    }

    [Fact]
    public void A_value_of_less_than_four_bytes_is_refused()
    {
        using var builder = new MaskSetBuilder();

        Assert.False(builder.Add("abc"u8));
        Assert.False(builder.Add("abc\n"u8));
        Assert.True(builder.Add("abcd"u8));
    }

    [Fact]
    public void Many_secrets_with_a_common_beginning_are_told_apart()
    {
        var values = Enumerable.Range(0, 300).Select(i => Encoding.ASCII.GetBytes($"sk-live-{i:000}-{i * 7919:x6}")).ToArray();
        var text = Encoding.ASCII.GetBytes(string.Join('\n', values.Select(value => $"key={Encoding.ASCII.GetString(value)};")) + "\nsk-live-999-000000\n");

        var lines = Encoding.ASCII.GetString(Masked(values, text, 1000)).Split('\n');

        Assert.All(lines[..300], line => Assert.Equal("key=***;", line));
        Assert.Equal("sk-live-999-000000", lines[300]);
    }

    // As common programs write it: .NET, URI and JSON encoders are none of ours.
    private static IEnumerable<byte[]> Written(byte[] value)
    {
        yield return value;
        yield return Encoding.ASCII.GetBytes(Convert.ToHexStringLower(value));
        yield return Encoding.ASCII.GetBytes(Convert.ToHexString(value));
        yield return Encoding.ASCII.GetBytes(Convert.ToBase64String(value).TrimEnd('='));
        yield return Encoding.ASCII.GetBytes(System.Buffers.Text.Base64Url.EncodeToString(value));
        if (!System.Text.Unicode.Utf8.IsValid(value) || value[^1] is (byte)'\n' or (byte)'\r')
            yield break;
        var text = Encoding.UTF8.GetString(value);
        yield return Encoding.ASCII.GetBytes(Uri.EscapeDataString(text));
        yield return Encoding.ASCII.GetBytes(System.Net.WebUtility.UrlEncode(text));
        yield return Encoding.UTF8.GetBytes(JsonSerializer.Serialize(text)[1..^1]);
    }

    // The text around may complete an occurrence of its own, which is masked; then another place may still look like it.
    private static bool Overlaps(byte[] before, byte[] form, byte[] after) => form.Length < 8 && (before.AsSpan().IndexOf(form) >= 0 || after.AsSpan().IndexOf(form) >= 0);

    private static string ByHand(byte[][] values, byte[] text)
    {
        var hidden = new bool[text.Length];
        foreach (var value in values)
        {
            var whole = value.AsSpan().TrimEnd("\r\n"u8).ToArray();
            if (whole.Length < 4)
                continue;
            var lines = whole.Contains((byte)'\n') ? Encoding.ASCII.GetString(whole).Split('\n').Where(line => line.Length >= 4).Select(Encoding.ASCII.GetBytes) : [];
            foreach (var one in lines.Append(whole))
                for (var at = 0; at + one.Length <= text.Length; at++)
                    if (text.AsSpan(at).StartsWith(one))
                        Array.Fill(hidden, true, at, one.Length);
        }

        var shown = new StringBuilder();
        for (var i = 0; i < text.Length; i++)
        {
            if (!hidden[i])
                shown.Append((char)text[i]);
            else if (i == 0 || !hidden[i - 1])
                shown.Append("***");
        }

        return shown.ToString();
    }

    private static byte[] Masked(byte[][] values, byte[] text, int chunk)
    {
        using var set = Set(values);
        var shown = new List<byte>();
        using var masker = new OutputMasker(set, bytes => shown.AddRange(bytes));
        for (var at = 0; at < text.Length; at += chunk)
            Feed(masker, text.AsSpan(at, Math.Min(chunk, text.Length - at)));
        masker.Idle();
        return [.. shown];
    }

    private static MaskSet Set(byte[][] values)
    {
        using var builder = new MaskSetBuilder();
        foreach (var value in values)
            builder.Add(value);
        return builder.Build();
    }

    private static void Feed(OutputMasker masker, ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            var count = Math.Min(bytes.Length, masker.Room.Length);
            bytes[..count].CopyTo(masker.Room);
            masker.Advance(count);
            bytes = bytes[count..];
        }
    }
}
