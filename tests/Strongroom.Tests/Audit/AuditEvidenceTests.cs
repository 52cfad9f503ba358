using Strongroom.Audit;
using Strongroom.Cryptography;

namespace Strongroom.Tests.Audit;

/// <summary>What a log proves to others: printed keys, checkpoints, chains that replace broken ones.</summary>
public sealed class AuditEvidenceTests
{
    [Fact]
    public void A_printed_key_is_not_in_the_vault_and_verifies_the_chain()
    {
        using var log = new AuditFixture(print: true);
        log.Commit();
        log.Reopen();
        log.Commit();

        AuditReport with = log.Verify();
        AuditReport without = AuditVerifier.Verify(new AuditShelf(log.Files, AuditFixture.Folder), [log.Record], log.Keys, null, [], CancellationToken.None);

        Assert.False(log.Record.KeptUnderRoot);
        Assert.True(with.IsIntact);
        Assert.Empty(with.Notes);
        Assert.Equal(0, with.Chains[0].FirstVerified);
        Assert.True(without.IsIntact);
        Assert.Contains("no MAC was checked", Assert.Single(without.Notes).Message, StringComparison.Ordinal);
        Assert.Equal((-1L, 3L), (without.Chains[0].FirstVerified, without.Chains[0].Entries));
    }

    [Fact]
    public void Another_printed_key_finds_every_entry_wrong_and_a_cut_one_is_refused()
    {
        using var log = new AuditFixture(print: true);
        log.Commit();
        using SecretBuffer other = SecretBuffer.Random(32), cut = SecretBuffer.Random(31);

        AuditReport report = AuditVerifier.Verify(new AuditShelf(log.Files, AuditFixture.Folder), [log.Record], log.Keys, new Dictionary<RandomId, SecretBuffer> { [log.Record.Id] = other }, [], CancellationToken.None);

        Assert.Equal([-1L, 0L, 1L], report.Findings.Select(f => f.Index).Order());
        Assert.Equal("SR1313", Assert.Throws<VaultConfigurationException>(() => AuditVerifier.Verify(
            new AuditShelf(log.Files, AuditFixture.Folder), [log.Record], log.Keys, new Dictionary<RandomId, SecretBuffer> { [log.Record.Id] = cut }, [], CancellationToken.None)).Code);
    }

    [Fact]
    public void A_chain_with_a_printed_key_and_without_state_has_to_be_restarted()
    {
        using var log = new AuditFixture(print: true);
        log.Commit();
        log.Memory.Delete(log.State);
        using AuditFixture next = log.Again();

        VaultIntegrityException error = Assert.Throws<VaultIntegrityException>(next.Touch);

        Assert.Equal("SR1305", error.Code);
        Assert.Contains("log restart", error.Hint, StringComparison.Ordinal);
    }

