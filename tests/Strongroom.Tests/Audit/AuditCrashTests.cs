using CsCheck;
using Strongroom.Audit;
using Strongroom.Cryptography;

namespace Strongroom.Tests.Audit;

public sealed class AuditCrashTests
{
    [Fact]
    public void A_commits_line_that_a_crash_left_out_is_appended_exactly_once()
    {
        using var log = new AuditFixture();
        log.Commit("a");
        string line = log.Commit("b", append: false);
        Assert.True(log.Verify().IsIntact);
        Assert.Contains("is in the vault's head and not yet in the log", Assert.Single(log.Verify().Notes).Message, StringComparison.Ordinal);

        using AuditFixture next = log.Again();
        next.Touch();
        next.Touch();
        next.Read();
        using AuditFixture third = log.Again();
        third.Commit("c");

        Assert.Equal(["chain-start", "set", "set", "read", "set"], log.Entries().Select(e => e.Operation));
        Assert.Equal(line, log.Lines()[2]);
        Assert.True(third.Verify().IsIntact);
        Assert.Empty(third.Verify().Notes);
    }

    [Fact]
    public void The_head_is_asked_under_the_lock_so_that_no_read_takes_the_place_of_a_commit()
    {
        using var log = new AuditFixture();
        using AuditFixture reader = log.Again();
        using AuditFixture third = log.Again();
        string line = log.Commit("b", append: false);

        using (reader.Chain.Lock(Head, AuditFixture.Timeout))
            reader.Chain.Append(reader.Chain.Build(new AuditEvent("read", "ok", 2, [])), durable: false);

        string Head()
        {
            Assert.Equal("SR1301", Assert.Throws<VaultUnavailableException>(() => third.Chain.Lock(line, TimeSpan.Zero)).Code);
            return log.Record.Line;
        }

        Assert.Equal([log.Lines()[0], line], log.Lines()[..2]);
        Assert.True(log.Verify().IsIntact);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(100)]
    [InlineData(100_000)]
    public void A_torn_last_line_is_cut_off_and_recorded(int bytes)
    {
        using var log = new AuditFixture();
        log.Commit();
        byte[] whole = log.Memory[log.Segment];
        log.Memory[log.Segment] = [.. whole, .. Enumerable.Repeat((byte)'x', bytes)];
        AuditReport before = log.Verify();
        Assert.True(before.IsIntact);
        Assert.Contains($"is unfinished: {bytes} bytes", Assert.Single(before.Notes).Message, StringComparison.Ordinal);
        Assert.Equal(2, log.Entries().Count);

        using AuditFixture next = log.Again();
        next.Commit("b");

        AuditEntry torn = next.Entries()[2];
        Assert.Equal(("torn-line", "ok", (long)bytes, 2L), (torn.Operation, torn.Outcome, torn.Count, torn.Index));
        Assert.StartsWith(Utf8.Strict.GetString(whole), Utf8.Strict.GetString(log.Memory[log.Segment]), StringComparison.Ordinal);
        Assert.Equal(4, next.Entries().Count);
        Assert.True(next.Verify().IsIntact);
    }

    [Fact]
    public void A_torn_line_that_was_the_heads_is_replaced_by_the_whole_one_and_recorded()
    {
        using var log = new AuditFixture();
        string line = log.Commit(append: false);
        log.Memory[log.Segment] = [.. log.Memory[log.Segment], .. Utf8.Strict.GetBytes(line).AsSpan(0, 120)];

        using AuditFixture next = log.Again();
        next.Touch();

        Assert.Equal(["chain-start", "set", "torn-line"], log.Entries().Select(e => e.Operation));
        Assert.Equal(line, log.Lines()[1]);
        Assert.True(next.Verify().IsIntact);
    }

