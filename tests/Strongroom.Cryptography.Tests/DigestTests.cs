using System.Security.Cryptography;

namespace Strongroom.Cryptography.Tests;

public sealed class DigestTests
{
    [Fact]
    public void A_digest_is_32_bytes_that_equal_themselves()
    {
        var digest = Digest.Sha256("data"u8);
        object same = Digest.FromBytes(SHA256.HashData("data"u8));

        Assert.True(digest.Equals(same));
        Assert.False(digest.Equals("text"));
        Assert.Equal(digest.GetHashCode(), same.GetHashCode());
        Assert.Equal(Convert.ToBase64String(SHA256.HashData("data"u8)), digest.ToString());
        Assert.Throws<ArgumentOutOfRangeException>(() => Digest.FromBytes(new byte[31]));
    }

    [Fact]
    public void Every_flipped_bit_is_another_digest()
    {
        var digest = Digest.Sha256("data"u8);

        foreach (var flipped in SealingKeyTests.Flips(digest.Span.ToArray()))
        {
            Assert.True(digest != Digest.FromBytes(flipped));
            Assert.False(digest == Digest.FromBytes(flipped));
            Assert.False(digest.Equals((object)Digest.FromBytes(flipped)));
        }
    }
}
