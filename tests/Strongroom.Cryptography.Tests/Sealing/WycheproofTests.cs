using System.Security.Cryptography;
using System.Text.Json;

namespace Strongroom.Cryptography.Tests;

/// <summary>Vectors of Project Wycheproof against the very calls that the library makes.</summary>
public sealed class WycheproofTests(ITestOutputHelper output)
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Aes_256_gcm(bool useLibsodium)
    {
        var (run, skipped) = (0, 0);
        foreach (var group in TestFiles.VectorJson("wycheproof/aes_gcm_test.json").GetProperty("testGroups").EnumerateArray())
        {
            var tests = group.GetProperty("tests");
            if ((group.Number("ivSize"), group.Number("keySize"), group.Number("tagSize")) != (96, 256, 128))
            {
                skipped += tests.GetArrayLength();
                continue;
            }

            foreach (var test in tests.EnumerateArray())
            {
                using Aead aead = useLibsodium ? new NSecAead(test.Hex("key")) : new FrameworkAead(test.Hex("key"));
                byte[] sealedBytes = [.. test.Hex("ct"), .. test.Hex("tag")];
                var plaintext = new byte[test.Hex("ct").Length];

                Assert.True(aead.TryDecrypt(test.Hex("iv"), test.Hex("aad"), sealedBytes, plaintext) == IsValid(test), Name(test));
                if (IsValid(test))
                {
                    Assert.Equal(test.Hex("msg"), plaintext);
                    aead.Encrypt(test.Hex("iv"), test.Hex("aad"), test.Hex("msg"), sealedBytes);
                    Assert.Equal([.. test.Hex("ct"), .. test.Hex("tag")], sealedBytes);
                }

                run++;
            }
        }

        output.WriteLine($"{run} run; {skipped} skipped: the format has a 256-bit key, a 96-bit IV and a 128-bit tag, and no call takes others.");
        Assert.Equal((66, 250), (run, skipped));
    }

    [Fact]
    public void Hkdf_sha256()
    {
        var run = 0;
        foreach (var test in Tests("wycheproof/hkdf_sha256_test.json"))
        {
            var okm = new byte[test.Number("size")];
            if (IsValid(test))
            {
                HKDF.DeriveKey(HashAlgorithmName.SHA256, test.Hex("ikm"), okm, test.Hex("salt"), test.Hex("info"));
                Assert.Equal(test.Hex("okm"), okm);
            }
            else
            {
                Assert.ThrowsAny<ArgumentException>(() => HKDF.DeriveKey(HashAlgorithmName.SHA256, test.Hex("ikm"), okm, test.Hex("salt"), test.Hex("info")));
            }

            run++;
        }

        Assert.Equal(86, run);
    }

    [Fact]
    public void Hmac_sha256()
    {
        var run = 0;
        foreach (var group in TestFiles.VectorJson("wycheproof/hmac_sha256_test.json").GetProperty("testGroups").EnumerateArray())
        {
            foreach (var test in group.GetProperty("tests").EnumerateArray())
            {
                var mac = new byte[32];
                HMACSHA256.HashData(test.Hex("key"), test.Hex("msg"), mac);

                // Groups with shorter tags: the format cuts nothing but IVs, which are the beginning too.
                Assert.True(mac.AsSpan(0, (int)group.Number("tagSize") / 8).SequenceEqual(test.Hex("tag")) == IsValid(test), Name(test));
                run++;
            }
        }

        Assert.Equal(174, run);
    }

    [Theory]
    [InlineData("sha256", 60)]
    [InlineData("sha512", 58)]
    public void Pbkdf2(string hash, int count)
    {
        var run = 0;
        foreach (var test in Tests($"wycheproof/pbkdf2_hmac{hash}_test.json"))
        {
            var key = new byte[test.Number("dkLen")];
            var kdf = new KdfParameters("pbkdf2-" + hash, 0, (int)test.Number("iterationCount"), 1);

            PassphraseKdf.Derive(test.Hex("password"), test.Hex("salt"), kdf, null, hasLibsodium: true, key);

            Assert.True(key.AsSpan().SequenceEqual(test.Hex("dk")) == IsValid(test), Name(test));
            run++;
        }

        Assert.Equal(count, run);
    }

    private static IEnumerable<JsonElement> Tests(string name) =>
        TestFiles.VectorJson(name).GetProperty("testGroups").EnumerateArray().SelectMany(group => group.GetProperty("tests").EnumerateArray());

    private static bool IsValid(JsonElement test) => test.Text("result") == "valid";

    private static string Name(JsonElement test) => $"{test.Number("tcId")} {test.Text("comment")}";
}
