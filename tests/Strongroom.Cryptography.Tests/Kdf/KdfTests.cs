using System.Text;
using System.Text.Json;
using Strongroom.Argon2.Managed;

namespace Strongroom.Cryptography.Tests;

public sealed class KdfTests
{
    private const string Parallel = "efb51f9a76584f6dd6a4f7942a1a2f6ae5a6e4ec5142ff674dfd5d27eb45e446";
    private const string Single = "94c86f541abdb3d9aabfea59aa03963549483e9c0b1a79336e76b54cee6c917e";

    /// <summary>Outputs of the reference implementation in C.</summary>
    [Theory]
    [InlineData(1, true, Single)]
    [InlineData(1, false, Single)]
    [InlineData(4, true, Parallel)]
    [InlineData(4, false, Parallel)]
    public void Argon2id_agrees_with_the_reference_in_both_libraries(int parallelism, bool hasLibsodium, string expected)
    {
        var key = new byte[32];

        PassphraseKdf.Derive("correct horse battery staple"u8, "0123456789abcdef"u8, KdfParameters.Argon2id(65536, 3, parallelism), new ManagedArgon2(), hasLibsodium, key);

        Assert.Equal(expected, Convert.ToHexStringLower(key));
    }

    /// <summary>Argon2id of version 0x13 only; the salts have 8 bytes, which libsodium does not take, so these are for the managed one.</summary>
    [Fact]
    public void Vectors_of_the_competition_agree()
    {
        var run = 0;
        foreach (var test in TestFiles.VectorJson("argon2/phc-hashtest.json").GetProperty("cases").EnumerateArray().Where(test => test.Text("type") == "argon2id" && test.Number("version") == 19))
        {
            var key = new byte[32];

            new ManagedArgon2().DeriveKey(Text(test, "password"), Text(test, "salt"), KdfParameters.Argon2id((int)test.Number("m_kib"), (int)test.Number("t"), (int)test.Number("p")), key);

            Assert.Equal(test.Hex("hashHex"), key);
            run++;
        }

        Assert.Equal(8, run);
        // Left out: Argon2i and version 0x10, which the format does not have, and the vectors of RFC 9106, all of which have a secret and associated data, which no call passes.
    }

    [Fact]
    public void The_same_passphrase_and_salt_give_the_same_key_and_others_another()
    {
        var one = Derive("passphrase"u8, "0123456789abcdef"u8);

        Assert.Equal(one, Derive("passphrase"u8, "0123456789abcdef"u8));
        Assert.NotEqual(one, Derive("passphrasf"u8, "0123456789abcdef"u8));
        Assert.NotEqual(one, Derive("passphrase\0"u8, "0123456789abcdef"u8));
        Assert.NotEqual(one, Derive("passphrase"u8, "0123456789abcdeg"u8));
    }

    [Fact]
    public void Without_a_provider_parallelism_is_refused() =>
        Assert.Equal("SR1003", Assert.Throws<VaultConfigurationException>(() => PassphraseKdf.Derive("a"u8, new byte[16], KdfParameters.Argon2id(65536, 3, 2), null, true, new byte[32])).Code);

    [Fact]
    public void The_managed_library_asks_for_parameters() =>
        Assert.Throws<ArgumentNullException>(() => new ManagedArgon2().DeriveKey("a"u8, new byte[16], null!, new byte[32]));

    private static byte[] Derive(ReadOnlySpan<byte> passphrase, ReadOnlySpan<byte> salt)
    {
        var key = new byte[32];
        PassphraseKdf.Derive(passphrase, salt, KdfParameters.Argon2id(7168, 6, 1), null, true, key);
        return key;
    }

    private static byte[] Text(JsonElement test, string name) => Encoding.UTF8.GetBytes(test.Text(name));
}
