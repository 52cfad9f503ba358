using Strongroom.Audit;
using Strongroom.Cryptography;

namespace Strongroom.Tests.Audit;

public sealed class AuditSinkTests
{
    [Fact]
    public void A_sink_gets_every_entry_that_this_process_writes()
    {
        var sink = new Sink();
        using var log = new AuditFixture(new AuditOptions { Sinks = [sink], Program = "tests" });
        log.Commit();
        log.Read();
        log.Commit("b", append: false);
        log.Memory[log.Segment] = [.. log.Memory[log.Segment], .. "torn"u8];
        log.Touch();

        Assert.Equal(["chain-start", "set", "read", "set", "torn-line"], sink.Entries.Select(e => e.Operation));
        Assert.Equal(log.Lines(), sink.Entries.Select(e => e.Line));
        Assert.Equal(log.Entries().Select(e => e.Index), sink.Entries.Select(e => e.Index));
    }

    [Fact]
    public void A_sink_that_fails_reaches_the_caller_and_the_log_is_whole()
    {
        var sink = new Sink();
        var other = new Sink();
        using var log = new AuditFixture(new AuditOptions { Sinks = [sink, other], Program = "tests" });
        sink.Failure = new IOException("the pipe is closed");

        Assert.Same(sink.Failure, Assert.Throws<IOException>(() => log.Commit("a")));
        sink.Failure = null;
        log.Commit("b");

        Assert.Equal([0, 2], sink.Entries.Select(e => e.Index));
        Assert.Equal([0, 1, 2], other.Entries.Select(e => e.Index));
        Assert.True(log.Verify().IsIntact);
    }

    [Fact]
    public void Several_failures_are_all_told()
    {
        var one = new Sink();
        var two = new Sink();
        using var log = new AuditFixture(new AuditOptions { Sinks = [one, two], Program = "tests" });
        (one.Failure, two.Failure) = (new IOException("one"), new IOException("two"));

        AggregateException error = Assert.Throws<AggregateException>(() => log.Commit());

        Assert.Equal([one.Failure, two.Failure], error.InnerExceptions);
    }

    [Fact]
    public void Lines_go_to_a_stream_as_they_stand_in_the_log()
    {
        using var stream = new MemoryStream();
        using (var sink = new JsonLinesAuditSink(stream, leaveOpen: true))
        {
            using var log = new AuditFixture(new AuditOptions { Sinks = [sink], Program = "tests" });
            log.Commit();

            Assert.Equal(log.Memory[log.Segment], stream.ToArray());
        }

        Assert.True(stream.CanWrite);
        using var text = new StringWriter();
        using (var sink = new JsonLinesAuditSink(text, leaveOpen: true))
            sink.Write(new AuditEntry(RandomId.New(), 0, default, "", "", "", 0, 0, [], "a line"));
        Assert.Equal("a line\n", text.ToString());
        using var closed = new MemoryStream();
        new JsonLinesAuditSink(closed).Dispose();
        Assert.False(closed.CanWrite);
    }

    private sealed class Sink : IAuditSink
    {
        public List<AuditEntry> Entries { get; } = [];

        public Exception? Failure { get; set; }

        public void Write(AuditEntry entry)
        {
            if (Failure is not null)
                throw Failure;
            Entries.Add(entry);
        }
    }
}
