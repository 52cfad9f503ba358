using System.Diagnostics;
using System.Text;
using Strongroom.Cryptography;

namespace Strongroom.Tests.Vault;

public sealed class KeySlotTests
{
    private static readonly KdfParameters Cheap = KdfParameters.Argon2id(7168, 6, 1);

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Every_kind_of_slot_opens_the_vault_and_none_else_does()
    {
        using var vault = new TestVault();
        vault.Options = vault.Options with { Encryption = Cheap };
        using SecretBuffer printed = Credential.NewRecoveryKey();
        using Unlock passphrase = Unlock.Passphrase("tr0ub4dor and three"u8), recovery = Unlock.RecoveryKey(printed.Span);
        using Unlock both = Unlock.PassphraseAndKeyFile("tr0ub4dor and three"u8, vault.KeyPath);
        await using (SecretsManager manager = await vault.CreateWithAsync("a"))
        {
            foreach (Unlock unlock in new[] { passphrase, recovery, both })
                await manager.Slots.AddAsync(unlock, unlock.Kind, Ct);
            Assert.Equal(4, (await manager.Slots.ListAsync(Ct)).Count);
        }

        foreach (Unlock unlock in new[] { vault.Unlock, passphrase, recovery, both })
        {
            await using SecretsManager opened = await SecretsManager.OpenAsync(vault.Options, unlock, Ct);
            Assert.Equal("value of a", await opened.TextAsync("a"));
            Assert.Equal(unlock.Kind, Assert.Single(await opened.Slots.ListAsync(Ct), slot => slot.OpenedThis).Kind);
        }

        using Unlock wrong = Unlock.Passphrase("tr0ub4dor and four"u8);
        Assert.Equal("SR1001", (await Assert.ThrowsAsync<VaultLockedException>(async () => await SecretsManager.OpenAsync(vault.Options, wrong, Ct))).Code);
    }

    [Fact]
    public async Task A_slot_is_changed_and_removed_but_never_the_last_one()
    {
        using var vault = new TestVault();
        vault.Options = vault.Options with { Encryption = Cheap };
        using Unlock first = Unlock.Passphrase("first passphrase"u8), second = Unlock.Passphrase("second passphrase"u8);
        await using SecretsManager manager = await SecretsManager.CreateAsync(vault.Options, first, Ct);
        KeySlotInfo slot = Assert.Single(await manager.Slots.ListAsync(Ct));
        Assert.Equal("SR1435", (await Assert.ThrowsAsync<VaultConfigurationException>(async () => await manager.Slots.RemoveAsync(slot.Id, Ct))).Code);
        await manager.Slots.ChangeAsync(slot.Id, second, Ct);
        await Assert.ThrowsAsync<VaultLockedException>(async () => await SecretsManager.OpenAsync(vault.Options, first, Ct));
        await using (SecretsManager opened = await SecretsManager.OpenAsync(vault.Options, second, Ct))
            Assert.Empty(await opened.NamesAsync());
        KeySlotInfo added = await manager.Slots.AddAsync(vault.Unlock, ct: Ct);
        await manager.Slots.RemoveAsync(added.Id, Ct);
        await Assert.ThrowsAsync<VaultLockedException>(async () => await vault.OpenAsync());
        await Assert.ThrowsAsync<SecretNotFoundException>(async () => await manager.Slots.RemoveAsync(RandomId.New(), Ct));
    }

    [Fact]
    public async Task A_slot_below_the_policy_is_named_and_brought_up_by_a_change()
    {
        using var vault = new TestVault();
        using Unlock passphrase = Unlock.Passphrase("a passphrase of some length"u8);
        await using (await SecretsManager.CreateAsync(vault.Options with { Encryption = Cheap }, passphrase, Ct))
        {
        }

        VaultOptions stricter = vault.Options with { Encryption = KdfParameters.Argon2id(19456, 2, 1) };
        await using SecretsManager opened = await SecretsManager.OpenAsync(stricter, passphrase, Ct);
        KeySlotInfo slot = Assert.Single(await opened.Slots.ListAsync(Ct));
        Assert.True(slot.IsBelowPolicy);
        Assert.Contains(opened.Warnings, warning => warning.Contains("weaker parameters", StringComparison.Ordinal));
        Assert.False((await opened.Slots.ChangeAsync(slot.Id, passphrase, Ct)).IsBelowPolicy);
    }

