using System.Globalization;
using System.Text;
using Strongroom.Cli.Input;

namespace Strongroom.Cli.Otp;

/// <summary>Reads what a QR code for an authenticator holds: <c>otpauth://totp/LABEL?secret=BASE32&amp;algorithm=SHA1&amp;digits=6&amp;period=30</c>. In bytes, since the key is in it.</summary>
internal static class OtpText
{
    private static ReadOnlySpan<byte> Scheme => "otpauth://"u8;

    /// <summary>Reads an address or a bare key in base32, with or without spaces.</summary>
    public static OneTimePassword Parse(ReadOnlySpan<byte> text)
    {
        text = text.Trim(" \t\r\n"u8);
        if (!Ascii.EqualsIgnoreCase(text[..Math.Min(text.Length, Scheme.Length)], Scheme))
            return new OneTimePassword(Key(text), OtpAlgorithm.Sha1, 6, 30);
        text = text[Scheme.Length..];
        if (text.Length >= 5 && Ascii.EqualsIgnoreCase(text[..5], "hotp/"u8))
            throw Bad("it counts (HOTP), and only codes by the time (TOTP) are made");
        if (text.Length < 5 || !Ascii.EqualsIgnoreCase(text[..5], "totp/"u8))
            throw Bad("it does not begin with otpauth://totp/");
        var question = text.IndexOf((byte)'?');
        return question < 0 ? throw Bad("it has no secret") : Parameters(text[(question + 1)..]);
    }

    private static OneTimePassword Parameters(ReadOnlySpan<byte> query)
    {
        WipedBuffer? key = null;
        var (algorithm, digits, period) = (OtpAlgorithm.Sha1, 6, 30);
        try
        {
            foreach (var range in query.Split((byte)'&'))
            {
                var part = query[range];
                var equals = part.IndexOf((byte)'=');
                if (equals < 0)
                    continue;
                var value = part[(equals + 1)..];
                switch (Word(part[..equals]))
                {
                    case "secret" when key is null:
                        key = Key(value);
                        break;
                    case "secret":
                        throw Bad("it has two secrets");
                    case "algorithm":
                        algorithm = Algorithm(value);
                        break;
                    case "digits":
                        digits = Number(value, 6, 8) ?? throw Bad("digits is not 6, 7 or 8");
                        break;
                    case "period":
                        period = Number(value, 1, 3600) ?? throw Bad("period is not a number of seconds from 1 to 3600");
                        break;
                }
            }

            return new OneTimePassword(key ?? throw Bad("it has no secret"), algorithm, digits, period);
        }
        catch
        {
            key?.Dispose();
            throw;
        }
    }

    private static OtpAlgorithm Algorithm(ReadOnlySpan<byte> text) => Word(text) switch
    {
        "sha1" => OtpAlgorithm.Sha1,
        "sha256" => OtpAlgorithm.Sha256,
        "sha512" => OtpAlgorithm.Sha512,
        _ => throw Bad("algorithm is not SHA1, SHA256 or SHA512"),
    };

    // Words of the format only: never a part of the key.
    private static string Word(ReadOnlySpan<byte> text) => text.Length <= 16 ? Encoding.ASCII.GetString(text).ToLowerInvariant() : "";

    private static int? Number(ReadOnlySpan<byte> text, int least, int most) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= least && number <= most ? number : null;

    /// <summary>Base32 (RFC 4648) as people write it: in whatever case, in groups, with or without padding. The caller owns the key.</summary>
    private static WipedBuffer Key(ReadOnlySpan<byte> text)
    {
        text = WithoutPadding(text);
        var key = new WipedBuffer(Math.Max(16, text.Length));
        var (bits, count) = (0, 0);
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] is (byte)' ' or (byte)'-' or (byte)'+')
                continue;
            if (text[i..].StartsWith("%20"u8))
            {
                i += 2;
                continue;
            }

            var digit = Digit(text[i]);
            if (digit < 0)
            {
                key.Dispose();
                throw Bad("its key is not base32 (letters and the digits 2 to 7)");
            }

            (bits, count) = ((bits << 5) | digit, count + 5);
            if (count < 8)
                continue;
            count -= 8;
            key.Write([(byte)(bits >> count)]);
            bits &= (1 << count) - 1;
        }

        if (key.Length > 0)
            return key;
        key.Dispose();
        throw Bad("its key is empty");
    }

    // In an address it is percent-encoded or not.
    private static ReadOnlySpan<byte> WithoutPadding(ReadOnlySpan<byte> text)
    {
        while (true)
        {
            if (text.EndsWith("="u8))
                text = text[..^1];
            else if (text.EndsWith("%3D"u8) || text.EndsWith("%3d"u8))
                text = text[..^3];
            else
                return text;
        }
    }

    private static int Digit(byte letter) => letter switch
    {
        >= (byte)'A' and <= (byte)'Z' => letter - 'A',
        >= (byte)'a' and <= (byte)'z' => letter - 'a',
        >= (byte)'2' and <= (byte)'7' => letter - '2' + 26,
        _ => -1,
    };

    private static CliException Bad(string why) => new(ExitCodes.Usage, "SR2071", $"This is no source of one-time passwords: {why}.", "Give the text of the QR code (otpauth://totp/…), or the key in base32 that is shown beside it.");
}
