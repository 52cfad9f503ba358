using System.Text;
using Strongroom.Argon2.Managed;

namespace Strongroom.Cryptography.Tests;

public sealed class UnlockTests
{
    [Theory]
    [InlineData("passphrase", 1)]
    [InlineData("passphrase", 2)]
    [InlineData("passphrase+key-file", 1)]
    [InlineData("key-file", 1)]
    [InlineData("recovery-key", 1)]
    public void Each_kind_of_slot_opens_with_its_credential(string kind, int parallelism)
    {
        using var keyFile = Credential.NewKeyFile();
        using var recovery = Credential.NewRecoveryKey();
        using var credential = kind switch
        {
            "passphrase" => Credential.Passphrase("correct horse"u8),
            "passphrase+key-file" => Credential.PassphraseAndKeyFile("correct horse"u8, keyFile.Span),
            "key-file" => Credential.KeyFile(keyFile.Span),
            _ => Credential.RecoveryKey(recovery.Span),
        };
        using var keys = HardenedEncryption.Generate(RandomId.New());
        var kdf = kind.StartsWith("passphrase", StringComparison.Ordinal) ? KdfParameters.Argon2id(7_168, 6, parallelism) : null;
        var slot = keys.CreateSlot(credential, kdf, "laptop", TestKeys.CreatedAt, new ManagedArgon2());
        var aad = keys.ValueAad(RandomId.New(), "db/password", 1, 1, 1);
        var sealedValue = keys.SealValue(aad, 1, "hunter2"u8);

        using var unlocked = HardenedEncryption.Unlock(keys.VaultId, 1, keys.RootCommitment, [slot], credential, new ManagedArgon2(), out var opened);

        Assert.Same(slot, opened);
        Assert.Equal((kind, "laptop", TestKeys.CreatedAt), (slot.Kind, slot.Label, slot.CreatedAt));
        Assert.Equal((1, keys.VaultId, keys.RootCommitment), (unlocked.Generation, unlocked.VaultId, unlocked.RootCommitment));
        using var payload = unlocked.OpenValue(aad, 1, 1, sealedValue);
        Assert.Equal("hunter2", Encoding.UTF8.GetString(payload.Span));
    }

    [Theory]
    [InlineData("pbkdf2-sha256")]
    [InlineData("pbkdf2-sha512")]
    public void Legacy_derivations_open(string name)
    {
        using var credential = Credential.Passphrase("correct horse"u8);
        using var keys = HardenedEncryption.Generate(RandomId.New());
        var slot = keys.Slot(credential, new KdfParameters(name, 0, 100_000, 1));

        using var unlocked = keys.Unlock(credential, slot);

        Assert.True(unlocked.HasTheRootOf(keys));
    }

    [Theory]
    [InlineData("correct horse ")]
    [InlineData("correct horse\n")]
    [InlineData("Correct horse")]
    [InlineData("correct horse\0")]
    [InlineData("correct horsé")]
    public void A_passphrase_is_its_exact_bytes(string other)
    {
        using var credential = Credential.Passphrase("correct horse"u8);
        using var wrong = Credential.Passphrase(Encoding.UTF8.GetBytes(other));
        using var keys = HardenedEncryption.Generate(RandomId.New());

        AssertLocked(() => keys.Unlock(wrong, keys.Slot(credential, TestKeys.Cheap)));
    }

    /// <summary>é in one code point and in two: no normalisation, which would not happen under invariant globalisation either.</summary>
    [Fact]
    public void A_passphrase_is_not_normalised()
    {
        using var composed = Credential.Passphrase("caf\u00e9 au lait"u8);
        using var decomposed = Credential.Passphrase("cafe\u0301 au lait"u8);
        using var keys = HardenedEncryption.Generate(RandomId.New());

        AssertLocked(() => keys.Unlock(decomposed, keys.Slot(composed, TestKeys.Cheap)));
    }

    [Fact]
    public void Passphrase_and_key_file_are_both_needed()
    {
        using var keyFile = Credential.NewKeyFile();
        using var otherFile = Credential.NewKeyFile();
        using var both = Credential.PassphraseAndKeyFile("correct horse"u8, keyFile.Span);
        using var otherPassphrase = Credential.PassphraseAndKeyFile("correct horsf"u8, keyFile.Span);
        using var otherKey = Credential.PassphraseAndKeyFile("correct horse"u8, otherFile.Span);
        using var passphrase = Credential.Passphrase("correct horse"u8);
        using var key = Credential.KeyFile(keyFile.Span);
        using var keys = HardenedEncryption.Generate(RandomId.New());
        var slot = keys.Slot(both, TestKeys.Cheap);

        keys.Unlock(both, slot).Dispose();
        foreach (var credential in new[] { otherPassphrase, otherKey, passphrase, key })
            AssertLocked(() => keys.Unlock(credential, slot));
    }

