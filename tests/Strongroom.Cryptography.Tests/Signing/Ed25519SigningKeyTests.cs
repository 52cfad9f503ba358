using System.Text;

namespace Strongroom.Cryptography.Tests.Signing;

/// <summary>Ed25519 as RFC 8032 has it, from every form that a key comes in.</summary>
public sealed class Ed25519SigningKeyTests
{
    // RFC 8032, section 7.1, tests 1 and 2.
    [Theory]
    [InlineData("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60", "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b")]
    [InlineData("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb", "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00")]
    public void It_signs_as_the_standard_says(string seed, string publicKey, string message, string expected)
    {
        using var key = Ed25519SigningKey.Import(Convert.FromHexString(seed));
        byte[] signature = new byte[Ed25519SigningKey.SignatureSize], text = Convert.FromHexString(message);

        key.Sign(text, signature);

        Assert.Equal(expected, Convert.ToHexStringLower(signature));
        Assert.Equal(publicKey, Convert.ToHexStringLower(key.PublicKey));
        Assert.True(Ed25519SigningKey.Verify(key.PublicKey, text, signature));
        signature[0] ^= 1;
        Assert.False(Ed25519SigningKey.Verify(key.PublicKey, text, signature));
        Assert.False(Ed25519SigningKey.Verify([1, 2, 3], text, signature));
    }

    [Fact]
    public void Pem_der_and_raw_are_one_key_and_anything_else_is_none()
    {
        // What OpenSSL writes: PKCS #8, whose last 32 bytes are the key.
        byte[] der = Convert.FromHexString("302e020100300506032b6570042204209d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60");
        string pem = $"-----BEGIN PRIVATE KEY-----\n{Convert.ToBase64String(der)}\n-----END PRIVATE KEY-----\n";

        byte[][] forms = [der, der[^32..], Encoding.ASCII.GetBytes(pem), Encoding.ASCII.GetBytes(pem.TrimEnd())];

        Assert.All(forms, static form =>
        {
            using var key = Ed25519SigningKey.Import(form);
            Assert.Equal("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", Convert.ToHexStringLower(key.PublicKey));
            Assert.Equal("***", key.ToString());
        });
        Assert.All((byte[][])[[], new byte[31], new byte[64], Encoding.ASCII.GetBytes("-----BEGIN PRIVATE KEY-----")], static form =>
            Assert.Equal("SR1031", Assert.Throws<VaultConfigurationException>(() => Ed25519SigningKey.Import(form)).Code));
    }
}
