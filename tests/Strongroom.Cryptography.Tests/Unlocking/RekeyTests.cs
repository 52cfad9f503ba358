using Strongroom.Argon2.Managed;

namespace Strongroom.Cryptography.Tests;

public sealed class RekeyTests
{
    [Fact]
    public void The_next_generation_opens_what_this_one_sealed_and_seals_under_its_own_root()
    {
        using var keys = HardenedEncryption.Generate(RandomId.New());
        var sealedValue = keys.SealValue([], 1, "value"u8);

        using var next = keys.NextGeneration();

        Assert.Equal((2, 1, null), (next.Generation, next.PreviousGeneration, keys.PreviousGeneration));
        Assert.Equal(keys.RootCommitment, next.PreviousRootCommitment);
        Assert.Null(keys.PreviousRootCommitment);
        Assert.False(next.HasTheRootOf(keys));
        next.OpenValue([], 1, 1, sealedValue).Dispose();
        var again = next.SealValue([], 1, "value"u8);
        next.OpenValue([], 2, 1, again).Dispose();
        Assert.Throws<VaultIntegrityException>(() => next.OpenValue([], 1, 1, again));
        Assert.Throws<VaultIntegrityException>(() => keys.OpenValue([], 2, 1, again));
        Assert.Equal("SR1008", Assert.Throws<VaultConfigurationException>(next.NextGeneration).Code);
    }

    [Fact]
    public void The_next_generation_lives_without_the_one_before_and_forgets_it()
    {
        var keys = HardenedEncryption.Generate(RandomId.New());
        var sealedValue = keys.SealValue([], 1, "value"u8);
        using var next = keys.NextGeneration();

        keys.Dispose();
        next.OpenValue([], 1, 1, sealedValue).Dispose();
        next.DropPreviousRoot();
        next.DropPreviousRoot();

        Assert.Null(next.PreviousGeneration);
        Assert.Null(next.PreviousRootCommitment);
        Assert.Equal("SR1015", Assert.Throws<VaultIntegrityException>(() => next.OpenValue([], 1, 1, sealedValue)).Code);
        Assert.Throws<InvalidOperationException>(next.SealPreviousRoot);
        next.NextGeneration().Dispose();
    }

    [Fact]
    public void Who_opens_the_new_root_adds_the_one_before_from_the_head()
    {
        using var credential = TestKeys.NewKeyFile();
        using var keys = HardenedEncryption.Generate(RandomId.New());
        var sealedValue = keys.SealValue([], 1, "value"u8);
        using var next = keys.NextGeneration();
        var slot = next.Slot(credential);
        var previous = next.SealPreviousRoot();

        using var unlocked = next.Unlock(credential, slot);
        Assert.Null(unlocked.PreviousGeneration);
        unlocked.AddPreviousRoot(1, keys.RootCommitment, previous);
        unlocked.AddPreviousRoot(1, keys.RootCommitment, previous);

        Assert.Equal(1, unlocked.PreviousGeneration);
        unlocked.OpenValue([], 1, 1, sealedValue).Dispose();
    }

    [Fact]
    public void Another_root_of_the_generation_before_is_refused()
    {
        using var keys = HardenedEncryption.Generate(RandomId.New());
        using var next = keys.NextGeneration();
        using var stranger = HardenedEncryption.Generate(keys.VaultId);
        using var strangerNext = stranger.NextGeneration();
        using var plain = HardenedEncryption.FromRoot(keys.VaultId, 2, SecretBuffer.Allocate(32));
        using var inner = new RootKeys(keys.VaultId, 2, SecretBuffer.Allocate(32));
        var previous = next.SealPreviousRoot();
        var short31 = inner.Wrap.Seal(Aad.PreviousRoot(keys.VaultId, 2, 1), new byte[31]);
        next.DropPreviousRoot();

        Action[] refused =
        [
            () => next.AddPreviousRoot(1, stranger.RootCommitment, previous), () => next.AddPreviousRoot(2, keys.RootCommitment, previous), () => next.AddPreviousRoot(1, stranger.RootCommitment, strangerNext.SealPreviousRoot()),
            () => next.AddPreviousRoot(1, keys.RootCommitment, []), () => plain.AddPreviousRoot(1, default, short31),
        ];

        Assert.All(refused, attempt => Assert.Equal("SR1014", Assert.Throws<VaultIntegrityException>(attempt).Code));
        Assert.Null(next.PreviousGeneration);
        foreach (var flipped in SealingKeyTests.Flips(previous))
            Assert.Throws<VaultIntegrityException>(() => next.AddPreviousRoot(1, keys.RootCommitment, flipped));
    }

    [Fact]
    public void An_added_root_takes_the_place_of_another()
    {
        var vault = RandomId.New();
        using var first = HardenedEncryption.Generate(vault);
        using var second = first.NextGeneration();
        using var wrongGeneration = HardenedEncryption.FromRoot(vault, 2, SecretBuffer.Random(32));
        var sealedFirst = second.SealPreviousRoot();
        second.DropPreviousRoot();

        second.AddPreviousRoot(1, first.RootCommitment, sealedFirst);
        // The same generation under another commitment is not "there already": it is opened and checked.
        Assert.Throws<VaultIntegrityException>(() => second.AddPreviousRoot(1, wrongGeneration.RootCommitment, sealedFirst));
        // Nor is another generation under the same commitment.
        Assert.Throws<VaultIntegrityException>(() => second.AddPreviousRoot(3, first.RootCommitment, sealedFirst));

        Assert.Equal(1, second.PreviousGeneration);
        Assert.Equal("SR1015", Assert.Throws<VaultIntegrityException>(() => second.OpenValue([], 3, 1, [])).Code);
    }

