using Strongroom.Audit;
using Strongroom.Cryptography;

namespace Strongroom.Tests.Audit;

public sealed class AuditChainTests
{
    [Fact]
    public void A_log_reads_as_it_was_written_and_verifies()
    {
        using var log = new AuditFixture();
        log.Commit("db/orders");
        log.Time.Advance(TimeSpan.FromMinutes(1));
        log.Read("broker/alpaca", durable: true);
        log.Commit("db/orders", "rotate");

        IReadOnlyList<AuditEntry> entries = log.Entries();
        AuditReport report = log.Verify();

        Assert.Equal(["chain-start", "set", "read", "rotate"], entries.Select(e => e.Operation));
        Assert.Equal([0, 1, 2, 3], entries.Select(e => e.Index));
        Assert.Equal(new AuditSecret("broker/alpaca", "read", 1, 3), Assert.Single(entries[2].Secrets));
        Assert.Equal(3, entries[2].Count);
        Assert.Equal(2, entries[1].Revision);
        Assert.Equal(new DateTimeOffset(2026, 5, 4, 8, 1, 0, TimeSpan.Zero), entries[2].Time);
        Assert.Equal($"{AuditIdentity.Owner} tests[{Environment.ProcessId}]", entries[1].Actor);
        Assert.True(report.IsIntact, string.Join("; ", report.Findings));
        Assert.Empty(report.Notes);
        AuditChainReport chain = Assert.Single(report.Chains);
        Assert.Equal((4, 0, log.Record.Owner), (chain.Entries, chain.FirstVerified, chain.Owner));
        Assert.Equal(Digest.Sha256(Utf8.Strict.GetBytes(entries[3].Line)), chain.Checkpoint.Root);
    }

    [Fact]
    public void A_commit_is_one_write_and_one_sync_of_data_and_the_state_in_place()
    {
        using var log = new AuditFixture();
        log.Commit();
        log.Memory.Log.Clear();

        log.Commit();

        Assert.Equal(["write lock", "write 000001.jsonl", "datasync 000001.jsonl", "write state"], log.Memory.Log);
    }

    [Fact]
    public void A_buffered_read_is_one_write_and_durable_within_a_second()
    {
        using var log = new AuditFixture();
        log.Commit();
        log.Memory.Log.Clear();

        log.Read();
        log.Time.Advance(TimeSpan.FromMilliseconds(500));
        log.Read();
        Assert.Equal(["write lock", "write 000001.jsonl", "write lock", "write 000001.jsonl"], log.Memory.Log);

        log.Memory.Log.Clear();
        log.Time.Advance(TimeSpan.FromMilliseconds(500));
        Assert.Equal(["write lock", "datasync 000001.jsonl", "write state"], log.Memory.Log);

        log.Memory.Log.Clear();
        log.Commit();
        log.Time.Advance(TimeSpan.FromSeconds(5));
        Assert.Equal(["write lock", "write 000001.jsonl", "datasync 000001.jsonl", "write state"], log.Memory.Log);
    }

    [Fact]
    public void Closing_makes_the_last_reads_durable()
    {
        using var log = new AuditFixture();
        log.Read();
        log.Memory.Log.Clear();

        log.Chain.Dispose();
        log.Chain.Dispose();

        Assert.Equal(["write lock", "datasync 000001.jsonl", "write state"], log.Memory.Log);
        Assert.Throws<ObjectDisposedException>(log.Touch);
    }

    [Fact]
    public void A_sync_in_the_background_that_fails_disturbs_nobody()
    {
        using var log = new AuditFixture();
        log.Read();
        log.Memory.Before = static (operation, _) => throw MemoryFiles.Error(operation);
        log.Time.Advance(TimeSpan.FromSeconds(1));
        log.Memory.Before = null;

        log.Commit();

        Assert.True(log.Verify().IsIntact);
        Assert.Equal(3, log.Entries().Count);
    }

    [Fact]
    public void The_background_waits_for_whoever_is_at_work()
    {
        using var log = new AuditFixture();
        log.Read();
        using (log.Chain.Lock(log.Record.Line, AuditFixture.Timeout))
        {
            log.Memory.Log.Clear();
            log.Time.Advance(TimeSpan.FromSeconds(1));
            Assert.Empty(log.Memory.Log);
        }

        log.Time.Advance(TimeSpan.FromSeconds(1));
        Assert.Contains("datasync 000001.jsonl", log.Memory.Log);
    }

    [Fact]
    public void A_line_that_may_stand_in_a_head_makes_the_lines_before_it_durable_first()
    {
        using var log = new AuditFixture();
        log.Read();
        log.Read();
        log.Memory.Log.Clear();

        log.Commit(append: false);

        Assert.Equal(["write lock", "datasync 000001.jsonl", "write state"], log.Memory.Log);
    }

    [Fact]
    public void A_line_that_was_built_and_dropped_changes_nothing()
    {
        using var log = new AuditFixture();
        log.Commit();
        byte[] before = log.Memory[log.Segment];

        using (log.Chain.Lock(log.Record.Line, AuditFixture.Timeout))
        {
            _ = log.Chain.Build(new AuditEvent("set", "ok", 7, [new AuditSecret("never/was", "set", 1, 1)]));
        }

        log.Commit();
        Assert.StartsWith(Utf8.Strict.GetString(before), Utf8.Strict.GetString(log.Memory[log.Segment]), StringComparison.Ordinal);
        Assert.DoesNotContain("never/was", Utf8.Strict.GetString(log.Memory[log.Segment]), StringComparison.Ordinal);
        Assert.True(log.Verify().IsIntact);
    }