    [Fact]
    public void A_log_that_is_ahead_of_its_state_is_walked_forward()
    {
        using var log = new AuditFixture();
        log.Commit();
        byte[] state = log.Memory[log.State];
        for (int i = 0; i < 5; i++)
            log.Commit($"n/{i}");
        log.Memory[log.State] = state;
        Assert.True(log.Verify().IsIntact);

        using AuditFixture next = log.Again();
        next.Commit("b");

        Assert.True(next.Verify().IsIntact);
        Assert.Equal(8, next.Entries().Count);
        Assert.DoesNotContain(next.Entries(), e => e.Operation is "state-lost" or "torn-line");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_state_that_is_missing_or_wrecked_is_made_anew_from_the_first_key_and_recorded(bool wrecked)
    {
        using var log = new AuditFixture();
        log.Commit();
        if (wrecked)
            log.Memory[log.State] = [.. Enumerable.Repeat((byte)7, 512)];
        else
            log.Memory.Delete(log.State);
        Assert.Contains("the state is missing or does not open", Assert.Single(log.Verify().Findings).Message, StringComparison.Ordinal);

        using AuditFixture next = log.Again();
        next.Commit("b");

        Assert.Equal(["chain-start", "set", "state-lost", "set"], next.Entries().Select(e => e.Operation));
        Assert.True(next.Verify().IsIntact);
    }

    [Fact]
    public void Without_a_state_a_changed_line_stops_the_writer()
    {
        using var log = new AuditFixture();
        log.Commit();
        log.Commit();
        log.Memory.Delete(log.State);
        byte[] genuine = log.Memory[log.Segment];
        int last = genuine.AsSpan(0, genuine.Length - 1).LastIndexOf((byte)'\n');

        for (int i = 0; i < genuine.Length; i += 7)
        {
            log.Memory[log.Segment] = AuditTamperTests.Flip(genuine, (8 * i) + 1);
            using AuditFixture next = log.Again();
            if (Record.Exception(next.Touch) is { } error)
            {
                Assert.IsType<VaultIntegrityException>(error);
                continue;
            }

            // A crash may leave the head's own line unreadable: it is written again from the head, and that is recorded.
            Assert.True(i > last);
            Assert.Equal(["chain-start", "set", "set", "torn-line", "state-lost"], next.Entries().Select(e => e.Operation));
            Assert.Equal(genuine, log.Memory[log.Segment][..genuine.Length]);
            log.Memory.Delete(log.State);
        }
    }

    /// <summary>Found by ./prove powerloss: the state was lost, and then the power, while the loss was being recorded.</summary>
    [Fact]
    public void Without_a_state_what_a_power_loss_has_left_at_the_end_is_cut_off()
    {
        using var log = new AuditFixture();
        log.Commit();
        log.Memory.Delete(log.State);
        log.Memory[log.Segment] = [.. log.Memory[log.Segment], .. new byte[700]];

        using AuditFixture next = log.Again();
        next.Commit("b");

        Assert.Equal(["chain-start", "set", "torn-line", "state-lost", "set"], next.Entries().Select(e => e.Operation));
        Assert.True(next.Verify().IsIntact);
    }

    [Theory]
    [InlineData(false, new[] { "chain-start", "set", "set", "read" })]
    [InlineData(true, new[] { "chain-start", "set", "set", "torn-line", "read" })]
    public void A_failed_write_is_taken_back_or_recorded_and_the_log_goes_on(bool cutFailsToo, string[] operations)
    {
        using var log = new AuditFixture();
        log.Commit();
        log.Memory.TornBytes = 100;
        log.Memory.Before = (operation, path) => Fail(path.EndsWith(".jsonl", StringComparison.Ordinal) && (operation == "write" || (cutFailsToo && operation == "cut")));
        Assert.Throws<VaultUnavailableException>(() => log.Commit("lost", append: true));

        // The head has it, so it is appended.
        log.Memory.Before = null;
        log.Read();

        Assert.Equal(operations, log.Entries().Select(e => e.Operation));
        Assert.True(log.Verify().IsIntact);
    }

    [Fact]
    public void A_failed_sync_is_not_repeated_and_the_state_stays_behind()
    {
        using var log = new AuditFixture();
        log.Commit();
        byte[] state = log.Memory[log.State];
        log.Memory.Before = static (operation, _) => Fail(operation == "datasync");
        log.Memory.Log.Clear();

        Assert.Throws<VaultUnavailableException>(() => log.Commit("b"));

        Assert.Single(log.Memory.Log, "datasync 000001.jsonl");
        Assert.Equal(state, log.Memory[log.State]);
        log.Memory.Before = null;
        log.Commit("c");
        Assert.True(log.Verify().IsIntact);
        Assert.Equal(4, log.Entries().Count);
    }

    [Fact]
    public void Every_operation_that_fails_once_or_from_then_on_leaves_a_log_that_goes_on()
    {
        for (int fault = 1, reached = 1; fault <= reached; fault++)
        {
            foreach (bool forever in new[] { false, true })
            {
                using var log = new AuditFixture(new AuditOptions { MaxSegmentBytes = 64 * 1024, Program = "tests" });
                for (int i = 0; i < 145; i++)
                    log.Read();
                int count = 0;
                log.Memory.TornBytes = 200;
                log.Memory.Before = (_, _) => Fail(++count == fault || (forever && count > fault));
                for (int i = 0; i < 8; i++)
                {
                    try
                    {
                        log.Commit($"n/{i}");
                        log.Read();
                    }
                    catch (VaultUnavailableException)
                    {
                    }
                }

                reached = Math.Max(reached, count);
                log.Memory.Before = null;
                using AuditFixture next = log.Again();
                next.Touch();
                AuditReport report = next.Verify();
                Assert.True(report.IsIntact, $"{fault} {forever}: {string.Join("; ", report.Findings)}");
            }
        }
    }

    // Any commits, reads and pauses, near the end of a segment, then a power loss at which every unsynced sector and folder entry lives or dies by chance, twice in a row.
    [Fact]
    public void No_power_loss_raises_a_false_alarm_or_takes_an_acknowledged_commit()
    {
        using var filled = new AuditFixture(new AuditOptions { MaxSegmentBytes = 64 * 1024, Program = "tests" });
        while (filled.Memory[filled.Segment].Length < 63 * 1024)
            filled.Commit();
        Gen.Select(Gen.Int[0, 6].Array[1, 25], Gen.Int[0, 1_000_000]).Sample(
            (operations, seed) =>
            {
                var random = new Random(seed);
                AuditFixture log = filled.On(filled.Memory.Copy());
                try
                {
                    for (int boot = 0; boot < 2; boot++)
                    {
                        var acknowledged = new List<string>();
                        _ = operations.All(operation => Run(log, operation, acknowledged));
                        AuditFixture after = log.On(log.Memory.PowerLoss(() => random.Next(2) == 0));
                        log.Dispose();
                        log = after;
                        Assert.True(log.Verify().IsIntact, string.Join("; ", log.Verify().Findings));
                        log.Touch();
                        Assert.True(log.Verify().IsIntact, string.Join("; ", log.Verify().Findings));
                        Assert.Empty(acknowledged.Except(log.Entries().Select(e => e.Line)));
                    }
                }
                finally
                {
                    log.Dispose();
                }
            },
            iter: 200);
    }

    // Whether the process lives on.
    private static bool Run(AuditFixture log, int operation, List<string> acknowledged)
    {
        switch (operation)
        {
            case 0:
                acknowledged.Add(log.Commit());
                break;
            case 1:
                acknowledged.Add(log.Commit(append: false));
                return false;
            case 2:
                log.Time.Advance(TimeSpan.FromMilliseconds(700));
                break;
            case 3:
                log.Reopen();
                break;
            default:
                log.Read();
                break;
        }

        return true;
    }

    private static void Fail(bool now)
    {
        if (now)
            throw MemoryFiles.Error("injected");
    }
}