    [Fact]
    public void Every_fitting_slot_is_tried_in_order()
    {
        using var mine = TestKeys.NewKeyFile();
        using var other = TestKeys.NewKeyFile();
        using var keys = HardenedEncryption.Generate(RandomId.New());
        using var stranger = HardenedEncryption.Generate(keys.VaultId);
        // One of another kind, one of another key, one that commits to the key and wraps another root.
        using var passphrase = Credential.Passphrase("correct horse"u8);
        var first = keys.Slot(mine, label: "first");
        var slots = new[] { keys.Slot(passphrase, TestKeys.Cheap), keys.Slot(other), stranger.Slot(mine), first, keys.Slot(mine, label: "second") };

        using var unlocked = HardenedEncryption.Unlock(keys.VaultId, 1, keys.RootCommitment, slots, mine, null, out var opened);

        Assert.Same(first, opened);
        Assert.True(unlocked.HasTheRootOf(keys));
        AssertLocked(() => keys.Unlock(mine, slots[..3]));
    }

    [Fact]
    public void Another_vault_generation_or_root_does_not_open()
    {
        using var credential = TestKeys.NewKeyFile();
        using var keys = HardenedEncryption.Generate(RandomId.New());
        using var other = HardenedEncryption.Generate(keys.VaultId);
        var slot = keys.Slot(credential);

        AssertLocked(() => HardenedEncryption.Unlock(RandomId.New(), 1, keys.RootCommitment, [slot], credential, null, out _));
        AssertLocked(() => HardenedEncryption.Unlock(keys.VaultId, 2, keys.RootCommitment, [slot], credential, null, out _));
        AssertLocked(() => HardenedEncryption.Unlock(keys.VaultId, 1, other.RootCommitment, [slot], credential, null, out _));
        keys.Unlock(credential, slot).Dispose();
    }

    [Fact]
    public void Every_flipped_bit_of_a_slot_reads_as_a_wrong_key()
    {
        using var credential = TestKeys.NewKeyFile();
        using var keys = HardenedEncryption.Generate(RandomId.New());
        var slot = keys.Slot(credential);
        var id = new byte[16];
        slot.Id.CopyTo(id);

        var changed = SealingKeyTests.Flips(slot.Salt).Select(salt => slot with { Salt = salt })
            .Concat(SealingKeyTests.Flips(slot.Wrapped).Select(wrapped => slot with { Wrapped = wrapped }))
            .Concat(SealingKeyTests.Flips(slot.Commitment.Span.ToArray()).Select(commitment => slot with { Commitment = Digest.FromBytes(commitment) }))
            .Concat(SealingKeyTests.Flips(id).Select(bytes => slot with { Id = RandomId.FromBytes(bytes) }))
            .Append(slot with { Wrapped = slot.Wrapped[..59] })
            .Append(slot with { Wrapped = [] });

        foreach (var tampered in changed)
            AssertLocked(() => keys.Unlock(credential, tampered));
    }

    [Fact]
    public void Changed_parameters_of_a_derivation_read_as_a_wrong_passphrase()
    {
        using var credential = Credential.Passphrase("correct horse"u8);
        using var keyFile = Credential.NewKeyFile();
        using var both = Credential.PassphraseAndKeyFile("correct horse"u8, keyFile.Span);
        using var keys = HardenedEncryption.Generate(RandomId.New());
        var slot = keys.Slot(credential, TestKeys.Cheap);

        AssertLocked(() => keys.Unlock(credential, slot with { Kdf = KdfParameters.Argon2id(7_168, 7, 1) }));
        AssertLocked(() => keys.Unlock(credential, slot with { Kdf = KdfParameters.Argon2id(7_169, 6, 1) }));
        AssertLocked(() => keys.Unlock(credential, slot with { Kdf = KdfParameters.Pbkdf2Sha256(100_000) }));
        AssertLocked(() => keys.Unlock(both, slot with { Kind = SlotKinds.PassphraseAndKeyFile }));
    }