    [Fact]
    public void One_generation_before_is_held_and_no_more()
    {
        var vault = RandomId.New();
        using var third = HardenedEncryption.FromRoot(vault, 3, SecretBuffer.Allocate(32));
        using var inner = new RootKeys(vault, 3, SecretBuffer.Allocate(32));
        using var older = SecretBuffer.Random(32);
        foreach (var generation in new[] { 2, 1 })
            third.AddPreviousRoot(generation, RootKeys.CommitmentOf(older.Span, vault, generation), inner.Wrap.Seal(Aad.PreviousRoot(vault, 3, generation), older.Span));

        Assert.Equal(1, third.PreviousGeneration);
        Assert.Throws<VaultIntegrityException>(() => third.OpenValue([], 2, 1, []));
    }

    [Fact]
    public void A_rekey_keeps_the_slots_whose_credential_is_at_hand()
    {
        using var opened = TestKeys.NewKeyFile();
        using var further = TestKeys.NewKeyFile();
        using var absent = TestKeys.NewKeyFile();
        using var keys = HardenedEncryption.Generate(RandomId.New());
        var slots = new[] { keys.Slot(opened), keys.Slot(further), keys.Slot(absent) };
        using var session = keys.Unlock(opened, slots);
        Assert.False(session.Keep(slots[1], absent, null));
        Assert.True(session.Keep(slots[1], further, null));
        Assert.True(session.Keep(slots[1], further, null));

        using var next = session.NextGeneration();
        var kept = slots.Select(next.Rewrap).ToList();

        Assert.Equal([true, true, false], kept.Select(slot => slot is not null));
        Assert.Equal((slots[0].Id, slots[0].Salt, slots[0].Commitment), (kept[0]!.Id, kept[0]!.Salt, kept[0]!.Commitment));
        foreach (var (credential, slot) in new[] { (opened, kept[0]!), (further, kept[1]!) })
        {
            using var unlocked = next.Unlock(credential, slot);
            Assert.True(unlocked.HasTheRootOf(next));
            Assert.Throws<VaultLockedException>(() => keys.Unlock(credential, slot));
        }
        // A slot of the same id that commits to other keys is another slot.
        Assert.Null(next.Rewrap(slots[0] with { Commitment = default }));
        Assert.Throws<ArgumentNullException>(() => next.Rewrap(null!));
    }

    [Fact]
    public void Another_process_follows_a_rekey_without_its_credential()
    {
        using var credential = TestKeys.NewKeyFile();
        using var other = TestKeys.NewKeyFile();
        using var keys = HardenedEncryption.Generate(RandomId.New());
        var slots = new[] { keys.Slot(other), keys.Slot(credential) };
        using var rekeying = keys.Unlock(credential, slots);
        using var following = keys.Unlock(credential, slots);
        using var dropped = keys.Unlock(other, slots);
        using var next = rekeying.NextGeneration();
        var kept = slots.Select(next.Rewrap).OfType<KeySlot>().ToList();

        using var followed = following.Follow(2, next.RootCommitment, kept);

        Assert.True(followed!.HasTheRootOf(next));
        Assert.Null(dropped.Follow(2, next.RootCommitment, kept));
        Assert.Null(following.Follow(3, next.RootCommitment, kept));
        Assert.Null(following.Follow(2, keys.RootCommitment, kept));
        Assert.Throws<VaultIntegrityException>(() => following.Follow(2, next.RootCommitment, []));
        // It can go on to the generation after that.
        next.DropPreviousRoot();
        using var third = next.NextGeneration();
        using var followedAgain = followed!.Follow(3, third.RootCommitment, [third.Rewrap(kept[0])!]);
        Assert.True(followedAgain!.HasTheRootOf(third));
    }

    [Fact]
    public void Keeping_a_slot_asks_for_the_same_as_unlocking()
    {
        using var credential = Credential.Passphrase("correct horse"u8);
        using var keyFile = TestKeys.NewKeyFile();
        using var keys = HardenedEncryption.Generate(RandomId.New());
        var parallel = keys.CreateSlot(credential, KdfParameters.Argon2id(7_168, 6, 2), "", TestKeys.CreatedAt, new ManagedArgon2());

        Assert.True(keys.Keep(parallel, credential, new ManagedArgon2()));
        Assert.False(keys.Keep(parallel, keyFile, null));
        Assert.Equal("SR1003", Assert.Throws<VaultConfigurationException>(() => keys.Keep(parallel, credential, null)).Code);
        Assert.Throws<VaultIntegrityException>(() => keys.Keep(parallel with { Kdf = KdfParameters.Argon2id(8, 1, 1) }, credential, new ManagedArgon2()));
        Assert.Throws<ArgumentNullException>(() => keys.Keep(null!, credential, null));
        Assert.Throws<ArgumentNullException>(() => keys.Keep(parallel, null!, null));
    }
}
