using Strongroom.Storage;
using Strongroom.Testing;

namespace Strongroom.Tests.Vault;

/// <summary>The manager on a database that lies: every lie is found by the read that it touches.</summary>
public sealed class TreeVaultTests
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public static TheoryData<string> AllLies => ["edit", "hide", "swap", "old row", "insert", "old head", "old snapshot", "no vault", "old head with new rows"];

    [Theory]
    [MemberData(nameof(AllLies))]
    public async Task A_lie_is_found_by_the_read_it_touches(string kind)
    {
        using var vault = new TestVault();
        var lying = new LyingBackend(new InMemoryBackend());
        vault.Options = vault.Options with { Path = null, Backend = lying.Backend };
        await using SecretsManager manager = await vault.CreateAsync();
        for (int i = 0; i < 40; i++)
            await manager.SetAsync($"k{i}", $"v{i}");
        StorageCopy old = await lying.CopyAsync(Ct);
        await manager.SetAsync("k1", "newer");
        await manager.PurgeAsync("k2", ct: Ct);
        // What the writer has verified it does not ask for again.
        await using SecretsManager reader = await SecretsManager.OpenAsync(vault.Options, vault.Unlock, Ct);
        RowKey k1 = RowKey.Record("k1"), k2 = RowKey.Record("k2"), k3 = RowKey.Record("k3");
        string touched = kind is "insert" ? "k2" : "k1";
        lying.Lie = kind switch
        {
            "edit" => Lies.EditRow(k1, bytes =>
            {
                bytes[20] ^= 1;
                return bytes;
            }),
            "hide" => Lies.HideRow(k1),
            "swap" => Lies.SwapRows(k1, k3),
            "old row" => Lies.OldRow(old, k1),
            "insert" => Lies.InsertRow(k2, old.Find(k2)!.Value),
            "old head" => Lies.OldSnapshot(old),
            "old snapshot" => Lies.OldSnapshot(old),
            "no vault" => Lies.NoVault(),
            _ => Lies.OldHead(old),
        };
        Exception? error = await Record.ExceptionAsync(() => reader.TextAsync(touched));
        Assert.True(error is VaultIntegrityException or VaultUnavailableException, $"{kind}: {error}");
        lying.Lie = null;
        Assert.Equal("newer", await reader.TextAsync("k1"));
        await Assert.ThrowsAsync<SecretNotFoundException>(() => reader.TextAsync("k2"));
    }

    [Fact]
    public async Task The_manager_does_on_a_tree_what_it_does_on_a_file()
    {
        using var vault = new TestVault();
        var database = new InMemoryBackend();
        vault.Options = vault.Options with { Path = null, Backend = database };
        await using SecretsManager one = await vault.CreateAsync();
        await using SecretsManager two = await SecretsManager.OpenAsync(vault.Options with { Backend = database.OpenAnother() }, vault.Unlock, Ct);
        for (int i = 0; i < 100; i++)
            await one.SetAsync($"k{i:d3}", $"v{i}");
        for (int i = 0; i < 100; i++)
            Assert.Equal($"v{i}", await two.TextAsync($"k{i:d3}"));
        await Parallel.ForEachAsync(Enumerable.Range(0, 60), Ct, async (i, _) => await (i % 2 == 0 ? one : two).SetAsync($"k{i:d3}", $"second {i}"));
        Assert.Equal("v7", await one.TextAsync("k007", 1));
        for (int i = 60; i < 100; i++)
            Assert.True(await two.PurgeAsync($"k{i:d3}", ct: Ct));
        Assert.Equal(60, (await one.NamesAsync()).Count);
        Assert.Equal(10, (await one.NamesAsync(new SecretQuery { Prefix = "k00" })).Count);
        await one.RekeyAsync(ct: Ct);
        VerifyReport report = await two.VerifyAsync(ct: Ct);
        Assert.True(report.IsIntact, string.Join("; ", report.Findings));
        Assert.Equal((60, 60), (report.Records, report.Versions));
        using SecretData synchronous = two.Get("k000");
        Assert.Equal("second 0", synchronous.Value.DangerousRevealString());
    }

    [Fact]
    public async Task A_record_removed_from_every_place_is_found_by_verify()
    {
        using var vault = new TestVault();
        var lying = new LyingBackend(new InMemoryBackend());
        vault.Options = vault.Options with { Path = null, Backend = lying.Backend };
        await using SecretsManager manager = await vault.CreateWithAsync("a", "b", "c");
        lying.Lie = Lies.HideRow(RowKey.Record("b"));
        Assert.False((await manager.VerifyAsync(ct: Ct)).IsIntact);
    }
}
