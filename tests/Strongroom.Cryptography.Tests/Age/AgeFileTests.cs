using CsCheck;
using Strongroom.Cryptography.Age;

namespace Strongroom.Cryptography.Tests;

/// <summary>Making age files. That others open them is tested with the tool age itself, beside the command.</summary>
public sealed class AgeFileTests
{
    private const string Recipient = "age1c28vlv2ek7lk9v3mhsm4l5r8usa737ktmlztxgl8vm3j88724swsy56cxn";
    private static ReadOnlySpan<byte> Secret => "AGE-SECRET-KEY-133VLG6JYHC9Q5FLAG0YU6RPJNHM3W7HVVCF3EM5LL78RAJV9GS3QC0NKJ6"u8;

    [Fact]
    public void What_is_encrypted_to_a_key_opens_with_it_in_both_forms()
    {
        Gen.Byte.Array[0, 300].Select(Gen.Int[0, 140_000], (head, more) => (byte[])[.. head, .. new byte[head.Length % 7 == 0 ? more : 0]]).Sample(plaintext =>
        {
            var file = AgeFile.Encrypt(plaintext, [AgeRecipient.Parse(Recipient)]);
            using var identity = AgeIdentity.Parse(Secret);
            using var opened = AgeFile.Decrypt(file, [identity]);
            using var unarmored = AgeFile.Decrypt(AgeArmor.Encode(file), [identity]);
            return opened.Span.SequenceEqual(plaintext) && unarmored.Span.SequenceEqual(plaintext) && AgeFile.IsAge(file) && AgeFile.IsAge(AgeArmor.Encode(file));
        }, iter: 60);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(65_535)]
    [InlineData(65_536)]
    [InlineData(65_537)]
    [InlineData(131_072)]
    public void Sizes_around_a_chunk(int size)
    {
        var plaintext = new byte[size];
        Random.Shared.NextBytes(plaintext);
        using var passphrase = AgeRecipient.Passphrase("correct horse"u8, workFactor: 4);
        var file = AgeFile.Encrypt(plaintext, [passphrase]);
        using var identity = AgeIdentity.Passphrase("correct horse"u8);

        using var opened = AgeFile.Decrypt(file, [identity]);

        Assert.Equal(plaintext, opened.Span.ToArray());
    }

    [Fact]
    public void Every_flipped_bit_is_refused()
    {
        using var identity = AgeIdentity.Parse(Secret);
        var file = AgeFile.Encrypt("a secret"u8, [AgeRecipient.Parse(Recipient)]);

        for (var bit = 0; bit < file.Length * 8; bit++)
        {
            file[bit / 8] ^= (byte)(1 << (bit % 8));
            Assert.Contains(Assert.ThrowsAny<StrongroomException>(() => AgeFile.Decrypt(file, [identity])).Code, (string[])["SR1020", "SR1021", "SR1022"]);
            file[bit / 8] ^= (byte)(1 << (bit % 8));
        }
    }

    [Fact]
    public void Every_cut_is_refused()
    {
        using var identity = AgeIdentity.Parse(Secret);
        var file = AgeFile.Encrypt("a secret"u8, [AgeRecipient.Parse(Recipient)]);

        for (var length = 0; length < file.Length; length++)
            Assert.ThrowsAny<VaultIntegrityException>(() => AgeFile.Decrypt(file.AsSpan(0, length), [identity]));
    }

    [Fact]
    public void A_wrong_passphrase_and_a_stranger_are_refused_alike()
    {
        using var passphrase = AgeRecipient.Passphrase("right"u8, workFactor: 4);
        var file = AgeFile.Encrypt("a secret"u8, [passphrase]);
        using var wrong = AgeIdentity.Passphrase("wrong"u8);
        using var stranger = AgeIdentity.Parse(Secret);

        Assert.Equal("SR1021", Assert.Throws<VaultLockedException>(() => AgeFile.Decrypt(file, [wrong])).Code);
        Assert.Equal("SR1021", Assert.Throws<VaultLockedException>(() => AgeFile.Decrypt(file, [stranger])).Code);
    }

    [Fact]
    public void A_passphrase_beside_another_recipient_is_refused()
    {
        using var passphrase = AgeRecipient.Passphrase("right"u8);

        Assert.Equal("SR1026", Assert.Throws<VaultConfigurationException>(() => AgeFile.Encrypt([], [passphrase, AgeRecipient.Parse(Recipient)])).Code);
        Assert.Equal("SR1026", Assert.Throws<VaultConfigurationException>(() => AgeFile.Encrypt([], [])).Code);
        Assert.Equal("SR1027", Assert.Throws<VaultConfigurationException>(() => AgeRecipient.Passphrase("x"u8, workFactor: 21)).Code);
    }

    [Fact]
    public void Mistyped_keys_are_refused()
    {
        for (var i = 0; i < Recipient.Length; i++)
        {
            var mistyped = Recipient[..i] + (Recipient[i] == 'q' ? 'p' : 'q') + Recipient[(i + 1)..];
            Assert.Equal("SR1024", Assert.Throws<VaultConfigurationException>(() => AgeRecipient.Parse(mistyped)).Code);
        }

        Assert.Throws<VaultConfigurationException>(() => AgeRecipient.Parse(Recipient.ToUpperInvariant()));
        Assert.Throws<VaultConfigurationException>(() => AgeRecipient.Parse("age1"));
        Assert.Throws<VaultConfigurationException>(() => AgeRecipient.Parse("ssh-ed25519 AAAA"));
    }

    [Fact]
    public void An_identity_file_has_comments_and_keys_and_nothing_else()
    {
        byte[] file = [.. "# created: 2026\r\n\n"u8, .. Secret, .. "\r\n"u8];
        var identities = AgeIdentity.ParseFile(file);
        Assert.Single(identities).Dispose();

        Assert.Equal("SR1025", Assert.Throws<VaultConfigurationException>(() => AgeIdentity.ParseFile("# nothing\n"u8)).Code);
        Assert.Equal("SR1025", Assert.Throws<VaultConfigurationException>(() => AgeIdentity.ParseFile([.. file, .. "something\n"u8])).Code);
    }
}