    [Fact]
    public async Task Pbkdf2_works_for_legacy_and_parallelism_needs_its_package()
    {
        using var vault = new TestVault();
        using Unlock passphrase = Unlock.Passphrase("a passphrase of some length"u8);
        VaultOptions legacy = vault.Options with { Encryption = KdfParameters.Pbkdf2Sha256(100_000) };
        await using (SecretsManager manager = await SecretsManager.CreateAsync(legacy, passphrase, Ct))
            await manager.SetAsync("a", "v");
        await using (SecretsManager manager = await SecretsManager.OpenAsync(vault.Options, passphrase, Ct))
            Assert.Equal("v", await manager.TextAsync("a"));
        using var other = new TestVault();
        VaultOptions parallel = other.Options with { Encryption = KdfParameters.Argon2id(16384, 3, 2) };
        await Assert.ThrowsAsync<VaultConfigurationException>(async () => await SecretsManager.CreateAsync(parallel, passphrase, Ct));
    }

    [Fact]
    public async Task A_lowered_cost_is_refused_before_any_derivation()
    {
        using var vault = new TestVault();
        using Unlock passphrase = Unlock.Passphrase("a passphrase of some length"u8);
        await using (await SecretsManager.CreateAsync(vault.Options, passphrase, Ct))
        {
        }

        string text = await File.ReadAllTextAsync(vault.VaultPath, Ct);
        foreach (string lowered in new[] { "\"memory_cost\":8", "\"memory_cost\":1048577" })
        {
            await File.WriteAllTextAsync(vault.VaultPath, text.Replace("\"memory_cost\":65536", lowered, StringComparison.Ordinal), Ct);
            long start = Stopwatch.GetTimestamp();
            await Assert.ThrowsAsync<VaultIntegrityException>(async () => await SecretsManager.OpenAsync(vault.Options, passphrase, Ct));
            Assert.True(Stopwatch.GetElapsedTime(start) < TimeSpan.FromSeconds(1));
        }

        // Lowered within the bounds: the slot's commitment binds the parameters, so it reads as a wrong passphrase.
        await File.WriteAllTextAsync(vault.VaultPath, text.Replace("\"memory_cost\":65536", "\"memory_cost\":32768", StringComparison.Ordinal), Ct);
        await Assert.ThrowsAsync<VaultLockedException>(async () => await SecretsManager.OpenAsync(vault.Options, passphrase, Ct));
    }

    [Fact]
    public async Task Rekey_drops_the_slots_whose_credential_is_not_at_hand()
    {
        using var vault = new TestVault();
        vault.Options = vault.Options with { Encryption = Cheap };
        using Unlock kept = Unlock.Passphrase("a passphrase that is kept"u8), leaver = Unlock.Passphrase("the passphrase of a leaver"u8);
        string old = vault.Folder + "/old.json";
        await using SecretsManager manager = await vault.CreateWithAsync("a", "b");
        await manager.SetAsync("a", "second");
        await manager.Slots.AddAsync(kept, "kept", Ct);
        await manager.Slots.AddAsync(leaver, "leaver", Ct);
        RekeyReport report = await manager.RekeyAsync([kept], ct: Ct);
        Assert.Equal((2L, 3L, "leaver"), (report.Generation, report.Resealed, Assert.Single(report.Dropped).Label));
        await Assert.ThrowsAsync<VaultLockedException>(async () => await SecretsManager.OpenAsync(vault.Options, leaver, Ct));
        foreach (Unlock unlock in new[] { kept, vault.Unlock })
        {
            await using SecretsManager opened = await SecretsManager.OpenAsync(vault.Options, unlock, Ct);
            Assert.Equal("second", await opened.TextAsync("a"));
            Assert.Equal("value of a", await opened.TextAsync("a", 1));
            Assert.True((await opened.VerifyAsync(ct: Ct)).IsIntact);
        }

        Assert.False(File.Exists(old));
    }

    [Fact]
    public async Task A_weak_passphrase_is_refused_where_the_options_say_so()
    {
        using var vault = new TestVault();
        using Unlock weak = Unlock.Passphrase(Encoding.UTF8.GetBytes("secret"));
        Assert.True(weak.IsWeak);
        Assert.Equal("SR1509", (await Assert.ThrowsAsync<VaultConfigurationException>(async () => await SecretsManager.CreateAsync(vault.Options with { RefuseWeakPassphrase = true }, weak, Ct))).Code);
        Assert.False(File.Exists(vault.VaultPath));
    }
}
