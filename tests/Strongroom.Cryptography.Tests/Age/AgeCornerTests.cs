using System.Security.Cryptography;
using System.Text;
using Strongroom.Cryptography.Age;

namespace Strongroom.Cryptography.Tests;

/// <summary>What no ordinary age file and no key of the tool's own looks like: made by hand, each refused for its own reason.</summary>
public sealed class AgeCornerTests
{
    private const string Alphabet = "qpzry9x8gf2tvdw0s3jn54khce6mua7l";
    private static ReadOnlySpan<byte> Secret => "AGE-SECRET-KEY-133VLG6JYHC9Q5FLAG0YU6RPJNHM3W7HVVCF3EM5LL78RAJV9GS3QC0NKJ6"u8;

    [Fact]
    public void A_recipient_is_exactly_32_bytes_in_bech32()
    {
        var genuine = Bech32Of("age", new byte[32], padding: 0);
        Assert.NotNull(AgeRecipient.Parse(genuine));

        foreach (var other in (string[])[genuine + new string('q', 100), genuine.Replace('q', 'é'), genuine[..^1] + "b", genuine[..10] + "b" + genuine[11..], Bech32Of("age", new byte[32], padding: 1), "age1", ""])
            Assert.Equal("SR1024", Assert.ThrowsAny<StrongroomException>(() => AgeRecipient.Parse(other)).Code);
    }

    [Fact]
    public void A_recipient_of_low_order_agrees_with_nothing()
    {
        var recipient = AgeRecipient.Parse(Bech32Of("age", new byte[32], padding: 0));

        Assert.ThrowsAny<StrongroomException>(() => AgeFile.Encrypt("secret"u8, [recipient]));
    }

    [Fact]
    public void A_share_of_low_order_is_refused()
    {
        using var identity = AgeIdentity.Parse(Secret);
        var stanza = new AgeStanza(["X25519", Encoding.ASCII.GetString(AgeBase64.Encode(new byte[32]))], new byte[32]);

        Assert.Contains("low order", Assert.ThrowsAny<StrongroomException>(() => identity.TryUnwrap(stanza, new byte[16])).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("AAAA    ")]
    [InlineData("AA=A")]
    [InlineData("AB")]
    [InlineData("AAB")]
    [InlineData("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAB")]
    [InlineData("A")]
    [InlineData("AA*A")]
    public void Base64_that_another_text_would_also_stand_for_is_refused(string text) => Assert.Null(AgeBase64.TryDecode(Encoding.ASCII.GetBytes(text)));

    [Theory]
    [InlineData("", " ")]
    [InlineData("-> a\n\n", "-")]
    public void A_header_whose_last_line_does_not_fit_is_refused(string recipients, string separator)
    {
        var mac = Encoding.ASCII.GetString(AgeBase64.Encode(new byte[32]));
        var text = Encoding.ASCII.GetBytes($"age-encryption.org/v1\n{recipients}---{separator}{mac}\n");

        Assert.Contains("last line", Assert.ThrowsAny<StrongroomException>(() => AgeHeader.Parse(text, out _)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1024, false)]
    [InlineData(1025, true)]
    public void A_header_has_at_most_1024_recipients(int recipients, bool isRefused)
    {
        byte[] key = new byte[16], text = new AgeHeader([.. Enumerable.Repeat(new AgeStanza(["a"], []), recipients)]).Encode(key);

        var error = Record.Exception(() => AgeHeader.Parse(text, out _));

        Assert.Equal(isRefused, error?.Message.Contains("1024 recipients", StringComparison.Ordinal) == true);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(47)]
    [InlineData(48)]
    [InlineData(49)]
    [InlineData(200)]
    public void A_header_with_bodies_of_any_length_is_read_as_it_was_written(int length)
    {
        byte[] key = RandomNumberGenerator.GetBytes(16), body = RandomNumberGenerator.GetBytes(length);

        var text = new AgeHeader([new AgeStanza(["one", "argument"], body), new AgeStanza(["two"], body)]).Encode(key);
        var read = AgeHeader.Parse(text, out var end);

        Assert.Equal(text.Length, end);
        Assert.True(read.IsAuthentic(key));
        Assert.Equal(["one", "argument"], read.Stanzas[0].Arguments);
        Assert.All(read.Stanzas, stanza => Assert.Equal(body, stanza.Body));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(21)]
    public void A_work_factor_that_is_nothing_or_takes_all_memory_is_refused(int factor) => Assert.ThrowsAny<StrongroomException>(() => AgeRecipient.Passphrase("passphrase"u8, factor));

    [Fact]
    public void An_empty_passphrase_is_refused() => Assert.ThrowsAny<StrongroomException>(() => AgeRecipient.Passphrase([], 1));

    [Fact]
    public void A_system_without_so_much_memory_says_so() =>
        Assert.Equal("SR1029", Assert.Throws<VaultUnavailableException>(() => ScryptPassphrase.WrappingKey("passphrase"u8, new byte[16], 40)).Code);

    // BIP 173, with the padding bits given.
    private static string Bech32Of(string prefix, ReadOnlySpan<byte> bytes, int padding)
    {
        var values = new List<int>();
        int pending = 0, bits = 0;
        foreach (var value in bytes)
        {
            pending = (pending << 8) | value;
            bits += 8;
            for (; bits >= 5; bits -= 5)
                values.Add((pending >> (bits - 5)) & 31);
            pending &= (1 << bits) - 1;
        }

        values.Add((pending << (5 - bits)) | padding);
        int[] expanded = [.. prefix.Select(static character => character >> 5), 0, .. prefix.Select(static character => character & 31), .. values];
        var sum = expanded.Concat(new int[6]).Aggregate(1u, Step) ^ 1;
        var checksum = Enumerable.Range(0, 6).Select(i => (int)(sum >> (5 * (5 - i))) & 31);
        return prefix + "1" + string.Concat(values.Concat(checksum).Select(static value => Alphabet[value]));
    }

    private static uint Step(uint sum, int value)
    {
        uint[] generator = [0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd, 0x2a1462b3];
        var top = sum >> 25;
        sum = ((sum & 0x1ffffff) << 5) ^ (uint)value;
        for (var i = 0; i < 5; i++)
            sum ^= ((top >> i) & 1) * generator[i];
        return sum;
    }
}