    /// <summary>Ciphertexts that open under up to 129 keys (CVE-2020-8897, partitioning oracles): no slot is opened by them, whatever key is tried.</summary>
    [Fact]
    public void Ciphertexts_of_many_keys_are_refused_as_slots()
    {
        using var credential = TestKeys.NewKeyFile();
        using var keys = HardenedEncryption.Generate(RandomId.New());
        var slot = keys.Slot(credential);
        foreach (var test in TestFiles.VectorJson("commitment/gcm_multikey.json").GetProperty("cases").EnumerateArray())
        {
            byte[] wrapped = [.. test.Hex("nonce"), .. test.Hex("ciphertext"), .. test.Hex("tag")];
            var plaintext = new byte[test.Hex("ciphertext").Length];
            var opening = test.GetProperty("keys").EnumerateArray().Select(key => Convert.FromHexString(key.GetString()!)).ToList();

            // They do what they promise: the cipher alone opens them under each key.
            foreach (var key in opening)
            {
                using var aead = new NSecAead(key);
                Assert.True(aead.TryDecrypt(wrapped.AsSpan(0, 12), test.Hex("aad"), wrapped.AsSpan(12), plaintext));
            }

            AssertLocked(() => keys.Unlock(credential, slot with { Wrapped = wrapped }));
            AssertLocked(() => keys.Unlock(credential, slot with { Wrapped = wrapped, Commitment = Digest.FromBytes(opening[0]) }));
        }
    }

    [Fact]
    public void A_slot_that_needs_a_provider_says_so_only_when_nothing_else_opens()
    {
        using var credential = Credential.Passphrase("correct horse"u8);
        using var wrong = Credential.Passphrase("wrong horse"u8);
        using var keys = HardenedEncryption.Generate(RandomId.New());
        var parallel = keys.CreateSlot(credential, KdfParameters.Argon2id(7_168, 6, 2), "", TestKeys.CreatedAt, new ManagedArgon2());
        var single = keys.Slot(credential, TestKeys.Cheap);

        keys.Unlock(credential, parallel, single).Dispose();
        var error = Assert.Throws<VaultConfigurationException>(() => keys.Unlock(credential, parallel));
        Assert.Equal("SR1003", error.Code);
        Assert.Contains("Strongroom.Argon2.Managed", error.Hint, StringComparison.Ordinal);
        Assert.Equal("SR1003", Assert.Throws<VaultConfigurationException>(() => keys.Unlock(wrong, parallel, single)).Code);
        Assert.Equal("SR1003", Assert.Throws<VaultConfigurationException>(() => keys.CreateSlot(credential, KdfParameters.Argon2id(7_168, 6, 2), "", TestKeys.CreatedAt, null)).Code);
        AssertLocked(() => HardenedEncryption.Unlock(keys.VaultId, 1, keys.RootCommitment, [parallel], wrong, new ManagedArgon2(), out _));
    }

    [Fact]
    public void Without_libsodium_the_provider_derives_everything()
    {
        using var credential = Credential.Passphrase("correct horse"u8);
        using var keys = HardenedEncryption.Generate(RandomId.New());
        var slot = keys.Slot(credential, TestKeys.Cheap);

        var without = new SlotOpener(keys.VaultId, 1, keys.RootCommitment, credential, null, hasLibsodium: false);
        var with = new SlotOpener(keys.VaultId, 1, keys.RootCommitment, credential, new ManagedArgon2(), hasLibsodium: false);

        Assert.Throws<VaultConfigurationException>(() => without.Open([slot], out _, out _));
        using var root = with.Open([slot], out var opened, out var slotKeys);
        slotKeys.Dispose();
        Assert.Same(slot, opened);
        Assert.Equal(keys.RootCommitment, root.Commitment);
    }

    /// <summary>Nobody holds the credential while its passphrase is derived: the safety net must not wipe it under way.</summary>
    [Fact]
    public void A_credential_that_nobody_holds_lives_until_its_derivation_has_ended()
    {
        using var keys = HardenedEncryption.Generate(RandomId.New());
        using var credential = Credential.Passphrase("correct horse"u8);
        var slot = keys.CreateSlot(credential, KdfParameters.Argon2id(7_168, 6, 2), "", TestKeys.CreatedAt, new ManagedArgon2());
        var provider = new CollectingArgon2();

        keys.Keep(slot, Credential.Passphrase("correct horse"u8), provider);

        Assert.Equal("correct horse"u8.ToArray(), provider.Seen);
    }

    private sealed class CollectingArgon2 : IArgon2Provider
    {
        public byte[] Seen { get; private set; } = [];

        public void DeriveKey(ReadOnlySpan<byte> passphrase, ReadOnlySpan<byte> salt, KdfParameters parameters, Span<byte> key)
        {
            for (var i = 0; i < 3; i++)
            {
                GC.Collect();
                GC.WaitForPendingFinalizers();
            }

            Seen = passphrase.ToArray();
        }
    }

    private static void AssertLocked(Func<HardenedEncryption> unlock)
    {
        var error = Assert.Throws<VaultLockedException>(unlock);
        Assert.Equal("SR1001", error.Code);
        Assert.Equal("No key slot of the vault could be opened with what was given.", error.Message);
    }
}
