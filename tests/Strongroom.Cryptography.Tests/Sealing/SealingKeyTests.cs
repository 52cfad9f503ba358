using System.Security.Cryptography;
using CsCheck;

namespace Strongroom.Cryptography.Tests;

public sealed class SealingKeyTests
{
    private static readonly byte[] Keys = SHA512.HashData("keys"u8);

    public static TheoryData<bool> Libraries => [true, false];

    [Theory]
    [MemberData(nameof(Libraries))]
    public void What_is_sealed_opens_under_either_library(bool sealsWithLibsodium) =>
        Gen.Select(Gen.Byte.Array[0, 300], Gen.Byte.Array[0, 300]).Sample((aad, plaintext) =>
        {
            using var one = new SealingKey(Keys, sealsWithLibsodium);
            using var other = new SealingKey(Keys, !sealsWithLibsodium);

            var sealedBytes = one.Seal(aad, plaintext);

            Assert.Equal(plaintext.Length + SealingKey.Overhead, sealedBytes.Length);
            Assert.Equal(plaintext, Open(other, aad, sealedBytes));
            Assert.Equal(plaintext, Open(one, aad, sealedBytes));
        }, iter: 200);

    /// <summary>.NET Data Protection, CVE-2026-40372: a tag check that had silently broken on one target.</summary>
    [Theory]
    [MemberData(nameof(Libraries))]
    public void Every_flipped_bit_is_refused(bool useLibsodium)
    {
        using var key = new SealingKey(Keys, useLibsodium);
        var aad = "where it belongs"u8.ToArray();
        var sealedBytes = key.Seal(aad, new byte[64]);

        foreach (var flipped in Flips(sealedBytes))
            Assert.Null(Open(key, aad, flipped));
        foreach (var flipped in Flips(aad))
            Assert.Null(Open(key, flipped, sealedBytes));
        Assert.NotNull(Open(key, aad, sealedBytes));
    }

    [Theory]
    [MemberData(nameof(Libraries))]
    public void Every_flipped_bit_of_the_key_is_refused_and_of_the_iv_key_is_not(bool useLibsodium)
    {
        using var key = new SealingKey(Keys, useLibsodium);
        var sealedBytes = key.Seal([], "value"u8);
        var number = 0;

        foreach (var flipped in Flips(Keys))
        {
            using var other = new SealingKey(flipped, useLibsodium);
            Assert.Equal(number++ < 256, Open(other, [], sealedBytes) is null);
        }
    }

    [Theory]
    [MemberData(nameof(Libraries))]
    public void Cut_or_longer_bytes_are_refused(bool useLibsodium)
    {
        using var key = new SealingKey(Keys, useLibsodium);
        var sealedBytes = key.Seal([], "value"u8);

        for (var length = 0; length < sealedBytes.Length; length++)
            Assert.Null(Open(key, [], sealedBytes[..length]));
        Assert.Null(Open(key, [], [.. sealedBytes, 0]));
        Assert.False(key.TryOpen([], sealedBytes, new byte[4]));
        Assert.False(key.TryOpen([], sealedBytes, new byte[6]));
    }

    [Theory]
    [MemberData(nameof(Libraries))]
    public void A_refused_plaintext_is_not_given_out(bool useLibsodium)
    {
        using var key = new SealingKey(Keys, useLibsodium);
        var sealedBytes = key.Seal([], "a value that must not leak"u8);
        sealedBytes[^1] ^= 1;
        var plaintext = new byte[sealedBytes.Length - SealingKey.Overhead];

        Assert.False(key.TryOpen([], sealedBytes, plaintext));
        Assert.Equal(-1, plaintext.AsSpan().IndexOfAnyExcept((byte)0));
    }