    [Fact]
    public void Only_the_next_line_can_be_appended()
    {
        using var log = new AuditFixture();
        string line = log.Commit();

        using IDisposable held = log.Chain.Lock(log.Record.Line, AuditFixture.Timeout);

        Assert.Throws<InvalidOperationException>(() => log.Chain.Append(line, durable: true));
        Assert.Throws<InvalidOperationException>(() => log.Chain.Append("{}", durable: true));
    }

    [Fact]
    public void Nothing_is_written_without_the_lock()
    {
        using var log = new AuditFixture();

        Assert.Throws<InvalidOperationException>(() => log.Chain.Build(new AuditEvent("read", "ok", 1, [])));
        Assert.Throws<InvalidOperationException>(() => log.Chain.Append(log.Record.Line, durable: true));
        Assert.Throws<InvalidOperationException>(() => log.Chain.RecentReads());
    }

    [Theory]
    [InlineData("read", "the value s3cr3t", "db/orders", "read")]
    [InlineData("s3cr3t", "ok", "db/orders", "read")]
    [InlineData("read", "ok", "a value", "read")]
    [InlineData("read", "ok", "db/orders", "s3cr3t")]
    public void An_entry_has_no_place_for_a_value(string operation, string outcome, string name, string secretOperation)
    {
        using var log = new AuditFixture();
        using IDisposable held = log.Chain.Lock(log.Record.Line, AuditFixture.Timeout);

        ArgumentException error = Assert.Throws<ArgumentException>(() => log.Chain.Build(new AuditEvent(operation, outcome, 1, [new AuditSecret(name, secretOperation, 1, 1)])));

        Assert.DoesNotContain("s3cr3t", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Reads_since_the_last_commit_are_known_with_their_times()
    {
        using var log = new AuditFixture();
        log.Read("old/one");
        log.Commit();
        log.Read("a");
        log.Time.Advance(TimeSpan.FromMinutes(5));
        log.Read("b");
        log.Read("a");
        log.Reopen();

        using IDisposable held = log.Chain.Lock(log.Record.Line, AuditFixture.Timeout);
        IReadOnlyDictionary<string, DateTimeOffset> reads = log.Chain.RecentReads();

        Assert.Equal(["a", "b"], reads.Keys.Order(StringComparer.Ordinal));
        Assert.All(reads.Values, time => Assert.Equal(log.Time.GetUtcNow(), time));
    }

    [Fact]
    public void Recent_reads_reach_back_over_segments_and_end_at_a_mebibyte()
    {
        using var log = new AuditFixture(new AuditOptions { MaxSegmentBytes = 64 * 1024, Program = "tests" });
        log.Commit();
        int written = 0;
        for (int i = 0; written < 2 * 1024 * 1024; i++)
            written += log.Read($"n/{i}").Length + 1;

        using IDisposable held = log.Chain.Lock(log.Record.Line, AuditFixture.Timeout);
        IReadOnlyDictionary<string, DateTimeOffset> reads = log.Chain.RecentReads();

        Assert.DoesNotContain("n/0", reads.Keys);
        Assert.InRange(reads.Count, (1024 * 1024 / 450) - 200, 1024 * 1024 / 350);
    }

    [Fact]
    public void Keys_that_are_too_few_or_options_out_of_bounds_are_refused()
    {
        using var log = new AuditFixture();
        ChainRecord wrong = log.Record with { KeptUnderRoot = false };

        using var chain = new AuditChain(log.Files, AuditFixture.Folder, wrong, log.Keys, log.Options, log.Time);

        Assert.Equal("SR1310", Assert.Throws<VaultIntegrityException>(() => chain.Lock(wrong.Line, AuditFixture.Timeout)).Code);
        Assert.Equal("SR1309", Assert.Throws<VaultConfigurationException>(() => new AuditChain(log.Files, AuditFixture.Folder, wrong, log.Keys, new AuditOptions { MaxSegmentBytes = 1 }, log.Time)).Code);
        Assert.Equal("SR1312", Assert.Throws<VaultIntegrityException>(() => log.Chain.Lock("{}", AuditFixture.Timeout)).Code);
    }

    [Fact]
    public void An_entry_that_is_too_large_is_refused_before_anything_is_written()
    {
        using var log = new AuditFixture();
        var secrets = Enumerable.Range(0, AuditLimits.MaxSecrets).Select(i => new AuditSecret($"{i:d6}{new string('x', 240)}", "set", 1, 1)).ToList();
        using IDisposable held = log.Chain.Lock(log.Record.Line, AuditFixture.Timeout);

        Assert.Equal("SR1308", Assert.Throws<VaultLimitException>(() => log.Chain.Build(new AuditEvent("batch", "ok", 2, secrets))).Code);
        secrets.Add(new AuditSecret("one/more", "set", 1, 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => log.Chain.Build(new AuditEvent("batch", "ok", 2, secrets)));
    }

    [Fact]
    public void A_large_batch_is_one_entry_like_any_other()
    {
        using var log = new AuditFixture();
        List<AuditSecret> secrets = [.. Enumerable.Range(0, 20_000).Select(i => new AuditSecret($"imported/{i}", "create", 1, 1))];
        using (log.Chain.Lock(log.Record.Line, AuditFixture.Timeout))
            log.Chain.Append(log.Chain.Build(new AuditEvent("batch", "ok", 2, secrets)), durable: true);
        log.Reopen();
        log.Commit();

        Assert.True(log.Verify().IsIntact);
        Assert.Equal(secrets, log.Entries()[1].Secrets);
    }
}
