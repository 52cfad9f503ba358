using System.Text;
using System.Text.RegularExpressions;
using Strongroom.Cli.Otp;
using Strongroom.Cli.Tests.Support;

namespace Strongroom.Cli.Tests.Daily;

public sealed class OtpTests
{
    // RFC 6238, appendix B; the keys are "12345678901234567890" repeated to the length of the hash (its erratum 2866).
    [Theory]
    [InlineData(59, "94287082", "46119246", "90693936")]
    [InlineData(1111111109, "07081804", "68084774", "25091201")]
    [InlineData(1111111111, "14050471", "67062674", "99943326")]
    [InlineData(1234567890, "89005924", "91819424", "93441116")]
    [InlineData(2000000000, "69279037", "90698825", "38618901")]
    [InlineData(20000000000, "65353130", "77737706", "47863826")]
    public void Vectors_of_RFC_6238(long time, string sha1, string sha256, string sha512)
    {
        Assert.Equal(sha1, Code("SHA1", 20, time));
        Assert.Equal(sha256, Code("SHA256", 32, time));
        Assert.Equal(sha512, Code("SHA512", 64, time));
    }

    [Theory]
    [InlineData("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ", "287082")]
    [InlineData("gezd gnbv gy3t qojq gezd gnbv gy3t qojq", "287082")]
    [InlineData("otpauth://totp/A:b@c?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=A", "287082")]
    [InlineData("OTPAUTH://TOTP/x?digits=7&secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ%3D&period=30", "4287082")]
    [InlineData("otpauth://totp/x?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&period=59", "287082")]
    [InlineData("otpauth://totp/x?secret=GEZD%20GNBV%20GY3TQOJQ+GEZDGNBVGY3TQOJQ%3d%3D==", "287082")]
    public void Forms_that_are_read(string text, string code)
    {
        using var source = OneTimePassword.Parse(Encoding.UTF8.GetBytes(text));

        Assert.Equal(code, Encoding.ASCII.GetString(source.Code(DateTimeOffset.FromUnixTimeSeconds(59))));
    }

    [Theory]
    [InlineData("")]
    [InlineData("not base32!")]
    [InlineData("GEZDGNBV1")]
    [InlineData("otpauth://hotp/x?secret=GEZDGNBV&counter=1")]
    [InlineData("otpauth://totp/x")]
    [InlineData("otpauth://totp/x?digits=6")]
    [InlineData("otpauth://totp/x?secret=")]
    [InlineData("otpauth://totp/x?secret=GEZDGNBV%")]
    [InlineData("otpauth://totp/x?secret=GEZDGNBV%2")]
    [InlineData("otpauth://totp/x?secret=GEZDGNBV%3")]
    [InlineData("otpauth://totp/x?secret=GEZDGNBV%41")]
    [InlineData("otpauth://totp/x?secret=GEZDGNBV%3DGEZDGNBV")]
    [InlineData("otpauth://totp/x?secret=GEZDGNBV=GEZDGNBV")]
    [InlineData("otpauth://totp/x?secret=GEZDGNBV&digits=9")]
    [InlineData("otpauth://totp/x?secret=GEZDGNBV&period=0")]
    [InlineData("otpauth://totp/x?secret=GEZDGNBV&algorithm=MD5")]
    [InlineData("otpauth://totp/x?secret=GEZDGNBV&secret=GEZDGNBV")]
    public void Forms_that_are_refused(string text)
    {
        var error = Assert.Throws<CliException>(() => OneTimePassword.Parse(Encoding.UTF8.GetBytes(text)));

        Assert.Equal("SR2071", error.Code);
        Assert.DoesNotContain("GEZDGNBV", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_code_is_added_printed_and_referred_to()
    {
        using var shell = Shell.WithVault();
        const string Address = "otpauth://totp/GitHub:me?secret=GEZDGNBVGY3TQOJQ&digits=8&algorithm=SHA256";

        shell.Run("otp github --add - --dry-run", Address).Ok().Says("otp would be written, as version 1");
        shell.Run("otp github").Fails(3);
        shell.Run("otp github --add -", Address + "\n").Ok().Says("otp written, as version 1").Hides("GEZDGNBV");
        shell.Run("get github#otp").Prints(Address);

        Assert.Matches("^[0-9]{8}$", shell.Run("otp github").Ok().Output);
        var json = shell.Run("otp github --json").Ok().Json;
        Assert.Equal("sha256", json.GetProperty("algorithm").GetString());
        Assert.InRange(json.GetProperty("seconds_left").GetInt32(), 1, 30);
        shell.Variables["CODE"] = "strongroom://github?as=otp";
        Assert.Matches("^[0-9]{8}\n$", shell.Run("run --no-mask -- printenv CODE").Ok().Output);
        shell.Run("check --fields").Ok();
        shell.Variables.Remove("CODE");
        shell.Run("otp github --add -", "rubbish!").Fails(2, "SR2071").Hides("rubbish");
        shell.Run("patch github user=me").Ok();
        Assert.Matches("^[0-9]{8}$", shell.Run("otp github").Ok().Output);
        shell.Run("set login user=me").Ok();
        shell.Run("otp login").Fails(3, "has no field 'otp'");
        shell.Run("otp github --watch --json").Fails(2);
    }

    [Fact]
    public void Watching_on_a_terminal_counts_down_until_interrupted()
    {
        using var shell = Shell.WithVault();
        shell.Run("otp github --add -", "GEZDGNBVGY3TQOJQ").Ok();
        using var session = shell.OnTerminal("otp github --watch");

        session.Expect(" s \r");
        session.Type("\x03");

        Assert.Matches(new Regex("\r[0-9]{6}  +[0-9]+ s "), session.End().Ok().Output);
    }

    private static string Code(string algorithm, int length, long time)
    {
        var key = Enumerable.Range(0, length).Select(i => (byte)('0' + ((i + 1) % 10))).ToArray();
        using var source = OneTimePassword.Parse(Encoding.ASCII.GetBytes($"otpauth://totp/x?secret={Base32(key)}&algorithm={algorithm}&digits=8"));
        return Encoding.ASCII.GetString(source.Code(DateTimeOffset.FromUnixTimeSeconds(time)));
    }

    private static string Base32(byte[] bytes)
    {
        var bits = string.Concat(bytes.Select(item => Convert.ToString(item, 2).PadLeft(8, '0')));
        return string.Concat(bits.PadRight((bits.Length + 4) / 5 * 5, '0').Chunk(5).Select(five => "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"[Convert.ToInt32(new string(five), 2)]));
    }
}
