using System.Text;
using Strongroom.Audit;
using Strongroom.Storage;

namespace Strongroom.Tests.Vault;

/// <summary>What an attacker who can write the vault's files gets: an error that says so, and never a wrong value.</summary>
public sealed class TamperTests
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_byte_changed_anywhere_is_found_at_the_next_opening()
    {
        using var vault = new TestVault();
        await using (SecretsManager manager = await vault.CreateWithAsync("a", "b"))
            await manager.SetAsync("a", "second version");
        byte[] good = await File.ReadAllBytesAsync(vault.VaultPath, Ct);
        for (int i = 0; i < good.Length; i += 7)
        {
            byte[] bad = [.. good];
            bad[i] ^= 1;
            await File.WriteAllBytesAsync(vault.VaultPath, bad, Ct);
            Exception? error = await Record.ExceptionAsync(async () => await (await vault.OpenAsync()).DisposeAsync());
            Assert.True(error is VaultIntegrityException or VaultLockedException or VaultConfigurationException { Code: "SR1403" or "SR1404" or "SR1405" }, $"Byte {i}: {error}");
        }

        await File.WriteAllBytesAsync(vault.VaultPath, good, Ct);
        await using SecretsManager opened = await vault.OpenAsync();
        Assert.Equal("second version", await opened.TextAsync("a"));
    }

    [Fact]
    public async Task Tampering_under_an_open_vault_is_found_by_the_next_read()
    {
        using var vault = new TestVault();
        await using SecretsManager manager = await vault.CreateWithAsync("a");
        string text = await File.ReadAllTextAsync(vault.VaultPath, Ct);
        await File.WriteAllTextAsync(vault.VaultPath, text.Replace("\"description\":\"\"", "\"description\":\"x\"", StringComparison.Ordinal), Ct);
        await Task.Delay(100, Ct);
        await Assert.ThrowsAsync<VaultIntegrityException>(() => manager.TextAsync("a"));
    }

    [Fact]
    public async Task An_older_copy_put_back_under_an_open_vault_is_what_the_next_write_is_told()
    {
        using var vault = new TestVault();
        await using SecretsManager manager = await vault.CreateWithAsync("a");
        File.Copy(vault.VaultPath, vault.Folder + "/old");
        await manager.SetAsync("a", "newer");
        File.Move(vault.Folder + "/old", vault.VaultPath, overwrite: true);

        // At once: the file is looked at only now and then, and the write must not take this for other writers who win.
        await Assert.ThrowsAsync<VaultIntegrityException>(() => manager.SetAsync("a", "newest"));
    }

    [Fact]
    public async Task An_older_copy_put_back_is_refused_until_it_is_accepted()
    {
        using var vault = new TestVault();
        await using (SecretsManager manager = await vault.CreateWithAsync("a"))
        {
            File.Copy(vault.VaultPath, vault.Folder + "/old");
            await manager.SetAsync("a", "newer");
        }

        File.Copy(vault.Folder + "/old", vault.VaultPath, overwrite: true);
        Assert.Equal("SR1607", (await Assert.ThrowsAsync<VaultIntegrityException>(async () => await vault.OpenAsync())).Code);
        await using (SecretsManager copy = await SecretsManager.OpenAsync(vault.Options with { AsCopy = true }, vault.Unlock, Ct))
        {
            Assert.Equal("value of a", await copy.TextAsync("a"));
            await Assert.ThrowsAsync<VaultConfigurationException>(() => copy.SetAsync("a", "x"));
        }

        await Assert.ThrowsAsync<VaultIntegrityException>(async () => await vault.OpenAsync());
        long revision = await SecretsManager.AcceptRollbackAsync(vault.Options, vault.Unlock, Ct);
        await using SecretsManager accepted = await vault.OpenAsync();
        Assert.Equal(revision, accepted.Revision);
        Assert.Equal("value of a", await accepted.TextAsync("a"));
        Assert.Contains("accept-rollback", await OperationsAsync(accepted));
        Assert.True((await accepted.VerifyAsync(ct: Ct)).IsIntact);
    }

    /// <summary>Found by ./prove tamper: the log tells of an older vault where the marks are gone.</summary>
    [Fact]
    public async Task An_older_copy_on_a_machine_that_lost_its_marks_does_not_verify_against_its_log()
    {
        using var vault = new TestVault();
        await using (SecretsManager manager = await vault.CreateWithAsync("a"))
        {
            File.Copy(vault.VaultPath, vault.Folder + "/old");
            await manager.SetAsync("a", "newer");
        }

        File.Copy(vault.Folder + "/old", vault.VaultPath, overwrite: true);
        Directory.Delete(vault.Folder + "/state", recursive: true);
        await using (SecretsManager older = await vault.OpenAsync())
        {
            VerifyReport report = await older.VerifyAsync(ct: Ct);
            Assert.Contains("an older vault was put in its place", Assert.Single(report.Audit!.Findings).Message, StringComparison.Ordinal);
        }

        await SecretsManager.AcceptRollbackAsync(vault.Options, vault.Unlock, Ct);
        await using SecretsManager accepted = await vault.OpenAsync();
        Assert.True((await accepted.VerifyAsync(ct: Ct)).IsIntact);
    }

    [Fact]
    public async Task An_older_copy_put_back_while_the_vault_is_open_is_refused()
    {
        using var vault = new TestVault();
        await using SecretsManager manager = await vault.CreateWithAsync("a");
        File.Copy(vault.VaultPath, vault.Folder + "/old");
        await manager.SetAsync("a", "newer");
        File.Copy(vault.Folder + "/old", vault.VaultPath, overwrite: true);
        await Task.Delay(100, Ct);
        await Assert.ThrowsAsync<VaultIntegrityException>(() => manager.TextAsync("a"));
        await Assert.ThrowsAsync<VaultIntegrityException>(() => manager.SetAsync("a", "x"));
    }

    [Fact]
    public async Task A_fork_is_refused()
    {
        using var vault = new TestVault();
        await using (SecretsManager manager = await vault.CreateWithAsync("a"))
            File.Copy(vault.VaultPath, vault.Folder + "/fork");
        await using (SecretsManager manager = await vault.OpenAsync())
            await manager.SetAsync("a", "one history");
        var other = new TestVault();
        VaultOptions elsewhere = other.Options with { Path = vault.Folder + "/fork", AuditDirectory = other.Folder + "/audit", Audit = new AuditOptions { Enabled = false } };
        await using (SecretsManager fork = await SecretsManager.OpenAsync(elsewhere, vault.Unlock, Ct))
            await fork.SetAsync("a", "another history");
        File.Copy(vault.Folder + "/fork", vault.VaultPath, overwrite: true);
        Assert.Equal("SR1609", (await Assert.ThrowsAsync<VaultIntegrityException>(async () => await vault.OpenAsync())).Code);
        other.Dispose();
    }

    [Fact]
    public async Task Another_vault_at_a_known_place_is_refused()
    {
        using var vault = new TestVault();
        await using (await vault.CreateWithAsync("a"))
        {
        }

        using var other = new TestVault();
        await using (await other.CreateWithAsync("a"))
        {
        }

        File.Copy(other.VaultPath, vault.VaultPath, overwrite: true);
        Assert.Equal("SR1608", (await Assert.ThrowsAsync<VaultIntegrityException>(async () => await SecretsManager.OpenAsync(vault.Options, other.Unlock, Ct))).Code);
        await Assert.ThrowsAsync<VaultLockedException>(async () => await vault.OpenAsync());
    }

    [Fact]
    public async Task A_minimum_revision_protects_the_first_use()
    {
        using var vault = new TestVault();
        await using (await vault.CreateWithAsync("a"))
        {
        }

        VaultOptions firstUse = vault.Options with { StateDirectory = vault.Folder + "/other-state", MinimumRevision = 50 };
        Assert.Equal("SR1606", (await Assert.ThrowsAsync<VaultIntegrityException>(async () => await SecretsManager.OpenAsync(firstUse, vault.Unlock, Ct))).Code);
    }

    [Fact]
    public async Task A_damaged_vault_is_replaced_by_a_verified_backup_which_is_kept_beside()
    {
        using var vault = new TestVault();
        string backup = vault.Folder + "/backup.json";
        await using (SecretsManager manager = await vault.CreateWithAsync("a"))
        {
            await manager.BackupAsync(backup, Ct);
            await Assert.ThrowsAsync<VaultConfigurationException>(async () => await manager.BackupAsync(backup, Ct));
            await manager.SetAsync("a", "lost with the damage");
        }

        await File.WriteAllTextAsync(vault.VaultPath, "garbage", Ct);
        await Assert.ThrowsAsync<VaultIntegrityException>(async () => await vault.OpenAsync());
        RestoreReport report = await SecretsManager.RestoreVaultAsync(vault.Options, backup, vault.Unlock, Ct);
        Assert.Equal("garbage", await File.ReadAllTextAsync(report.ReplacedPath!, Ct));
        await using SecretsManager restored = await vault.OpenAsync();
        Assert.Equal("value of a", await restored.TextAsync("a"));
        Assert.True(restored.Revision >= report.Revision);
        Assert.Contains("restore-vault", await OperationsAsync(restored));
        Assert.True((await restored.VerifyAsync(ct: Ct)).IsIntact);
    }

    [Fact]
    public async Task A_backup_can_be_restored_where_nothing_is_left_and_a_damaged_one_is_refused()
    {
        using var vault = new TestVault();
        string backup = vault.Folder + "/backup.json";
        await using (SecretsManager manager = await vault.CreateWithAsync("a"))
            await manager.BackupAsync(backup, Ct);
        Directory.Delete(Path.GetDirectoryName(vault.VaultPath)!, recursive: true);
        Directory.CreateDirectory(Path.GetDirectoryName(vault.VaultPath)!);
        Assert.Null((await SecretsManager.RestoreVaultAsync(vault.Options, backup, vault.Unlock, Ct)).ReplacedPath);
        await using (SecretsManager restored = await vault.OpenAsync())
            Assert.Equal("value of a", await restored.TextAsync("a"));
        byte[] bytes = await File.ReadAllBytesAsync(backup, Ct);
        bytes[^20] ^= 1;
        await File.WriteAllBytesAsync(backup, bytes, Ct);
        byte[] before = await File.ReadAllBytesAsync(vault.VaultPath, Ct);
        await Assert.ThrowsAsync<VaultIntegrityException>(async () => await SecretsManager.RestoreVaultAsync(vault.Options, backup, vault.Unlock, Ct));
        Assert.Equal(before, await File.ReadAllBytesAsync(vault.VaultPath, Ct));
    }

    [Fact]
    public async Task A_lost_audit_log_is_noticed_is_no_outage_for_opening_and_can_be_restarted()
    {
        using var vault = new TestVault();
        await using (SecretsManager manager = await vault.CreateWithAsync("a"))
            await manager.TextAsync("a");
        Directory.Delete(vault.VaultPath + ".audit", recursive: true);
        await using SecretsManager opened = await vault.OpenAsync();
        Assert.Contains(opened.Warnings, warning => warning.Contains("audit log", StringComparison.Ordinal));
        await Assert.ThrowsAsync<VaultIntegrityException>(() => opened.TextAsync("a"));
        Assert.False((await opened.VerifyAsync(ct: Ct)).IsIntact);
        await opened.Audit.RestartAsync(ct: Ct);
        Assert.Equal("value of a", await opened.TextAsync("a"));
        Assert.True((await opened.VerifyAsync(ct: Ct)).IsIntact);
    }

    [Fact]
    public async Task Marks_that_can_not_be_kept_are_told()
    {
        using var vault = new TestVault();
        vault.Options = vault.Options with { StateDirectory = Path.Combine(vault.KeyPath, "below-a-file") };
        await using (SecretsManager manager = await vault.CreateWithAsync("a"))
            Assert.Equal("value of a", await manager.TextAsync("a"));

        await using SecretsManager opened = await vault.OpenAsync();

        Assert.Contains(opened.Warnings, warning => warning.Contains("mark against rollback", StringComparison.Ordinal));
        Assert.Equal("value of a", await opened.TextAsync("a"));
    }

    [Fact]
    public async Task An_audit_log_that_can_not_be_written_says_why_and_is_tried_again()
    {
        using var vault = new TestVault();
        await using (SecretsManager manager = await vault.CreateWithAsync("a"))
            await manager.TextAsync("a");
        bool away = true;
        vault.Options = vault.Options with
        {
            Files = new LocalVaults.HookedFileSystem((_, path) =>
            {
                if (away && path.Contains(".audit", StringComparison.Ordinal))
                    throw FileErrors.ReadOnly("Opening", path);
            }),
        };
        await using SecretsManager opened = await vault.OpenAsync();
        Assert.Contains(opened.Warnings, warning => warning.Contains("read-only", StringComparison.Ordinal));
        foreach (Func<Task> act in (Func<Task>[])[() => opened.TextAsync("a"), () => opened.SetAsync("a", "two")])
        {
            var error = await Assert.ThrowsAsync<VaultUnavailableException>(act);
            Assert.Equal("SR1222", error.Code);
            Assert.Contains("audit log", error.Message, StringComparison.Ordinal);
        }

        await using (SecretsManager copy = await SecretsManager.OpenAsync(vault.Options with { AsCopy = true }, vault.Unlock, Ct))
            Assert.Equal("value of a", await copy.TextAsync("a"));
        away = false;
        Assert.Equal("value of a", await opened.TextAsync("a"));
        await opened.SetAsync("a", "two");
        Assert.True((await opened.VerifyAsync(ct: Ct)).IsIntact);
    }

    [Fact]
    public async Task No_secret_stands_in_any_file_message_or_text()
    {
        using var vault = new TestVault();
        const string canary = "canary-7b1f0e";
        await using SecretsManager manager = await vault.CreateAsync();
        await manager.SetAsync("a", canary);
        await manager.RotateAsync("a", canary + "2");
        using SecretData data = manager.Get("a");
        var texts = new StringBuilder().Append(data).Append(data.Value).Append(data.Metadata);
        texts.Append(await Record.ExceptionAsync(() => manager.SetAsync("a", canary, new SetOptions { Condition = WriteCondition.Absent })));
        manager.Audit.Flush();
        foreach (string file in Directory.GetFiles(vault.Folder, "*", SearchOption.AllDirectories).Where(file => file != vault.KeyPath))
            texts.Append(Encoding.Latin1.GetString(await File.ReadAllBytesAsync(file, Ct)));
        Assert.DoesNotContain(canary, texts.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain(Convert.ToBase64String(Encoding.UTF8.GetBytes(canary))[..12], texts.ToString(), StringComparison.Ordinal);
        Assert.Contains("***", data.ToString(), StringComparison.Ordinal);
    }

    private static async Task<List<string>> OperationsAsync(SecretsManager manager)
    {
        var operations = new List<string>();
        await foreach (AuditEntry entry in manager.Audit.ReadAsync(Ct))
            operations.Add(entry.Operation);
        return operations;
    }
}
