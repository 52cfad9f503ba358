using CsCheck;

namespace Strongroom.Cryptography.Tests;

public sealed class HardenedEncryptionTests
{
    private static readonly RandomId Secret = RandomId.New();

    [Fact]
    public void Values_of_any_length_come_back()
    {
        using var keys = HardenedEncryption.Generate(RandomId.New());
        Gen.Select(Gen.Byte.Array[0, 400], Gen.Long[1, 5]).Sample((payload, epoch) =>
        {
            var aad = keys.ValueAad(Secret, "name", 1, 1, epoch);

            var sealedValue = keys.SealValue(aad, epoch, payload);

            Assert.Equal(28, sealedValue.Length % 64);
            using var opened = keys.OpenValue(aad, 1, epoch, sealedValue);
            Assert.Equal(payload, opened.Span.ToArray());
        }, iter: 300);
    }

    [Fact]
    public void A_value_opens_only_where_it_belongs()
    {
        using var keys = HardenedEncryption.Generate(RandomId.New());
        using var otherVault = HardenedEncryption.FromRoot(RandomId.New(), 1, SecretBuffer.Allocate(32));
        using var sameVault = HardenedEncryption.Generate(keys.VaultId);
        var aad = keys.ValueAad(Secret, "db/password", 3, 1, 1);
        var sealedValue = keys.SealValue(aad, 1, "value"u8);

        keys.OpenValue(aad, 1, 1, sealedValue).Dispose();
        byte[][] elsewhere =
        [
            keys.ValueAad(RandomId.New(), "db/password", 3, 1, 1), keys.ValueAad(Secret, "db/passwore", 3, 1, 1), keys.ValueAad(Secret, "db/password", 2, 1, 1),
            keys.ValueAad(Secret, "db/password", 3, 2, 1), keys.ValueAad(Secret, "db/password", 3, 1, 2), otherVault.ValueAad(Secret, "db/password", 3, 1, 1), [],
        ];
        Assert.All(elsewhere, other => AssertRefused(() => keys.OpenValue(other, 1, 1, sealedValue)));
        AssertRefused(() => keys.OpenValue(aad, 1, 2, sealedValue));
        AssertRefused(() => sameVault.OpenValue(aad, 1, 1, sealedValue));
        AssertRefused(() => otherVault.OpenValue(aad, 1, 1, sealedValue));
    }

    [Fact]
    public void Every_flipped_bit_of_value_and_aad_is_refused()
    {
        using var keys = HardenedEncryption.Generate(RandomId.New());
        var aad = keys.ValueAad(Secret, "name", 1, 1, 1);
        var sealedValue = keys.SealValue(aad, 1, "value"u8);

        foreach (var flipped in SealingKeyTests.Flips(sealedValue))
            AssertRefused(() => keys.OpenValue(aad, 1, 1, flipped));
        foreach (var flipped in SealingKeyTests.Flips(aad))
            AssertRefused(() => keys.OpenValue(flipped, 1, 1, sealedValue));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(27)]
    [InlineData(28)]
    [InlineData(91)]
    [InlineData(93)]
    [InlineData(16_777_216 + 64 + 28 + 64)]
    public void Values_of_impossible_length_are_refused(int length)
    {
        using var keys = HardenedEncryption.Generate(RandomId.New());

        AssertRefused(() => keys.OpenValue([], 1, 1, new byte[length]));
    }

    [Fact]
    public void A_sealed_value_with_wrong_padding_is_refused_like_any_other()
    {
        var vault = RandomId.New();
        using var root = SecretBuffer.Random(32);
        using var keys = HardenedEncryption.FromRoot(vault, 1, SecretBuffer.CopyOf(root.Span));
        using var inner = new RootKeys(vault, 1, SecretBuffer.CopyOf(root.Span));

        foreach (var padded in new byte[][] { [], new byte[63], new byte[65], [0, 0, 0, 61, .. new byte[60]], [0, 0, 0, 0, 1, .. new byte[59]], new byte[128] })
            AssertRefused(() => keys.OpenValue([], 1, 1, inner.DataKey(1).Seal([], padded)));
        keys.OpenValue([], 1, 1, inner.DataKey(1).Seal([], new byte[64])).Dispose();
    }

    [Fact]
    public void The_largest_payload_is_sealed_and_a_larger_one_refused()
    {
        using var keys = HardenedEncryption.Generate(RandomId.New());
        var payload = new byte[HardenedEncryption.MaxPayloadLength + 1];
        payload[^2] = 7;

        using var opened = keys.OpenValue([], 1, 1, keys.SealValue([], 1, payload.AsSpan(0, HardenedEncryption.MaxPayloadLength)));

        Assert.Equal(HardenedEncryption.MaxPayloadLength, opened.Length);
        Assert.Equal(7, opened.Span[^1]);
        Assert.Equal("SR1018", Assert.Throws<VaultLimitException>(() => keys.SealValue([], 1, payload)).Code);
    }

