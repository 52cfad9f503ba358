using System.Security.Cryptography;
using Strongroom.Audit;
using Strongroom.Cryptography;

namespace Strongroom.Tests.Audit;

/// <summary>Goal 12 of the reliability table: what somebody with the log's folder can do to it is found.</summary>
public sealed class AuditTamperTests
{
    [Fact]
    public void Every_flipped_bit_of_a_log_is_found()
    {
        using var log = new AuditFixture();
        log.Read("a", durable: true);
        log.Commit("b");
        byte[] genuine = log.Memory[log.Segment];
        var missed = new List<string>();

        for (int i = 0; i < genuine.Length * 8; i++)
        {
            log.Memory[log.Segment] = Flip(genuine, i);
            if (log.Verify().IsIntact)
                missed.Add($"bit {i % 8} of byte {i / 8}");
        }

        log.Memory[log.Segment] = genuine;
        Assert.Empty(missed);
        Assert.True(log.Verify().IsIntact);
    }

    [Fact]
    public void Every_flipped_bit_of_the_state_is_found_or_does_no_harm()
    {
        using AuditFixture log = Small();
        byte[] genuine = log.Memory[log.State];

        for (int i = 0; i < genuine.Length * 8; i += 11)
        {
            MemoryFiles disk = log.Memory.Copy();
            disk[log.State] = Flip(genuine, i);
            using AuditFixture other = log.On(disk);
            AuditReport report = other.Verify();
            int slot = i / 8 / 256;

            // The newer slot (5 entries: slot 1) is gone: the older one still opens, and says so.
            Assert.True(report.IsIntact);
            Assert.Contains("does not open", Assert.Single(report.Notes).Message, StringComparison.Ordinal);
            other.Commit();
            Assert.True(other.Verify().IsIntact, $"slot {slot}");
            Assert.Equal(6, other.Entries().Count);
        }
    }

    [Fact]
    public void A_log_cut_at_any_entry_is_found_by_the_verifier_and_by_the_next_writer()
    {
        using AuditFixture log = Small();
        string[] lines = log.Lines();

        for (int keep = 0; keep < lines.Length; keep++)
        {
            MemoryFiles disk = log.Memory.Copy();
            disk[log.Segment] = Text(lines[..keep]);
            using AuditFixture other = log.On(disk);

            Assert.False(other.Verify().IsIntact);
            Assert.Equal("SR1303", Assert.Throws<VaultIntegrityException>(other.Touch).Code);
        }
    }

    [Fact]
    public void Any_entry_removed_doubled_or_swapped_is_found()
    {
        using AuditFixture log = Small();
        string[] lines = log.Lines();

        for (int i = 0; i < lines.Length; i++)
        {
            Assert.False(With(log, [.. lines[..i], .. lines[(i + 1)..]]).Verify().IsIntact, $"without {i}");
            Assert.False(With(log, [.. lines[..i], lines[i], .. lines[i..]]).Verify().IsIntact, $"{i} twice");
            for (int j = i + 1; j < lines.Length; j++)
            {
                string[] swapped = [.. lines];
                (swapped[i], swapped[j]) = (lines[j], lines[i]);
                Assert.False(With(log, swapped).Verify().IsIntact, $"{i} and {j}");
            }
        }
    }

    [Fact]
    public void A_finding_names_the_entry_and_says_what_it_is()
    {
        using AuditFixture log = Small();
        string[] lines = log.Lines();
        string forged = lines[2].Replace("\"outcome\":\"ok\"", "\"outcome\":\"SR1405\"", StringComparison.Ordinal);

        AuditReport report = With(log, [.. lines[..2], forged, .. lines[3..]]).Verify();

        Assert.Equal([2, 3], report.Findings.Select(f => f.Index));
        Assert.StartsWith("entry 2 has a wrong MAC", report.Findings[0].Message, StringComparison.Ordinal);
        Assert.StartsWith("entry 3 does not follow", report.Findings[1].Message, StringComparison.Ordinal);
    }