    [Fact]
    public void A_state_that_was_replaced_by_the_holder_of_the_root_is_found()
    {
        using var log = new AuditFixture();
        log.Commit();
        using SealingKey stateKey = ChainKeys.Open(log.Keys, log.Record, out SecretBuffer? first);
        using (var state = new StateFile(new ChainFolder(log.Files, AuditFixture.Folder, log.Record.Id), log.Keys.VaultId, stateKey))
        {
            Span<byte> key = stackalloc byte[32];
            state.Refresh(key);
            state.Write(2, new byte[32]);
            state.Write(2, new byte[32]);
        }

        first!.Dispose();
        Assert.Contains("the state does not hold the key of its entry", Assert.Single(log.Verify().Findings).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_checkpoint_of_any_size_holds_while_the_log_grows()
    {
        using var log = new AuditFixture();
        var checkpoints = new List<AuditCheckpoint>();
        for (int i = 0; i < 5; i++)
        {
            checkpoints.Add(log.Verify().Chains[0].Checkpoint);
            log.Commit();
            using (log.Chain.Lock(log.Record.Line, AuditFixture.Timeout))
                Assert.Equal(log.Verify().Chains[0].Checkpoint, log.Chain.Checkpoint());
        }

        AuditReport report = log.Verify([.. checkpoints]);

        Assert.True(report.IsIntact, string.Join("; ", report.Findings));
        Assert.All(checkpoints, c => Assert.Equal(c, AuditCheckpoint.Parse(c.ToString())));
    }

    [Fact]
    public void A_full_rollback_is_found_by_a_checkpoint_kept_elsewhere()
    {
        using var log = new AuditFixture();
        log.Commit();
        MemoryFiles old = log.Memory.Copy();
        using AuditFixture rolledBack = log.On(old);
        log.Commit();
        AuditCheckpoint checkpoint = log.Verify().Chains[0].Checkpoint;

        Assert.True(rolledBack.Verify().IsIntact);
        Assert.Contains("the checkpoint counts 3 entries", Assert.Single(rolledBack.Verify(checkpoint).Findings).Message, StringComparison.Ordinal);

        // Even when the other history has grown past it.
        rolledBack.Commit("other");
        rolledBack.Commit("history");
        Assert.Contains("the log was rewritten since", Assert.Single(rolledBack.Verify(checkpoint).Findings).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_checkpoint_of_another_vault_or_chain_does_not_hold()
    {
        using var log = new AuditFixture();
        AuditCheckpoint checkpoint = log.Verify().Chains[0].Checkpoint;

        Assert.Contains("another vault", Assert.Single(log.Verify(checkpoint with { VaultId = RandomId.New() }).Findings).Message, StringComparison.Ordinal);
        Assert.Contains("neither the vault's head nor the folder", Assert.Single(log.Verify(checkpoint with { Chain = RandomId.New() }).Findings).Message, StringComparison.Ordinal);
        Assert.Contains("is not the line of the checkpoint", Assert.Single(log.Verify(checkpoint with { Root = default }).Findings).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_checkpoint_is_compared_across_segments_that_were_moved_away()
    {
        using var log = new AuditFixture(new AuditOptions { MaxSegmentBytes = 64 * 1024, Program = "tests" });
        while (!log.Memory.Exists(Path.Combine(log.ChainFolder, "000002.jsonl")))
            log.Commit();
        string[] lines = log.Lines();
        var end = new AuditCheckpoint(log.Keys.VaultId, log.Record.Id, lines.Length, Digest.Sha256(Utf8.Strict.GetBytes(lines[^1])));
        var early = new AuditCheckpoint(log.Keys.VaultId, log.Record.Id, 5, Digest.Sha256(Utf8.Strict.GetBytes(lines[4])));
        log.Memory.Delete(log.Segment);

        AuditReport report = log.Verify(end, early);
        Assert.True(report.IsIntact);
        Assert.Contains(report.Notes, n => n.Index == 4 && n.Message.Contains("the checkpoint was not compared", StringComparison.Ordinal));
        Assert.False(log.Verify(end with { Root = early.Root }).IsIntact);
    }

    [Theory]
    [InlineData("")]
    [InlineData("strongroom/x/y\n1\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n")]
    [InlineData("strongroom/00000000000000000000000000000000/00000000000000000000000000000000\n-1\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n")]
    [InlineData("strongroom/00000000000000000000000000000000/00000000000000000000000000000000\n01\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n")]
    [InlineData("strongroom/00000000000000000000000000000000/00000000000000000000000000000000\n9007199254740992\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n")]
    [InlineData("strongroom/00000000000000000000000000000000/00000000000000000000000000000000\n1\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAB=\n")]
    [InlineData("strongroom/00000000000000000000000000000000/00000000000000000000000000000000\n1\n\uD800AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n")]
    [InlineData("strongroom/00000000000000000000000000000000/00000000000000000000000000000000\n1\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\nmore\n")]
    [InlineData("strongroom/0000000000000000000000000000000000000000000000000000000000000000/\n1\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n")]
    public void What_is_not_a_checkpoint_is_refused(string text) => Assert.Equal("SR1307", Assert.Throws<VaultConfigurationException>(() => AuditCheckpoint.Parse(text)).Code);

    [Fact]
    public void A_checkpoint_may_come_through_a_Windows_clipboard()
    {
        var checkpoint = new AuditCheckpoint(RandomId.New(), RandomId.New(), 42, Digest.Sha256("x"u8));

        Assert.Equal(checkpoint, AuditCheckpoint.Parse(checkpoint.ToString().Replace("\n", "\r\n", StringComparison.Ordinal)));
        Assert.Equal(checkpoint, AuditCheckpoint.Parse(checkpoint.ToString().TrimEnd('\n')));
    }

    [Fact]
    public void A_restart_names_the_end_and_the_old_chain_stays_readable()
    {
        using var log = new AuditFixture();
        log.Commit("a");
        log.Read("b");

        ChainRecord next = Restart(log, Digest.Sha256(Utf8.Strict.GetBytes(log.Lines()[^1])));
        AuditReport report = log.Verify([next]);

        Assert.True(report.IsIntact, string.Join("; ", report.Findings));
        Assert.Equal([next.Id, log.Record.Id], report.Chains.Select(c => c.Chain));
        Assert.Equal((3L, -1L, ""), (report.Chains[1].Entries, report.Chains[1].FirstVerified, report.Chains[1].Owner));
        Assert.Contains($"the chain {next.Id} has replaced it", Assert.Single(report.Notes).Message, StringComparison.Ordinal);
        Assert.Equal(4, log.Entries().Count);

        // A process that did not know of the restart adds a line, or somebody cuts some off.
        string[] lines = log.Lines();
        log.Read("late");
        Assert.Contains("entry 2 is the end that the chain", Assert.Single(log.Verify([next]).Notes).Message, StringComparison.Ordinal);
        log.Memory[log.Segment] = AuditTamperTests.Text(lines[..2]);
        Assert.Contains(log.Verify([next]).Notes, n => n.Chain == log.Record.Id && n.Message.Contains("no chain names its end", StringComparison.Ordinal));
        Assert.Contains(log.Verify([next]).Notes, n => n.Chain == next.Id && n.Message.Contains("no chain in the folder has that line", StringComparison.Ordinal));
    }

    [Fact]
    public void A_restart_after_lines_were_lost_names_the_line_that_the_head_knew()
    {
        using var log = new AuditFixture();
        log.Commit("a");
        log.Commit("b");
        AuditCheckpoint before = log.Verify().Chains[0].Checkpoint;
        log.Memory[log.Segment] = AuditTamperTests.Text(log.Lines()[..2]);
        Assert.Throws<VaultIntegrityException>(log.Touch);

        ChainRecord next = Restart(log, Digest.Sha256(Utf8.Strict.GetBytes(log.Record.Line)));
        AuditReport report = log.Verify([next]);

        Assert.True(report.IsIntact, string.Join("; ", report.Findings));
        Assert.Contains(report.Notes, n => n.Chain == next.Id && n.Message.Contains("no chain in the folder has that line", StringComparison.Ordinal));

        // The checkpoint taken before it broke still says that it lost a line.
        Assert.Contains("the checkpoint counts 3 entries", Assert.Single(log.Verify([next], before).Findings).Message, StringComparison.Ordinal);

        // A log that is gone altogether.
        log.Memory.DeleteFolder(log.ChainFolder);
        Restart(log, Digest.Sha256(Utf8.Strict.GetBytes(log.Record.Line)));
    }

    [Fact]
    public void Restarts_in_a_row_are_followed_to_the_first_chain()
    {
        using var log = new AuditFixture();
        ChainRecord second = Restart(log);
        ChainRecord third = AuditChain.Create(log.Files, AuditFixture.Folder, log.Keys, log.Options, log.Time, AuditVerifier.End(log.Files, AuditFixture.Folder, second), false, out _);

        AuditReport report = log.Verify([third]);

        Assert.Equal(3, report.Chains.Count);
        Assert.Equal(2, report.Notes.Count(n => n.Message.Contains("has replaced it", StringComparison.Ordinal)));
    }

    private static ChainRecord Restart(AuditFixture log, Digest? expected = null)
    {
        Digest end = AuditVerifier.End(log.Files, AuditFixture.Folder, log.Record);
        Assert.Equal(expected ?? end, end);
        ChainRecord next = AuditChain.Create(log.Files, AuditFixture.Folder, log.Keys, log.Options, log.Time, end, false, out _, revision: 7);
        Assert.Contains($"\"previous\":\"{end}\",\"revision\":7", next.Line, StringComparison.Ordinal);
        return next;
    }
}
