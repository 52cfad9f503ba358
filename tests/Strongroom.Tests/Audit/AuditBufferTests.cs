using Microsoft.Extensions.Time.Testing;
using Strongroom.Audit;

namespace Strongroom.Tests.Audit;

public sealed class AuditBufferTests : IDisposable
{
    private readonly FakeTimeProvider _time = new();
    private readonly List<IReadOnlyList<AuditSecret>> _written = [];
    private Exception? _failure;
    private AuditBuffer? _buffer;

    public void Dispose() => _buffer?.Dispose();

    [Fact]
    public void Reads_are_coalesced_by_secret_and_version()
    {
        using AuditBuffer buffer = Buffer();
        var counter = new ReadCounter("b", 2);
        for (int i = 0; i < 5; i++)
            buffer.Record(counter);
        buffer.Record("a", 1);
        buffer.Record("b", 1);
        buffer.Record("a", 1);
        buffer.Record("b", 2);
        Assert.False(buffer.IsEmpty);

        buffer.Flush();

        Assert.Equal([new("a", "read", 1, 2), new("b", "read", 1, 1), new("b", "read", 2, 6)], Assert.Single(_written));
        Assert.True(buffer.IsEmpty);
        buffer.Flush();
        Assert.Single(_written);
        buffer.Record(counter);
        buffer.Flush();
        Assert.Equal([new("b", "read", 2, 1)], _written[1]);
    }

    [Fact]
    public void The_first_waiting_read_starts_a_timer_of_a_tenth_of_a_second()
    {
        using AuditBuffer buffer = Buffer();
        _time.Advance(TimeSpan.FromSeconds(5));
        buffer.Record("a", 1);
        _time.Advance(TimeSpan.FromMilliseconds(50));
        buffer.Record("b", 1);
        _time.Advance(TimeSpan.FromMilliseconds(49));
        Assert.Empty(_written);
        _time.Advance(TimeSpan.FromMilliseconds(1));
        Assert.Equal(2, Assert.Single(_written).Count);
        _time.Advance(TimeSpan.FromSeconds(5));
        Assert.Single(_written);
        buffer.Record("a", 1);
        _time.Advance(AuditBuffer.Delay);
        Assert.Equal(2, _written.Count);
    }

    [Fact]
    public void A_full_buffer_makes_the_reader_flush_and_drops_nothing()
    {
        using AuditBuffer buffer = Buffer(capacity: 10);
        for (int i = 0; i < 1000; i++)
            buffer.Record($"n/{i}", 1);
        buffer.Flush();

        Assert.All(_written, batch => Assert.InRange(batch.Count, 1, 11));
        Assert.Equal(1000, _written.Sum(batch => batch.Sum(read => read.Count)));
    }

    [Fact]
    public void A_failed_flush_of_the_timer_reaches_the_next_reader_once_and_loses_nothing()
    {
        using AuditBuffer buffer = Buffer();
        buffer.Record("a", 1);
        _failure = new IOException("disk full");
        _time.Advance(AuditBuffer.Delay);

        Assert.Same(_failure, Assert.Throws<IOException>(() => buffer.Record("a", 1)));
        buffer.Record("b", 1);
        _failure = null;
        _time.Advance(AuditBuffer.Delay);

        Assert.Equal([new("a", "read", 1, 1), new("b", "read", 1, 1)], Assert.Single(_written));
    }

    [Fact]
    public void A_failure_is_told_once_to_whoever_flushes_too()
    {
        using AuditBuffer buffer = Buffer();
        buffer.Record("a", 1);
        _failure = new IOException("disk full");
        _time.Advance(AuditBuffer.Delay);
        _failure = null;

        Assert.Throws<IOException>(buffer.Flush);
        buffer.Flush();
        Assert.Single(_written);
    }

    [Fact]
    public void A_full_buffer_that_can_not_be_flushed_refuses_the_reader_and_keeps_what_it_has()
    {
        using AuditBuffer buffer = Buffer(capacity: 2);
        buffer.Record("a", 1);
        buffer.Record("b", 1);
        _failure = new IOException("disk full");

        Assert.Throws<IOException>(() => buffer.Record("c", 1));
        _failure = null;
        buffer.Flush();

        Assert.Equal(["a", "b", "c"], Assert.Single(_written).Select(read => read.Name));
    }

    [Fact]
    public void What_a_commit_drained_and_could_not_write_is_put_back()
    {
        using AuditBuffer buffer = Buffer();
        buffer.Record("a", 1);
        IReadOnlyList<AuditSecret> drained = buffer.Drain();
        Assert.True(buffer.IsEmpty);
        buffer.Record("a", 1);
        buffer.Restore(drained);

        _time.Advance(AuditBuffer.Delay);

        Assert.Equal([new("a", "read", 1, 2)], Assert.Single(_written));
    }

    [Fact]
    public void Disposing_flushes_and_later_reads_are_refused()
    {
        AuditBuffer buffer = Buffer();
        var counter = new ReadCounter("a", 1);
        buffer.Record(counter);

        buffer.Dispose();
        buffer.Dispose();

        Assert.Single(_written);
        Assert.Throws<ObjectDisposedException>(() => buffer.Record(counter));
        Assert.Throws<ObjectDisposedException>(() => buffer.Record("b", 1));
    }

    [Fact]
    public async Task Readers_in_many_threads_lose_no_count()
    {
        long written = 0;
        AuditBuffer? own = null;
        using var buffer = own = new AuditBuffer(() => own!.DrainTo(batch => written += batch.Sum(read => read.Count)), TimeProvider.System, capacity: 50);
        ReadCounter[] counters = [.. Enumerable.Range(0, 100).Select(i => new ReadCounter($"n/{i}", 1))];

        await Task.WhenAll(Enumerable.Range(0, 4).Select(thread => Task.Run(() =>
        {
            for (int i = 0; i < 50_000; i++)
            {
                if (i % 2 == 0)
                    buffer.Record(counters[(i + thread) % 100]);
                else
                    buffer.Record(counters[(i + thread) % 100].Name, i % 3);
            }
        })));
        buffer.Flush();

        Assert.Equal(200_000, written);
    }

    private AuditBuffer Buffer(int capacity = 65_536) => _buffer = new AuditBuffer(
        () => _buffer!.DrainTo(batch =>
        {
            if (_failure is not null)
                throw _failure;
            _written.Add(batch);
        }),
        _time,
        capacity);
}