    // The attacker took over the machine after entry 3: root key, state, everything. What was written before can't be made anew without K₀.
    [Fact]
    public void Somebody_with_the_current_key_can_not_make_earlier_entries_anew()
    {
        using var log = new AuditFixture(print: true);
        log.Commit("a");
        log.Commit("b");
        log.Commit("c");
        byte[] current = log.Printed!.Span.ToArray();
        for (long i = 0; i < 4; i++)
            current = HMACSHA256.HashData(current, AuditFormatTests.Context("audit-ratchet", AuditFormatTests.Id(log.Record.Id), AuditFormatTests.U64(i)));
        string[] lines = log.Lines();

        for (int from = 1; from < lines.Length; from++)
        {
            string[] forged = ResealedWithOneKey(log, lines, from, current);
            using AuditFixture other = With(log, forged);

            AuditReport report = other.Verify([log.Record with { Line = forged[^1] }]);

            Assert.Equal(Enumerable.Range(from, lines.Length - from).Select(i => (long)i), report.Findings.Select(f => f.Index));
            Assert.All(report.Findings, f => Assert.Contains("wrong MAC", f.Message, StringComparison.Ordinal));
        }
    }

    [Fact]
    public void A_log_that_was_rolled_back_together_with_its_state_is_found_by_the_head()
    {
        using AuditFixture log = Small();
        MemoryFiles old = log.Memory.Copy();
        log.Commit("later");
        using AuditFixture other = log.On(old);

        // One entry behind the head is what a crash leaves, and is mended; more is a rollback.
        Assert.True(other.Verify().IsIntact);
        log.Commit("even/later");
        using AuditFixture behind = log.On(old);
        Assert.Contains("the vault's head names entry 6", Assert.Single(behind.Verify().Findings).Message, StringComparison.Ordinal);
        Assert.Equal("SR1303", Assert.Throws<VaultIntegrityException>(behind.Touch).Code);
    }

    [Fact]
    public void A_state_that_is_ahead_of_its_log_means_that_lines_are_missing()
    {
        using AuditFixture log = Small();
        byte[] shorter = log.Memory[log.Segment];
        log.Read(durable: true);
        log.Memory[log.Segment] = shorter;

        Assert.Contains("its state has reached entry 5", Assert.Single(log.Verify().Findings).Message, StringComparison.Ordinal);
        Assert.Equal("SR1303", Assert.Throws<VaultIntegrityException>(log.Touch).Code);
        using AuditFixture other = log.Again();
        Assert.Equal("SR1303", Assert.Throws<VaultIntegrityException>(other.Touch).Code);
    }

    [Fact]
    public void A_head_line_that_is_another_than_the_logs_is_found()
    {
        using AuditFixture log = Small();
        string[] lines = log.Lines();
        using AuditFixture other = log.Again();

        // A line of this chain at an index that holds another.
        string forged = lines[3].Replace("\"revision\":3", "\"revision\":9", StringComparison.Ordinal);

        Assert.Equal("SR1304", Assert.Throws<VaultIntegrityException>(() => other.Chain.Lock(forged, AuditFixture.Timeout)).Code);
        Assert.Contains(other.Verify([log.Record with { Line = forged }]).Findings, f => f.Index == 3 && f.Message.Contains("is not the line that the vault's head names", StringComparison.Ordinal));
    }

    [Fact]
    public void A_next_line_in_the_head_that_does_not_fit_is_not_appended()
    {
        using AuditFixture log = Small();
        string next = log.Commit("x", append: false);
        byte[] before = log.Memory[log.Segment];

        string forged = next.Replace("\"revision\":4", "\"revision\":5", StringComparison.Ordinal);
        using AuditFixture other = log.Again();

        Assert.NotEqual(next, forged);
        Assert.Equal("SR1304", Assert.Throws<VaultIntegrityException>(() => other.Chain.Lock(forged, AuditFixture.Timeout)).Code);
        Assert.Equal(before, log.Memory[log.Segment]);
    }

