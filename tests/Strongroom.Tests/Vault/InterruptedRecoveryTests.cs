using Strongroom.Audit;
using Strongroom.Storage;
using Strongroom.Tests.LocalVaults;

namespace Strongroom.Tests.Vault;

/// <summary>
/// Whatever is put in place on purpose, older than what was seen, goes there in one step: a process that dies at any of its calls leaves the vault from before or the one that was meant, and
/// neither is refused as rolled back.
/// </summary>
public sealed class InterruptedRecoveryTests
{
    private static readonly string[] Changes = [nameof(IFileSystem.Create), nameof(IFileSystem.Rename), nameof(IFileSystem.Delete), nameof(IFileSystem.CreateDirectory), nameof(IFile.Write), nameof(IFile.Sync)];

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public Task Restoring_an_older_copy() => RunAsync(
        async (vault, manager) =>
        {
            await manager.BackupAsync(vault.Folder + "/copy", Ct);
            await manager.SetAsync("a", "newer");
            await manager.SetAsync("b", "newer");
        },
        (vault, options) => SecretsManager.RestoreVaultAsync(options, vault.Folder + "/copy", vault.Unlock, Ct).AsTask(),
        "restore-vault");

    [Fact]
    public Task Restoring_a_copy_from_before_a_rekey() => RunAsync(
        async (vault, manager) =>
        {
            await manager.BackupAsync(vault.Folder + "/copy", Ct);
            await manager.SetAsync("a", "newer");
            await manager.RekeyAsync(ct: Ct);
        },
        (vault, options) => SecretsManager.RestoreVaultAsync(options, vault.Folder + "/copy", vault.Unlock, Ct).AsTask(),
        "restore-vault");

    [Fact]
    public Task Accepting_a_vault_from_before_a_rekey() => RunAsync(
        async (vault, manager) =>
        {
            await manager.SetAsync("a", "newer");
            await manager.RekeyAsync(ct: Ct);
        },
        async (vault, options) => await SecretsManager.AcceptRollbackAsync(options, vault.Unlock, Ct),
        "accept-rollback",
        rolledBack: true);

    [Fact]
    public async Task Making_a_vault_where_another_one_was()
    {
        using var vault = new TestVault();
        await using (await vault.CreateWithAsync("a"))
        {
        }

        Directory.Delete(Path.GetDirectoryName(vault.VaultPath)!, recursive: true);
        int made = 0;
        await AtEachCallAsync(vault, async options => await (await SecretsManager.CreateAsync(options, vault.Unlock, Ct)).DisposeAsync(), async () =>
        {
            if (!File.Exists(vault.VaultPath))
                return;
            made++;
            await using SecretsManager opened = await vault.OpenAsync();
            Assert.Empty(await opened.NamesAsync());
        });
        Assert.True(made > 2, $"{made} states had the new vault.");
    }

    private static async Task RunAsync(Func<TestVault, SecretsManager, Task> prepare, Func<TestVault, VaultOptions, Task> recover, string operation, bool rolledBack = false)
    {
        using var vault = new TestVault();
        await using (SecretsManager manager = await vault.CreateWithAsync("a"))
        {
            File.Copy(vault.VaultPath, vault.Folder + "/old");
            await prepare(vault, manager);
        }

        if (rolledBack)
            File.Copy(vault.Folder + "/old", vault.VaultPath, overwrite: true);
        int before = 0, after = 0;
        await AtEachCallAsync(vault, options => recover(vault, options), async () =>
        {
            SecretsManager opened;
            try
            {
                opened = await vault.OpenAsync();
            }
            catch (VaultIntegrityException) when (rolledBack && after == 0)
            {
                // As before the rollback was accepted.
                before++;
                return;
            }

            await using SecretsManager manager = opened;
            bool isOld = await manager.TextAsync("a") == "value of a";
            before += isOld ? 0 : 1;
            after += isOld ? 1 : 0;
            Assert.Equal(isOld, await HasAsync(manager, operation));
            Assert.True((await manager.VerifyAsync(ct: Ct)).IsIntact);
            await manager.SetAsync("a", "goes on");
        });
        Assert.True(before > 5 && after > 2, $"{before} states before, {after} after.");
        Assert.DoesNotContain(Directory.GetFiles(vault.Folder + "/vault"), static file => file.EndsWith(".tmp", StringComparison.Ordinal));
    }

    // A look at the files as they are at each call of the operation, which is then another process's end; the operation itself goes on to its own.
    private static async Task AtEachCallAsync(TestVault vault, Func<VaultOptions, Task> operation, Func<Task> check)
    {
        string saved = vault.Folder + "-states";
        int states = 0;
        try
        {
            await operation(vault.Options with
            {
                Files = new HookedFileSystem((call, _) =>
            {
                if (Changes.Contains(call))
                    CopyTree(vault.Folder, $"{saved}/{states++}");
            })
            });
            CopyTree(vault.Folder, $"{saved}/{states++}");
            for (int i = 0; i < states; i++)
            {
                foreach (string folder in Directory.GetDirectories(vault.Folder))
                    Directory.Delete(folder, recursive: true);
                CopyTree($"{saved}/{i}", vault.Folder);
                await check();
            }
        }
        finally
        {
            Directory.Delete(saved, recursive: true);
        }
    }

    private static void CopyTree(string from, string to)
    {
        Directory.CreateDirectory(to);
        foreach (string file in Directory.GetFiles(from))
        {
            // .NET's own would refuse what the vault has locked.
            using IFile source = FileSystems.Default.OpenRead(file)!;
            byte[] bytes = new byte[source.Status().Size];
            source.Read(bytes, 0);
            File.WriteAllBytes(Path.Combine(to, Path.GetFileName(file)), bytes);
        }

        foreach (string folder in Directory.GetDirectories(from))
            CopyTree(folder, Path.Combine(to, Path.GetFileName(folder)));
    }

    private static async Task<bool> HasAsync(SecretsManager manager, string operation)
    {
        await foreach (AuditEntry entry in manager.Audit.ReadAsync(Ct))
        {
            if (entry.Operation == operation)
                return true;
        }

        return false;
    }
}