    /// <summary>A cloned machine or a broken generator: the IV repeats only together with the whole message.</summary>
    [Fact]
    public void A_generator_that_repeats_itself_repeats_no_iv()
    {
        using var key = new SealingKey(Keys);
        var random = new byte[32];
        var ivs = new HashSet<string>(StringComparer.Ordinal);

        for (var i = 0; i < 1000; i++)
        {
            Assert.True(ivs.Add(Convert.ToHexString(key.Seal([], BitConverter.GetBytes(i), random).AsSpan(0, 12))));
            Assert.True(ivs.Add(Convert.ToHexString(key.Seal(BitConverter.GetBytes(i), [], random).AsSpan(0, 12))));
        }
        Assert.Equal(key.Seal("aad"u8, "same"u8, random), key.Seal("aad"u8, "same"u8, random));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(464)]
    [InlineData(468)]
    [InlineData(469)]
    [InlineData(5000)]
    public void The_iv_is_that_of_the_format_for_what_fits_on_the_stack_and_what_does_not(int aadLength)
    {
        using var key = new SealingKey(Keys);
        byte[] aad = RandomNumberGenerator.GetBytes(aadLength), plaintext = RandomNumberGenerator.GetBytes(100), random = RandomNumberGenerator.GetBytes(32);
        byte[] message = [0, 0, 0, 32, .. random, 0, 0, (byte)(aadLength >> 8), (byte)aadLength, .. aad, 0, 0, 0, 100, .. plaintext];

        var sealedBytes = key.Seal(aad, plaintext, random);

        Assert.Equal(HMACSHA256.HashData(Keys.AsSpan(32), message)[..12], sealedBytes[..12]);
    }

    [Fact]
    public void What_a_thread_gives_back_after_the_key_was_disposed_of_is_wiped_too()
    {
        var key = new SealingKey(Keys);
        var ivs = key.RentIvs();
        key.Dispose();

        key.ReturnIvs(ivs);

        Assert.Throws<ObjectDisposedException>(() => ivs.Derive([], [], new byte[12]));
    }

    [Fact]
    public void The_same_message_is_sealed_differently_each_time()
    {
        using var key = new SealingKey(Keys);

        Assert.Equal(200, Enumerable.Range(0, 200).Select(_ => Convert.ToHexString(key.Seal("aad"u8, "same"u8))).Distinct().Count());
    }

    [Fact]
    public void Threads_that_seal_at_once_derive_with_their_own_state()
    {
        using var key = new SealingKey(Keys);
        var (one, other) = (key.RentIvs(), key.RentIvs());
        Assert.NotSame(one, other);

        key.ReturnIvs(one);
        key.ReturnIvs(other);

        Assert.Same(one, key.RentIvs());
        Assert.Throws<ObjectDisposedException>(() => other.Derive([], [], new byte[12]));
        one.Dispose();
    }

    [Theory]
    [MemberData(nameof(Libraries))]
    public async Task One_key_serves_many_threads(bool useLibsodium)
    {
        using var key = new SealingKey(Keys, useLibsodium);
        var token = TestContext.Current.CancellationToken;

        await Task.WhenAll(Enumerable.Range(0, 4).Select(worker => Task.Run(() =>
        {
            var plaintext = BitConverter.GetBytes(worker);
            for (var i = 0; i < 500; i++)
                Assert.Equal(plaintext, Open(key, plaintext, key.Seal(plaintext, plaintext)));
        }, token)));
    }

    [Theory]
    [MemberData(nameof(Libraries))]
    public void A_disposed_key_does_nothing(bool useLibsodium)
    {
        var key = new SealingKey(Keys, useLibsodium);
        var sealedBytes = key.Seal([], "value"u8);

        key.Dispose();
        key.Dispose();

        Assert.Throws<ObjectDisposedException>(() => key.Seal([], "value"u8));
        Assert.Throws<ObjectDisposedException>(() => Open(key, [], sealedBytes));
    }

    [Fact]
    public void Keys_of_another_size_are_refused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => new SealingKey(new byte[63]));
        Assert.Throws<ArgumentOutOfRangeException>(() => new SealingKey(new byte[65]));
    }

    internal static IEnumerable<byte[]> Flips(byte[] bytes)
    {
        for (var bit = 0; bit < bytes.Length * 8; bit++)
        {
            var flipped = bytes.ToArray();
            flipped[bit / 8] ^= (byte)(1 << (bit % 8));
            yield return flipped;
        }
    }

    private static byte[]? Open(SealingKey key, byte[] aad, byte[] sealedBytes)
    {
        var plaintext = new byte[Math.Max(0, sealedBytes.Length - SealingKey.Overhead)];
        return key.TryOpen(aad, sealedBytes, plaintext) ? plaintext : null;
    }
}
