using Strongroom.Audit;
using Strongroom.Cryptography;

namespace Strongroom.Tests.Audit;

public sealed class AuditSegmentTests
{
    [Fact]
    public void A_new_segment_goes_on_with_the_chain_and_costs_a_sync_of_the_folder()
    {
        using AuditFixture log = Filled(out int entries);
        int segments = log.Memory.Paths.Count(p => p.EndsWith(".jsonl", StringComparison.Ordinal));
        AuditReport report = log.Verify();

        Assert.True(segments >= 3);
        Assert.True(report.IsIntact, string.Join("; ", report.Findings));
        Assert.Empty(report.Notes);
        Assert.Equal(entries, report.Chains[0].Entries);
        Assert.Equal(Enumerable.Range(0, entries).Select(i => (long)i), log.Entries().Select(e => e.Index));
        for (int i = 2; i <= segments; i++)
        {
            Assert.True(AuditLine.TryParse(Utf8.Strict.GetBytes(log.Lines(Segment(log, i))[0]), out AuditLine first));
            Assert.Equal(Digest.Sha256(Utf8.Strict.GetBytes(log.Lines(Segment(log, i - 1))[^1])), first.Info.Previous);
        }

        int change = log.Memory.Log.LastIndexOf($"create {segments:d6}.jsonl");
        Assert.Equal(["write lock", $"create {segments:d6}.jsonl", $"syncdir {log.Record.Id}", $"write {segments:d6}.jsonl", $"datasync {segments:d6}.jsonl", "write state"], log.Memory.Log.Skip(change - 1).Take(6));
    }

    [Fact]
    public void The_old_segment_is_durable_before_the_new_one_begins()
    {
        using var log = new AuditFixture(new AuditOptions { MaxSegmentBytes = 64 * 1024, Program = "tests" });
        while (!log.Memory.Log.Contains("create 000002.jsonl"))
            log.Read();

        int create = log.Memory.Log.IndexOf("create 000002.jsonl");
        int lastWrite = log.Memory.Log.LastIndexOf("write 000001.jsonl");
        int lastSync = log.Memory.Log.LastIndexOf("datasync 000001.jsonl");
        Assert.InRange(lastSync, lastWrite, create);
    }

    [Fact]
    public void Every_process_follows_into_a_new_segment()
    {
        var options = new AuditOptions { MaxSegmentBytes = 64 * 1024, Program = "tests" };
        using var one = new AuditFixture(options);
        using AuditFixture two = one.Again();
        for (int i = 0; i < 500; i++)
            (i % 2 == 0 ? one : two).Read($"n/{i}");

        Assert.Equal(501, one.Entries().Count);
        Assert.True(one.Verify().IsIntact);
        Assert.True(one.Memory.Exists(Segment(one, 3)));
    }

    [Fact]
    public void Early_segments_may_be_moved_away_and_the_rest_still_verifies()
    {
        using AuditFixture log = Filled(out int entries);
        log.Memory.Delete(Segment(log, 1));
        Assert.True(AuditLine.TryParse(Utf8.Strict.GetBytes(log.Lines(Segment(log, 2))[0]), out AuditLine first));

        AuditReport report = log.Verify();
        Assert.True(report.IsIntact, string.Join("; ", report.Findings));
        Assert.Contains("earlier segments have been moved away", Assert.Single(report.Notes).Message, StringComparison.Ordinal);
        Assert.Equal((entries, first.Info.Index), (report.Chains[0].Entries, report.Chains[0].FirstVerified));

        using AuditFixture next = log.Again();
        next.Commit();
        log.Memory.Delete(log.State);
        using AuditFixture withoutState = next.Again();
        withoutState.Commit();
        Assert.True(withoutState.Verify().IsIntact);
    }

    [Fact]
    public void The_head_line_may_be_in_a_segment_that_was_moved_away()
    {
        using var log = new AuditFixture(new AuditOptions { MaxSegmentBytes = 64 * 1024, Program = "tests" });
        log.Commit();
        for (int i = 0; i < 200; i++)
            log.Read();
        log.Memory.Delete(Segment(log, 1));

        using AuditFixture next = log.Again();
        next.Commit();

        Assert.True(next.Verify().IsIntact);
    }

    [Fact]
    public void A_segment_missing_in_between_is_found()
    {
        using AuditFixture log = Filled(out _);
        log.Memory.Delete(Segment(log, 2));

        AuditReport report = log.Verify();

        Assert.Contains(report.Findings, f => f.Message.Contains("should be in segment 2, which is missing", StringComparison.Ordinal));
        Assert.Contains(report.Findings, f => f.Message.Contains("what was between is missing", StringComparison.Ordinal));
    }

    [Fact]
    public void The_first_segment_must_begin_with_the_first_entry()
    {
        using AuditFixture log = Filled(out _);
        log.Memory[Segment(log, 1)] = AuditTamperTests.Text(log.Lines(Segment(log, 1))[3..]);

        Assert.Contains("what was between is missing", log.Verify().Findings[0].Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_last_segment_missing_is_found()
    {
        using AuditFixture log = Filled(out _);
        string last = log.Memory.Paths.Last(p => p.EndsWith(".jsonl", StringComparison.Ordinal));
        log.Memory.Delete(last);
        using AuditFixture next = log.Again();

        Assert.False(log.Verify().IsIntact);
        Assert.Equal("SR1303", Assert.Throws<VaultIntegrityException>(next.Touch).Code);
        Assert.Equal("SR1302", Assert.Throws<VaultIntegrityException>(log.Touch).Code);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_crash_between_a_new_segment_and_its_first_line_does_no_harm(bool torn)
    {
        using AuditFixture log = Filled(out int entries);
        int next = log.Memory.Paths.Count(p => p.EndsWith(".jsonl", StringComparison.Ordinal)) + 1;
        log.Files.Create(Segment(log, next)).Dispose();
        log.Memory[Segment(log, next)] = torn ? [0, 0, 0] : [];
        Assert.True(log.Verify().IsIntact);

        using AuditFixture after = log.Again();
        after.Commit();

        Assert.True(after.Verify().IsIntact);
        Assert.Equal(entries + (torn ? 2 : 1), after.Entries().Count);
    }

    [Fact]
    public void A_torn_segment_that_is_not_the_last_is_found()
    {
        using AuditFixture log = Filled(out _);
        string path = Segment(log, 1);
        log.Memory[path] = log.Memory[path][..^10];

        Assert.Contains("of segment 1, which is not the last", log.Verify().Findings[0].Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Other_files_in_the_folder_are_left_alone()
    {
        using AuditFixture log = Filled(out _);
        foreach (string name in new[] { "000000.jsonl", "1.jsonl", "00000a.jsonl", "000001.jsonl.bak", "notes.txt" })
            log.Files.Create(Path.Combine(log.ChainFolder, name)).Dispose();
        log.Files.Create(Path.Combine(AuditFixture.Folder, "README")).Dispose();

        log.Commit();

        AuditReport report = log.Verify();
        Assert.True(report.IsIntact, string.Join("; ", report.Findings));
        Assert.Empty(report.Notes);
    }

    private static AuditFixture Filled(out int entries)
    {
        var log = new AuditFixture(new AuditOptions { MaxSegmentBytes = 64 * 1024, Program = "tests" });
        entries = 1;
        for (; entries < 450; entries++)
            log.Commit($"n/{entries}");
        return log;
    }

    private static string Segment(AuditFixture log, int number) => Path.Combine(log.ChainFolder, $"{number:d6}.jsonl");
}
