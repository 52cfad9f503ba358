using Strongroom.Audit;
using Strongroom.Storage;
using Strongroom.Testing;

namespace Strongroom.Backends.Tests;

/// <summary>Changes rows of a real database behind the vault's back.</summary>
internal interface IRawDatabase
{
    Task<byte[]?> ReadAsync(string key);

    /// <summary>Null deletes.</summary>
    Task WriteAsync(string key, byte[]? bytes);

    /// <summary>The whole content, to be put back later.</summary>
    Task<object> SaveAsync();

    Task RestoreAsync(object saved);
}

/// <summary>What the administrator of a database may try: every attack is found by the read that it touches and by verify, a full rollback by the marks of a machine.</summary>
internal static class LyingAdministrator
{
    public static TheoryData<string> Attacks => ["edit", "swap", "delete", "insert", "old row", "node edited", "node deleted", "old node"];

    public static async Task RunAsync(TestVault vault, IRawDatabase database, string attack)
    {
        CancellationToken ct = TestContext.Current.CancellationToken;
        byte[] oldRow, purged;
        Dictionary<string, byte[]> oldNodes = [];
        await using (SecretsManager manager = await vault.CreateAsync())
        {
            for (int i = 0; i < 40; i++)
                await manager.SetAsync($"k{i}", $"v{i}");
            (oldRow, purged) = ((await database.ReadAsync("s/k1"))!, (await database.ReadAsync("s/k2"))!);
            foreach (string node in Nodes)
            {
                if (await database.ReadAsync(node) is { } bytes)
                    oldNodes[node] = bytes;
            }

            await manager.SetAsync("k1", "newer");
            await manager.PurgeAsync("k2", ct: ct);
        }

        Assert.NotEmpty(oldNodes);
        string touched = attack == "insert" ? "k2" : "k1";
        switch (attack)
        {
            case "edit":
                byte[] edited = (await database.ReadAsync("s/k1"))!;
                edited[20] ^= 1;
                await database.WriteAsync("s/k1", edited);
                break;
            case "swap":
                (byte[]? one, byte[]? three) = (await database.ReadAsync("s/k1"), await database.ReadAsync("s/k3"));
                await database.WriteAsync("s/k1", three);
                await database.WriteAsync("s/k3", one);
                break;
            case "delete":
                await database.WriteAsync("s/k1", null);
                break;
            case "insert":
                await database.WriteAsync("s/k2", purged);
                break;
            case "old row":
                await database.WriteAsync("s/k1", oldRow);
                break;
            case "node edited":
                byte[] top = (await database.ReadAsync("t/"))!;
                top[^1] ^= 1;
                await database.WriteAsync("t/", top);
                break;
            case "node deleted":
                await database.WriteAsync("t/", null);
                break;
            default:
                foreach ((string key, byte[] bytes) in oldNodes)
                    await database.WriteAsync(key, bytes);
                break;
        }

        await using SecretsManager reader = await vault.OpenAsync();
        await Assert.ThrowsAsync<VaultIntegrityException>(() => reader.TextAsync(touched));
        VerifyReport report = await reader.VerifyAsync(ct: ct);
        Assert.False(report.IsIntact);
    }

    /// <summary>What was gathered of the audit log, changed or taken away: found by the verification of the log, and not believed by anybody before.</summary>
    public static async Task ForgeTheLogAsync(TestVault vault, IRawDatabase database)
    {
        CancellationToken ct = TestContext.Current.CancellationToken;
        await using SecretsManager manager = await vault.CreateAsync();
        for (int i = 0; i < 5; i++)
            await manager.SetAsync($"k{i}", $"v{i}");
        await manager.TextAsync("k1");
        await manager.Audit.GatherAsync(ct);
        AuditReport report = await manager.Audit.VerifyAsync(ct: ct);
        Assert.True(report.IsIntact, string.Join("; ", report.Findings.Select(static finding => finding.Message)));
        string Key(long index) => RowKey.AuditLine(report.Chains[0].Chain, index).ToString();
        Assert.Equal(8, report.Chains[0].Checkpoint.Size);
        Assert.NotNull(await database.ReadAsync(Key(7)));
        byte[] line = (await database.ReadAsync(Key(3)))!;
        byte[] forged = [.. line];
        forged[^5] ^= 1;
        foreach (byte[]? instead in new[] { forged, null })
        {
            await database.WriteAsync(Key(3), instead);
            Assert.False((await manager.Audit.VerifyAsync(ct: ct)).IsIntact);
            await database.WriteAsync(Key(3), line);
            Assert.True((await manager.Audit.VerifyAsync(ct: ct)).IsIntact);
        }
    }

    public static async Task RollBackEverythingAsync(TestVault vault, IRawDatabase database)
    {
        CancellationToken ct = TestContext.Current.CancellationToken;
        await using SecretsManager manager = await vault.CreateAsync();
        await manager.SetAsync("a", "1");
        object saved = await database.SaveAsync();
        await manager.SetAsync("a", "2");
        await database.RestoreAsync(saved);
        Assert.Equal("SR1607", (await Assert.ThrowsAsync<VaultIntegrityException>(() => vault.OpenAsync().AsTask())).Code);
        Assert.NotEqual(0, await SecretsManager.AcceptRollbackAsync(vault.Options, vault.Unlock, ct));
        await using SecretsManager accepted = await vault.OpenAsync();
        Assert.Equal("1", await accepted.TextAsync("a"));
    }

    private static IEnumerable<string> Nodes => ["t/", .. Enumerable.Range(0, 16).Select(nibble => $"t/{nibble:x}")];
}