    [Fact]
    public void A_line_forged_behind_the_end_stops_every_writer()
    {
        using AuditFixture log = Small();
        using var stranger = new AuditFixture();
        string[] lines = log.Lines();
        string wrongMac = lines[4].Replace("\"index\":4", "\"index\":5", StringComparison.Ordinal);

        foreach (string line in new[] { lines[4], wrongMac, stranger.Lines()[0] })
        {
            MemoryFiles disk = log.Memory.Copy();
            using AuditFixture running = log.On(disk);
            running.Touch();
            disk[log.Segment] = Text([.. lines, line]);
            using AuditFixture fresh = log.On(disk);

            Assert.Equal("SR1304", Assert.Throws<VaultIntegrityException>(running.Touch).Code);
            if (line != lines[4])
                Assert.Equal("SR1304", Assert.Throws<VaultIntegrityException>(fresh.Touch).Code);
            Assert.False(fresh.Verify().IsIntact);
        }
    }

    [Fact]
    public void A_log_that_is_missing_is_said_to_be_so()
    {
        using AuditFixture log = Small();
        MemoryFiles noSegment = log.Memory.Copy(), noFolder = log.Memory.Copy(), other = log.Memory.Copy();
        noSegment.Delete(log.Segment);
        noFolder.DeleteFolder(log.ChainFolder);

        foreach (MemoryFiles disk in new[] { noSegment, noFolder })
        {
            using AuditFixture broken = log.On(disk);
            Assert.Contains(broken.Verify().Findings, f => f.Message == "the log is missing");
            Assert.Equal("SR1302", Assert.Throws<VaultIntegrityException>(broken.Touch).Code);
        }

        // Under a process that has it open.
        using AuditFixture running = log.On(other);
        running.Touch();
        other.DeleteFolder(log.ChainFolder);
        Assert.Equal("SR1302", Assert.Throws<VaultIntegrityException>(running.Touch).Code);
    }

    [Fact]
    public void A_log_that_is_put_back_under_a_running_process_is_noticed()
    {
        using AuditFixture log = Small();
        byte[] old = log.Memory[log.Segment], oldState = log.Memory[log.State];
        log.Read(durable: true);
        log.Memory.Delete(log.Segment);
        log.Files.Create(log.Segment).Dispose();
        log.Memory[log.Segment] = old;
        log.Memory[log.State] = oldState;

        Assert.Equal("SR1303", Assert.Throws<VaultIntegrityException>(log.Touch).Code);
    }

    internal static AuditFixture Small()
    {
        var log = new AuditFixture();
        log.Read("a", durable: true);
        log.Commit("broker/alpaca");
        log.Commit("db/orders", "rotate");
        log.Read("db/orders", durable: true);
        return log;
    }

    internal static byte[] Text(params string[] lines) => Utf8.Strict.GetBytes(string.Concat(lines.Select(line => line + "\n")));

    internal static byte[] Flip(byte[] bytes, int bit)
    {
        byte[] flipped = [.. bytes];
        flipped[bit / 8] ^= (byte)(1 << (bit % 8));
        return flipped;
    }

    private static AuditFixture With(AuditFixture log, string[] lines)
    {
        MemoryFiles disk = log.Memory.Copy();
        disk[log.Segment] = Text(lines);
        return log.On(disk);
    }

    private static string[] ResealedWithOneKey(AuditFixture log, string[] lines, int from, byte[] key)
    {
        string[] forged = [.. lines];
        for (int i = from; i < lines.Length; i++)
        {
            string changed = lines[i].Replace("\"name\":\"", "\"name\":\"forged-", StringComparison.Ordinal);
            Assert.True(AuditLine.TryParse(Utf8.Strict.GetBytes(changed), out AuditLine entry));
            changed = changed.Replace(entry.Info.Previous.ToString(), Digest.Sha256(Utf8.Strict.GetBytes(forged[i - 1])).ToString(), StringComparison.Ordinal);
            Assert.True(AuditLine.TryParse(Utf8.Strict.GetBytes(changed), out entry));
            byte[] mac = HMACSHA256.HashData(key, AuditFormatTests.Context("audit-entry", AuditFormatTests.Id(log.Record.Id), AuditFormatTests.U64(i), [.. entry.BeforeMac, .. entry.AfterMac]));
            forged[i] = changed.Replace(entry.Info.Mac.ToString(), Convert.ToBase64String(mac), StringComparison.Ordinal);
        }

        return forged;
    }
}
