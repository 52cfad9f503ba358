using System.Collections.Concurrent;
using System.Runtime.ExceptionServices;

namespace Strongroom.Audit;

/// <summary>
/// Reads that are recorded but not written yet, coalesced by secret and version. Thread-safe. Nothing is ever dropped: when too many secrets are waiting, the reader flushes first, and
/// what a failed flush had taken is put back.
/// </summary>
internal sealed class AuditBuffer : IDisposable
{
    /// <summary>How long a read may wait.</summary>
    public static readonly TimeSpan Delay = TimeSpan.FromMilliseconds(100);

    private readonly ConcurrentQueue<ReadCounter> _queue = new();
    private readonly ConcurrentDictionary<string, ReadCounter> _counters = new(StringComparer.Ordinal);
    private readonly Lock _flushing = new();
    private readonly Action _flush;
    private readonly int _capacity;
    private readonly ITimer _timer;
    private volatile ExceptionDispatchInfo? _failure;
    private volatile bool _disposed;
    private int _pending;
    private int _armed;

    /// <summary>An empty buffer.</summary>
    /// <param name="flush">Writes what <see cref="DrainTo"/> gives; called by a timer, by <see cref="Flush"/>, or by a reader when the buffer is full; by one thread at a time.</param>
    /// <param name="time">The clock.</param>
    /// <param name="capacity">How many secrets may wait.</param>
    public AuditBuffer(Action flush, TimeProvider time, int capacity = 65_536)
    {
        _flush = flush;
        _capacity = capacity;
        _timer = time.CreateTimer(static buffer => ((AuditBuffer)buffer!).OnTimer(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Whether nothing waits.</summary>
    public bool IsEmpty => Volatile.Read(ref _pending) == 0;

    /// <summary>Records a read, before its value leaves.</summary>
    /// <param name="counter">Of the version that was read; the caller keeps it.</param>
    /// <exception cref="StrongroomException">A flush has failed: this one, or one of the timer's that nobody has been told of.</exception>
    public void Record(ReadCounter counter)
    {
        if (_failure is not null)
            ThrowFailure();
        if (Interlocked.Increment(ref counter.Pending) == 1)
            Enqueue(counter);
    }

    /// <summary>Records a read of a secret whose counter is not at hand.</summary>
    /// <param name="name">The secret.</param>
    /// <param name="version">Its version.</param>
    public void Record(string name, long version)
    {
        if (!_counters.TryGetValue(name, out ReadCounter? counter) || counter.Version != version)
            _counters[name] = counter = new ReadCounter(name, version);
        Record(counter);
    }

    /// <summary>Writes everything that waits.</summary>
    public void Flush()
    {
        lock (_flushing)
            _flush();
        if (_failure is not null)
            ThrowFailure();
    }

    /// <summary>Takes everything that waits, sorted by name and version, for a writer that puts it back with <see cref="Restore"/> if it fails.</summary>
    public IReadOnlyList<AuditSecret> Drain()
    {
        var reads = new List<AuditSecret>();
        while (_queue.TryDequeue(out ReadCounter? counter))
        {
            Interlocked.Decrement(ref _pending);
            _counters.TryRemove(KeyValuePair.Create(counter.Name, counter));
            reads.Add(new AuditSecret(counter.Name, AuditOperation.Read, counter.Version, Interlocked.Exchange(ref counter.Pending, 0)));
        }

        return Coalesce(reads);
    }

    /// <summary>Puts back what was drained and not written.</summary>
    public void Restore(IReadOnlyList<AuditSecret> reads)
    {
        foreach (AuditSecret read in reads)
        {
            _queue.Enqueue(new ReadCounter(read.Name, read.Version) { Pending = read.Count });
            Interlocked.Increment(ref _pending);
        }

        if (reads.Count > 0)
            Arm();
    }

    /// <summary>Drains to a writer, and puts everything back if it fails. The writer is not called when nothing waits.</summary>
    public void DrainTo(Action<IReadOnlyList<AuditSecret>> write)
    {
        IReadOnlyList<AuditSecret> reads = Drain();
        if (reads.Count == 0)
            return;
        try
        {
            write(reads);
        }
        catch
        {
            Restore(reads);
            throw;
        }
    }

    /// <summary>Flushes; later reads are refused.</summary>
    public void Dispose()
    {
        if (_disposed)
            return;
        _timer.Dispose();
        _failure = ExceptionDispatchInfo.Capture(new ObjectDisposedException(nameof(AuditBuffer)));
        _disposed = true;
        lock (_flushing)
            _flush();
    }

    private void Enqueue(ReadCounter counter)
    {
        _queue.Enqueue(counter);
        int pending = Interlocked.Increment(ref _pending);
        if (_disposed)
            ThrowFailure();
        Arm();
        if (pending > _capacity)
            FlushFull();
    }

    // The counter is queued already, and stays so if this fails: other threads may have counted on it.
    private void FlushFull()
    {
        lock (_flushing)
        {
            if (Volatile.Read(ref _pending) > _capacity)
                _flush();
        }
    }

    private void Arm()
    {
        if (Interlocked.Exchange(ref _armed, 1) == 0)
            _timer.Change(Delay, Timeout.InfiniteTimeSpan);
    }

    // Nobody waits for the timer, so its failure is kept for the next reader.
    private void OnTimer()
    {
        Volatile.Write(ref _armed, 0);
        try
        {
            lock (_flushing)
                _flush();
        }
        catch (Exception e)
        {
            if (!_disposed)
                _failure = ExceptionDispatchInfo.Capture(e);
            if (!IsEmpty)
                Arm();
        }
    }

    private void ThrowFailure()
    {
        ExceptionDispatchInfo? failure = _failure;
        if (!_disposed)
            _failure = null;
        failure?.Throw();
    }

    private static List<AuditSecret> Coalesce(List<AuditSecret> reads)
    {
        reads.Sort(static (a, b) => string.CompareOrdinal(a.Name, b.Name) is var order and not 0 ? order : a.Version.CompareTo(b.Version));
        var result = new List<AuditSecret>(reads.Count);
        foreach (AuditSecret read in reads)
        {
            if (result.Count > 0 && result[^1] is var last && last.Version == read.Version && string.Equals(last.Name, read.Name, StringComparison.Ordinal))
                result[^1] = last with { Count = last.Count + read.Count };
            else
                result.Add(read);
        }

        return result;
    }
}