    [Fact]
    public void Epochs_and_generations_have_keys_of_their_own_and_begin_at_1()
    {
        using var keys = HardenedEncryption.Generate(RandomId.New());
        var sealedValue = keys.SealValue([], 1, "value"u8);

        for (var epoch = 2; epoch < 6; epoch++)
            AssertRefused(() => keys.OpenValue([], 1, epoch, sealedValue));
        keys.OpenValue([], 1, 1, sealedValue).Dispose();
        Assert.Throws<ArgumentOutOfRangeException>(() => keys.SealValue([], 0, []));
        Assert.Throws<ArgumentOutOfRangeException>(() => keys.OpenValue([], 1, -1, sealedValue));
        Assert.Throws<ArgumentOutOfRangeException>(() => HardenedEncryption.Generate(RandomId.New(), 0));
        Assert.Equal("SR1015", Assert.Throws<VaultIntegrityException>(() => keys.OpenValue([], 2, 1, sealedValue)).Code);
    }

    [Fact]
    public void Keys_inside_the_head_open_only_for_their_purpose()
    {
        var (chain, otherChain) = (RandomId.New(), RandomId.New());
        using var keys = HardenedEncryption.Generate(RandomId.New());
        using var other = HardenedEncryption.Generate(keys.VaultId);
        var index = keys.SealKey("index-key", null, "index"u8);
        var audit = keys.SealKey("audit-keys", chain, "audit"u8);

        using var indexKey = keys.OpenKey("index-key", null, index);
        using var auditKeys = keys.OpenKey("audit-keys", chain, audit);

        Assert.Equal("index"u8.ToArray(), indexKey.Span.ToArray());
        Assert.Equal("audit"u8.ToArray(), auditKeys.Span.ToArray());
        Action[] refused =
        [
            () => keys.OpenKey("index-key", null, audit), () => keys.OpenKey("audit-keys", chain, index), () => keys.OpenKey("audit-keys", otherChain, audit), () => other.OpenKey("index-key", null, index),
            () => keys.OpenKey("index-key", null, []), () => keys.OpenKey("index-key", null, new byte[28]),
        ];
        Assert.All(refused, attempt => Assert.Equal("SR1014", Assert.Throws<VaultIntegrityException>(attempt).Code));
        Assert.Throws<ArgumentException>(() => keys.SealKey("index-key", chain, []));
        Assert.Throws<ArgumentException>(() => keys.SealKey("audit-keys", null, []));
        Assert.Throws<ArgumentException>(() => keys.OpenKey("other", null, []));
    }

    [Fact]
    public void The_mac_of_the_head_depends_on_bytes_vault_generation_and_root()
    {
        using var keys = HardenedEncryption.Generate(RandomId.New());
        using var other = HardenedEncryption.Generate(keys.VaultId);
        using var root = SecretBuffer.Random(32);
        using var first = HardenedEncryption.FromRoot(keys.VaultId, 1, SecretBuffer.CopyOf(root.Span));
        using var second = HardenedEncryption.FromRoot(keys.VaultId, 2, SecretBuffer.CopyOf(root.Span));
        using var elsewhere = HardenedEncryption.FromRoot(RandomId.New(), 1, SecretBuffer.CopyOf(root.Span));

        Assert.Equal(keys.MacHead("head"u8), keys.MacHead("head"u8));
        Assert.NotEqual(keys.MacHead("head"u8), keys.MacHead("heae"u8));
        Assert.NotEqual(keys.MacHead("head"u8), other.MacHead("head"u8));
        Assert.Equal(3, new[] { first, second, elsewhere }.Select(each => each.MacHead("head"u8)).Distinct().Count());
        Assert.Equal(3, new[] { first, second, elsewhere }.Select(each => each.RootCommitment).Distinct().Count());
    }

    [Fact]
    public void After_dispose_nothing_is_sealed_opened_or_signed()
    {
        using var credential = TestKeys.NewKeyFile();
        var keys = HardenedEncryption.Generate(RandomId.New());
        var sealedValue = keys.SealValue([], 1, "value"u8);

        keys.Dispose();
        keys.Dispose();

        Assert.Throws<ObjectDisposedException>(() => keys.SealValue([], 1, "value"u8));
        Assert.Throws<ObjectDisposedException>(() => keys.SealValue([], 2, "value"u8));
        Assert.Throws<ObjectDisposedException>(() => keys.OpenValue([], 1, 1, sealedValue));
        Assert.Throws<ObjectDisposedException>(() => keys.MacHead([]));
        Assert.Throws<ObjectDisposedException>(() => keys.SealKey("index-key", null, []));
        Assert.Throws<ObjectDisposedException>(() => keys.Slot(credential));
        Assert.Throws<ObjectDisposedException>(() => keys.NextGeneration());
    }

    [Fact]
    public async Task Many_threads_seal_and_open_under_many_epochs()
    {
        using var keys = HardenedEncryption.Generate(RandomId.New());
        var token = TestContext.Current.CancellationToken;

        await Task.WhenAll(Enumerable.Range(0, 4).Select(worker => Task.Run(() =>
        {
            for (var i = 0; i < 300; i++)
            {
                var (epoch, payload) = (1 + i % 7, BitConverter.GetBytes(i * worker));
                using var opened = keys.OpenValue([], 1, epoch, keys.SealValue([], epoch, payload));
                Assert.Equal(payload, opened.Span.ToArray());
            }
        }, token)));
    }

    private static void AssertRefused(Func<SecretBuffer> open) => Assert.Equal("SR1013", Assert.Throws<VaultIntegrityException>(open).Code);
}
