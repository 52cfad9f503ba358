using Strongroom.Audit;
using Strongroom.Storage;
using Strongroom.Testing;
using Strongroom.Tests.Vault;

namespace Strongroom.Tests.Audit;

/// <summary>The audit log of a vault in a database: gathered there, and in files of each machine.</summary>
public sealed class GatheredLogTests : IDisposable
{
    private readonly InMemoryBackend _database = new();
    private readonly TestVault _vault = new();

    public GatheredLogTests() =>
        _vault.Options = _vault.Options with { Path = null, Backend = _database.OpenAnother(), AuditDirectory = Path.Combine(_vault.Folder, "log") };

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    private string LogFolder => _vault.Options.AuditDirectory!;

    public void Dispose() => _vault.Dispose();

    [Fact]
    public async Task The_entries_of_a_commit_are_durable_with_it_and_reads_go_with_the_next_one()
    {
        await using SecretsManager manager = await _vault.CreateWithAsync("a");
        await manager.TextAsync("a");
        manager.Audit.Flush();
        Assert.Equal(["chain-start", "create", "set"], await GatheredAsync());
        await manager.SetAsync("a", "2");
        Assert.Equal(["chain-start", "create", "set", "read", "set"], await GatheredAsync());
        await manager.TextAsync("a");
        await manager.Audit.GatherAsync(Ct);
        Assert.Equal(["chain-start", "create", "set", "read", "set", "read"], await GatheredAsync());
    }

