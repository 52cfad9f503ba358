using System.Text;
using CsCheck;

namespace Strongroom.Cryptography.Tests;

public sealed class CredentialTests
{
    private const string KeyFile = "strongroom-key-1 gom0LaA0_z4AIaqig6qdOLrjCt9CFHP56dbB5FB7EZB95RmE";
    private const string RecoveryKey = "HJNGE8-P27DX3-8ABPWD-2JWQES-3N5YTV-4RRRKF-KR35AY-BHEZ2J-GGJ7X6-2CE0";

    [Fact]
    public void Passphrases_are_1_to_1024_bytes_of_utf8()
    {
        Credential.Passphrase("x"u8).Dispose();
        Credential.Passphrase(Encoding.UTF8.GetBytes(new string('é', 512))).Dispose();
        AssertRefused("SR1004", () => Credential.Passphrase([]));
        AssertRefused("SR1004", () => Credential.Passphrase(new byte[1025]));
        AssertRefused("SR1004", () => Credential.Passphrase([0xff]));
        AssertRefused("SR1004", () => Credential.Passphrase([0xed, 0xa0, 0x80]));
        AssertRefused("SR1004", () => Credential.PassphraseAndKeyFile([], Encoding.ASCII.GetBytes(KeyFile)));
        AssertRefused("SR1005", () => Credential.PassphraseAndKeyFile("x"u8, "x"u8));
    }

    [Theory]
    [InlineData("short one!", true)]
    [InlineData("eleven byte", true)]
    [InlineData("twelve bytes", false)]
    [InlineData("aaaaaaaaaaaaaaaa", true)]
    [InlineData("abcdabcdabdcbacd", true)]
    [InlineData("abcdefghijklmnop", true)]
    [InlineData("ponmlkjihgfedcba", true)]
    [InlineData("acegikmoqsuwy", true)]
    [InlineData("passwordpassword", true)]
    [InlineData("12345678901234567890", true)]
    [InlineData("passwordpasswore", false)]
    [InlineData("correct horse battery staple", false)]
    public void Easy_passphrases_are_called_weak(string passphrase, bool isWeak)
    {
        using var credential = Credential.Passphrase(Encoding.UTF8.GetBytes(passphrase));

        Assert.Equal(isWeak, credential.IsWeak);
    }

    [Fact]
    public void Keys_are_not_weak_and_neither_is_a_passphrase_beside_one()
    {
        using var keyFile = Credential.KeyFile(Encoding.ASCII.GetBytes(KeyFile));
        using var recovery = Credential.RecoveryKey(Encoding.ASCII.GetBytes(RecoveryKey));
        using var both = Credential.PassphraseAndKeyFile("x"u8, Encoding.ASCII.GetBytes(KeyFile));

        Assert.False(keyFile.IsWeak);
        Assert.False(recovery.IsWeak);
        Assert.False(both.IsWeak);
        Assert.Equal(["key-file", "recovery-key", "passphrase+key-file"], new[] { keyFile, recovery, both }.Select(credential => credential.Kind));
    }

    [Theory]
    [InlineData(KeyFile)]
    [InlineData(KeyFile + "\n")]
    [InlineData(KeyFile + "\r\n")]
    public void Key_files_are_read_with_and_without_line_end(string content)
    {
        using var key = CheckedKey.ReadFile(Encoding.ASCII.GetBytes(content));

        Assert.Equal("8289b42da034ff3e0021aaa283aa9d38bae30adf421473f9e9d6c1e4507b1190", Convert.ToHexStringLower(key!.Span));
    }

    [Theory]
    [InlineData("")]
    [InlineData("\n")]
    [InlineData("strongroom-key-1 ")]
    [InlineData(KeyFile + "\n\n")]
    [InlineData(KeyFile + "\r")]
    [InlineData(KeyFile + " ")]
    [InlineData(" " + KeyFile)]
    [InlineData(KeyFile + KeyFile)]
    [InlineData("strongroom-key-2 gom0LaA0_z4AIaqig6qdOLrjCt9CFHP56dbB5FB7EZB95RmE")]
    [InlineData("strongroom-key-1\tgom0LaA0_z4AIaqig6qdOLrjCt9CFHP56dbB5FB7EZB95RmE")]
    [InlineData("strongroom-key-1 gom0LaA0/z4AIaqig6qdOLrjCt9CFHP56dbB5FB7EZB95RmE")]
    [InlineData("strongroom-key-1 gom0LaA0_z4AIaqig6qdOLrjCt9CFHP56dbB5FB7EZB95Rm=")]
    [InlineData("strongroom-key-1 gom0LaA0_z4AIaqig6qdOLrjCt9CFHP56dbB5FB7EZB95Rm ")]
    [InlineData("strongroom-key-1     om0LaA0_z4AIaqig6qdOLrjCt9CFHP56dbB5FB7EZB95RmE")]
    public void Other_files_are_refused(string content) => AssertRefused("SR1005", () => Credential.KeyFile(Encoding.ASCII.GetBytes(content)));

    [Fact]
    public void Every_changed_character_of_a_key_file_is_found()
    {
        var bytes = Encoding.ASCII.GetBytes(KeyFile);

        foreach (var flipped in SealingKeyTests.Flips(bytes))
            AssertRefused("SR1005", () => Credential.KeyFile(flipped));
    }

