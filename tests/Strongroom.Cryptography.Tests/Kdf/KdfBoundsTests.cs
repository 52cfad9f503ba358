using System.Diagnostics;

namespace Strongroom.Cryptography.Tests;

public sealed class KdfBoundsTests
{
    private const string CreatedAt = "2026-01-02T03:04:05.678Z";

    public static TheoryData<string, int, int, int> Within => new()
    {
        { "argon2id", 65_536, 3, 1 },
        { "argon2id", 7_168, 6, 1 },
        { "argon2id", 36_864, 1, 16 },
        { "argon2id", 16_384, 256, 1 },
        { "argon2id", 1_048_576, 4, 1 },
        { "pbkdf2-sha256", 0, 100_000, 1 },
        { "pbkdf2-sha512", 0, 10_000_000, 1 },
    };

    public static TheoryData<string, int, int, int> Outside => new()
    {
        { "argon2id", 7_167, 256, 1 },
        { "argon2id", 0, 3, 1 },
        { "argon2id", -1, 3, 1 },
        { "argon2id", int.MaxValue, 1, 1 },
        { "argon2id", 1_048_577, 1, 1 },
        { "argon2id", 65_536, 0, 1 },
        { "argon2id", 65_536, -1, 1 },
        { "argon2id", 7_168, 257, 1 },
        { "argon2id", 65_536, int.MaxValue, 1 },
        { "argon2id", 65_536, 3, 0 },
        { "argon2id", 65_536, 3, 17 },
        { "argon2id", 7_168, 5, 1 },
        { "argon2id", 36_863, 1, 1 },
        { "argon2id", 1_048_576, 5, 1 },
        { "argon2id", 16_385, 256, 1 },
        { "pbkdf2-sha256", 0, 99_999, 1 },
        { "pbkdf2-sha256", 0, 1, 1 },
        { "pbkdf2-sha512", 0, 10_000_001, 1 },
        { "pbkdf2-sha512", 1, 100_000, 1 },
        { "pbkdf2-sha512", 0, 100_000, 2 },
        { "pbkdf2-sha1", 0, 100_000, 1 },
        { "argon2i", 65_536, 3, 1 },
        { "Argon2id", 65_536, 3, 1 },
        { "", 65_536, 3, 1 },
    };

    [Theory]
    [MemberData(nameof(Within))]
    public void Parameters_within_the_bounds_are_taken(string name, int memory, int time, int parallelism)
    {
        var kdf = new KdfParameters(name, memory, time, parallelism);

        kdf.Validate();
        KeySlot.CheckBounds([Slot(kdf)]);
    }

    [Theory]
    [MemberData(nameof(Outside))]
    public void Parameters_outside_the_bounds_are_refused(string name, int memory, int time, int parallelism)
    {
        var kdf = new KdfParameters(name, memory, time, parallelism);

        Assert.Equal("SR1007", Assert.Throws<VaultConfigurationException>(kdf.Validate).Code);
        Assert.Equal("SR1002", Assert.Throws<VaultIntegrityException>(() => KeySlot.CheckBounds([Slot(kdf)])).Code);
    }

    [Fact]
    public void The_cost_of_all_slots_together_is_capped()
    {
        var costly = KdfParameters.Argon2id(1_048_576, 4, 1);

        KeySlot.CheckBounds([.. Enumerable.Range(0, 4).Select(_ => Slot(costly))]);
        Assert.Throws<VaultIntegrityException>(() => KeySlot.CheckBounds([.. Enumerable.Range(0, 4).Select(_ => Slot(costly)), Slot(KdfParameters.Pbkdf2Sha256(100_000))]));
        KeySlot.CheckBounds([.. Enumerable.Range(0, 4).Select(_ => Slot(costly)), Slot(null)]);
    }

    [Fact]
    public void The_number_of_slots_is_capped_and_their_ids_differ()
    {
        var slot = Slot(null);

        KeySlot.CheckBounds([.. Enumerable.Range(0, 16).Select(_ => Slot(null))]);
        Assert.Throws<VaultIntegrityException>(() => KeySlot.CheckBounds([]));
        Assert.Throws<VaultIntegrityException>(() => KeySlot.CheckBounds([.. Enumerable.Range(0, 17).Select(_ => Slot(null))]));
        Assert.Throws<VaultIntegrityException>(() => KeySlot.CheckBounds([slot, slot]));
        Assert.Throws<ArgumentNullException>(() => KeySlot.CheckBounds(null!));
    }

    /// <summary>A vault whose slots were lowered (LastPass's accounts at one iteration) or blown up is refused before anything is derived.</summary>
    [Theory]
    [MemberData(nameof(Outside))]
    public void Refusal_comes_before_any_derivation(string name, int memory, int time, int parallelism)
    {
        using var credential = Credential.Passphrase("passphrase"u8);
        var provider = new CountingArgon2();
        // The good slot stands first: its derivation would take time if it ran.
        IReadOnlyList<KeySlot> slots = [Slot(KdfParameters.Default), Slot(KdfParameters.Argon2id(1_048_576, 4, 2)), Slot(new KdfParameters(name, memory, time, parallelism))];
        void Refuse() => Assert.Throws<VaultIntegrityException>(() => HardenedEncryption.Unlock(RandomId.New(), 1, default, slots, credential, provider, out _));
        // Compiled before it is measured.
        Refuse();
        var before = GC.GetAllocatedBytesForCurrentThread();
        var watch = Stopwatch.StartNew();

        Refuse();

        Assert.InRange(watch.ElapsedMilliseconds, 0, 50);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1_000_000);
        Assert.Equal(0, provider.Calls);
    }

    [Fact]
    public void Slots_below_the_policy_are_noticed()
    {
        var policy = KdfParameters.Default;

        Assert.False(Slot(null).IsBelow(policy));
        Assert.False(Slot(policy).IsBelow(policy));
        Assert.False(Slot(KdfParameters.Argon2id(131_072, 3, 1)).IsBelow(policy));
        Assert.False(Slot(KdfParameters.Argon2id(131_072, 2, 4)).IsBelow(policy));
        Assert.True(Slot(KdfParameters.Argon2id(65_535, 4, 1)).IsBelow(policy));
        Assert.True(Slot(KdfParameters.Argon2id(65_536, 2, 1)).IsBelow(policy));
        Assert.True(Slot(KdfParameters.Pbkdf2Sha512(10_000_000)).IsBelow(policy));
        Assert.False(Slot(policy).IsBelow(KdfParameters.Pbkdf2Sha256(600_000)));
        Assert.True(Slot(KdfParameters.Pbkdf2Sha256(599_999)).IsBelow(KdfParameters.Pbkdf2Sha256(600_000)));
        Assert.False(Slot(KdfParameters.Pbkdf2Sha256(600_000)).IsBelow(KdfParameters.Pbkdf2Sha256(600_000)));
        Assert.Throws<ArgumentNullException>(() => Slot(null).IsBelow(null!));
    }

    private static KeySlot Slot(KdfParameters? kdf) =>
        new(RandomId.New(), kdf is null ? SlotKinds.KeyFile : SlotKinds.Passphrase, "", CreatedAt, kdf, new byte[16], default, new byte[60]);

    private sealed class CountingArgon2 : IArgon2Provider
    {
        public int Calls { get; private set; }

        public void DeriveKey(ReadOnlySpan<byte> passphrase, ReadOnlySpan<byte> salt, KdfParameters parameters, Span<byte> key) => Calls++;
    }
}