    [Fact]
    public async Task Another_machine_reads_and_verifies_the_log_of_this_one()
    {
        await using SecretsManager manager = await _vault.CreateWithAsync("a", "b");
        await manager.TextAsync("a");
        await manager.Audit.GatherAsync(Ct);
        ChainRecord[] foreign = ChainsAsOfAnother(manager);
        var elsewhere = new AuditShelf(FileSystems.Default, Path.Combine(_vault.Folder, "elsewhere"), new GatheredLog(manager.Core.Storage));

        AuditReport report = AuditVerifier.Verify(elsewhere, foreign, manager.Core.Session.Keys, null, [], Ct);

        Assert.True(report.IsIntact, string.Join("; ", report.Findings.Select(static finding => finding.Message)));
        Assert.Equal(5, report.Chains.Single().Checkpoint.Size);
        Assert.Equal(["chain-start", "create", "set", "set", "read"], AuditVerifier.Read(elsewhere, null, Ct).Select(static entry => entry.Operation));
        RowKey last = RowKey.AuditLine(foreign[0].Id, 3);
        await CommitRawAsync(delete: last);
        report = AuditVerifier.Verify(elsewhere, foreign, manager.Core.Session.Keys, null, [], Ct);
        Assert.Contains(report.Findings, static finding => finding.Message.Contains("missing", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Lines_that_a_power_loss_took_from_the_files_come_back_from_the_database()
    {
        string lost = Path.Combine(_vault.Folder, "lost");
        await using (SecretsManager manager = await _vault.CreateWithAsync("a", "b"))
            await manager.TextAsync("a");
        CopyFolder(LogFolder, lost);
        await using (SecretsManager manager = await OpenAnotherAsync())
        {
            await manager.SetAsync("a", "2");
            await manager.TextAsync("b");
            await manager.SetAsync("b", "2");
            await manager.TextAsync("b");
        }

        Directory.Delete(LogFolder, recursive: true);
        CopyFolder(lost, LogFolder);
        await using SecretsManager after = await OpenAnotherAsync();
        await after.SetAsync("a", "3");
        AuditReport report = await after.Audit.VerifyAsync(ct: Ct);
        Assert.True(report.IsIntact, string.Join("; ", report.Findings.Select(static finding => finding.Message)));
        Assert.Empty(after.Warnings);
        List<string> operations = [];
        await foreach (AuditEntry entry in after.Audit.ReadAsync(Ct))
            operations.Add(entry.Operation);
        Assert.Equal(["chain-start", "create", "set", "set", "read", "set", "read", "set", "set"], operations);
    }

    [Fact]
    public async Task Lines_that_are_neither_in_the_files_nor_in_the_database_are_an_alarm()
    {
        string lost = Path.Combine(_vault.Folder, "lost");
        await using (await _vault.CreateWithAsync("a"))
        {
        }

        CopyFolder(LogFolder, lost);
        await using (SecretsManager manager = await OpenAnotherAsync())
        {
            for (int i = 0; i < 3; i++)
                await manager.SetAsync("a", $"{i}");
            ChainRecord[] chains = ChainsAsOfAnother(manager);
            await CommitRawAsync(delete: RowKey.AuditLine(chains[0].Id, 4));
        }

        Directory.Delete(LogFolder, recursive: true);
        CopyFolder(lost, LogFolder);
        await using SecretsManager after = await OpenAnotherAsync();
        Assert.Equal("SR1426", (await Assert.ThrowsAsync<VaultIntegrityException>(() => after.SetAsync("a", "x"))).Code);
    }

    [Fact]
    public async Task A_long_backlog_is_sent_in_pieces_ahead_of_the_commit()
    {
        var counting = new FaultingBackend(_database.OpenAnother());
        _vault.Options = _vault.Options with { Backend = counting.Backend, Audit = new AuditOptions { GatherInterval = TimeSpan.Zero } };
        string name = new('n', SecretName.MaxLength);
        await using SecretsManager manager = await _vault.CreateWithAsync(name);
        for (int i = 0; i < 700; i++)
        {
            await manager.TextAsync(name);
            manager.Audit.Flush();
        }

        Assert.Equal(3, (await GatheredAsync()).Count);
        int before = counting.Calls(BackendCall.Commit);
        await manager.SetAsync("a", "2");
        Assert.InRange(counting.Calls(BackendCall.Commit) - before, 2, 6);
        Assert.Equal(704, (await GatheredAsync()).Count);
        Assert.True((await manager.Audit.VerifyAsync(ct: Ct)).IsIntact);
    }

    [Fact]
    public async Task What_was_sent_before_is_found_by_looking_and_not_sent_again()
    {
        _vault.Options = _vault.Options with { Audit = new AuditOptions { GatherInterval = TimeSpan.Zero } };
        await using (SecretsManager manager = await _vault.CreateWithAsync("a"))
        {
            for (int i = 0; i < 100; i++)
            {
                await manager.TextAsync("a");
                manager.Audit.Flush();
            }

            await manager.Audit.GatherAsync(Ct);
            await manager.TextAsync("a");
        }

        var counting = new Puts(_database.OpenAnother());
        await using SecretsManager second = await SecretsManager.OpenAsync(_vault.Options with { Backend = counting.Backend }, _vault.Unlock, Ct);
        await second.Audit.GatherAsync(Ct);
        Assert.Equal(1, counting.Rows);
        await second.Audit.GatherAsync(Ct);
        Assert.Equal(1, counting.Rows);
        Assert.Equal(104, (await GatheredAsync()).Count);
    }

    [Fact]
    public async Task A_vault_that_moves_into_a_database_brings_its_log()
    {
        _vault.Options = _vault.Options with { Path = _vault.VaultPath, Backend = null, AuditDirectory = null };
        await using (SecretsManager manager = await _vault.CreateWithAsync("a"))
            await manager.TextAsync("a");
        MigrationReport report = await SecretsManager.MigrateAsync(_vault.Options, _vault.Options with { Path = null, Backend = new Shared(_database).Backend }, _vault.Unlock, ct: Ct);
        Assert.True(report.Verified.IsIntact, string.Join("; ", report.Verified.Findings));
        Assert.Equal(["chain-start", "create", "set", "read", "migrate"], await GatheredAsync());
    }

    private static ChainRecord[] ChainsAsOfAnother(SecretsManager manager) =>
        [.. manager.Core.Storage.Current!.Head.Audit.Select(static record => record with { Owner = "somebody@elsewhere" })];

    private static void CopyFolder(string from, string to)
    {
        foreach (string file in Directory.GetFiles(from, "*", SearchOption.AllDirectories))
        {
            string target = Path.Combine(to, Path.GetRelativePath(from, file));
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            File.Copy(file, target);
        }
    }

    private ValueTask<SecretsManager> OpenAnotherAsync() => SecretsManager.OpenAsync(_vault.Options with { Backend = _database.OpenAnother() }, _vault.Unlock, Ct);

    private async Task<List<string>> GatheredAsync()
    {
        var operations = new List<string>();
        await foreach (StoredRow row in _database.ScanAsync(new ScanRequest("a/"), Ct))
        {
            Assert.True(AuditLine.TryParse(row.Bytes.Span, out AuditLine line));
            operations.Add(line.ToEntry().Operation);
        }

        return operations;
    }

    private async Task CommitRawAsync(RowKey delete)
    {
        VaultRead read = (await _database.ReadAsync([], Ct))!;
        var head = Strongroom.Vault.VaultHead.Parse(read.Head.Span);
        Assert.Equal(CommitOutcome.Committed, await _database.TryCommitAsync(new VaultCommit(head.Mac, head.Revision, head.Mac, read.Head, [], [delete]), Ct));
    }

    private sealed class Puts(IVaultBackend inner) : BackendInterceptor(inner)
    {
        public int Rows { get; private set; }

        protected internal override ValueTask<CommitOutcome> TryCommitAsync(VaultCommit commit, CancellationToken ct)
        {
            Rows += commit.Puts.Count;
            return base.TryCommitAsync(commit, ct);
        }
    }

    // A migration opens its target several times and disposes of it each time.
    private sealed class Shared(InMemoryBackend storage) : BackendInterceptor(storage.OpenAnother())
    {
        protected internal override ValueTask<VaultRead?> ReadAsync(IReadOnlyList<RowKey> rows, CancellationToken ct) => storage.ReadAsync(rows, ct);

        protected internal override ValueTask<CommitOutcome> TryCommitAsync(VaultCommit commit, CancellationToken ct) => storage.TryCommitAsync(commit, ct);

        protected internal override IAsyncEnumerable<StoredRow> ScanAsync(ScanRequest scan, CancellationToken ct) => storage.ScanAsync(scan, ct);

        protected internal override ValueTask<ChangeSet> ChangesSinceAsync(long revision, CancellationToken ct) => storage.ChangesSinceAsync(revision, ct);
    }
}