    [Theory]
    [InlineData(RecoveryKey)]
    [InlineData(RecoveryKey + "\n")]
    [InlineData(RecoveryKey + "\r\n")]
    [InlineData("HJNGE8P27DX38ABPWD2JWQES3N5YTV4RRRKFKR35AYBHEZ2JGGJ7X62CE0")]
    [InlineData("hjnge8 p27dx3 8abpwd 2jwqes 3n5ytv 4rrrkf kr35ay bhez2j ggj7x6 2ceo")]
    [InlineData("--HJNGE8-P27DX3-8ABPWD-2JWQES-3N5YTV-4RRRKF-KR35AY-BHEZ2J-GGJ7X6-2CEO ")]
    public void Recovery_keys_are_read_as_people_type_them(string text)
    {
        using var key = CheckedKey.ReadRecovery(Encoding.ASCII.GetBytes(text));

        Assert.Equal("8cab0722c23b7a342976e3452e5dd91d4bed6c98c626f9e0655797177c528424", Convert.ToHexStringLower(key!.Span));
    }

    [Theory]
    [InlineData("")]
    [InlineData("HJNGE8")]
    [InlineData(RecoveryKey + "0")]
    [InlineData(RecoveryKey + "\n\n")]
    [InlineData("UJNGE8-P27DX3-8ABPWD-2JWQES-3N5YTV-4RRRKF-KR35AY-BHEZ2J-GGJ7X6-2CE0")]
    [InlineData("{JNGE8-P27DX3-8ABPWD-2JWQES-3N5YTV-4RRRKF-KR35AY-BHEZ2J-GGJ7X6-2CE0")]
    [InlineData("HJNGE8_P27DX3-8ABPWD-2JWQES-3N5YTV-4RRRKF-KR35AY-BHEZ2J-GGJ7X6-2CE0")]
    [InlineData("JHNGE8-P27DX3-8ABPWD-2JWQES-3N5YTV-4RRRKF-KR35AY-BHEZ2J-GGJ7X6-2CE0")]
    [InlineData("HJNGE8-P27DX3-8ABPWD-2JWQES-3N5YTV-4RRRKF-KR35AY-BHEZ2J-GGJ7X6-2CE1")]
    [InlineData("HJNGE8-P27DX3-8ABPWD-2JWQES-3N5YTV-4RRRKF-KR35AY-BHEZ2J-GGJ7X6-2CE2")]
    [InlineData("HJNGE8-P27DX3-8ABPWD-2JWQES-3N5YTV-4RRRKF-KR35AY-BHEZ2J-GGJ7X6-2CE4")]
    public void Other_texts_are_refused(string text) => AssertRefused("SR1006", () => Credential.RecoveryKey(Encoding.ASCII.GetBytes(text)));

    [Fact]
    public void A_mistyped_or_swapped_character_of_a_recovery_key_is_found()
    {
        const string Digits = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
        var text = RecoveryKey.Replace("-", "", StringComparison.Ordinal);
        for (var at = 0; at < text.Length; at++)
        {
            foreach (var digit in Digits.Where(digit => digit != text[at]))
                AssertRefused("SR1006", () => Credential.RecoveryKey(Encoding.ASCII.GetBytes(text[..at] + digit + text[(at + 1)..])));
            if (at > 0 && text[at] != text[at - 1])
                AssertRefused("SR1006", () => Credential.RecoveryKey(Encoding.ASCII.GetBytes(text[..(at - 1)] + text[at] + text[at - 1] + text[(at + 1)..])));
        }
    }

    [Fact]
    public void Keys_survive_both_forms() => Gen.Byte.Array[32].Sample(key =>
    {
        using var file = CheckedKey.WriteFile(key);
        using var recovery = CheckedKey.WriteRecovery(key);
        using var fromFile = CheckedKey.ReadFile(file.Span);
        using var fromRecovery = CheckedKey.ReadRecovery(recovery.Span);

        Assert.Equal(key, fromFile!.Span.ToArray());
        Assert.Equal(key, fromRecovery!.Span.ToArray());
        Assert.Null(CheckedKey.ReadRecovery(file.Span));
        Assert.Null(CheckedKey.ReadFile(recovery.Span));
    });

    [Fact]
    public void New_keys_are_well_formed_and_differ()
    {
        using var keyFile = Credential.NewKeyFile();
        using var recovery = Credential.NewRecoveryKey();
        using var other = Credential.NewKeyFile();

        Assert.Matches("^strongroom-key-1 [A-Za-z0-9_-]{48}\n$", Encoding.ASCII.GetString(keyFile.Span));
        Assert.Matches("^([0-9A-HJKMNP-TV-Z]{6}-){9}[0-9A-HJKMNP-TV-Z]{4}$", Encoding.ASCII.GetString(recovery.Span));
        Assert.NotEqual(keyFile.Span.ToArray(), other.Span.ToArray());
        Credential.KeyFile(keyFile.Span).Dispose();
        Credential.RecoveryKey(recovery.Span).Dispose();
    }

    private static void AssertRefused(string code, Func<Credential> create)
    {
        var error = Assert.Throws<VaultConfigurationException>(create);
        Assert.Equal(code, error.Code);
        Assert.NotNull(error.Hint);
    }
}
