using System.Buffers;
using System.Diagnostics;
using Strongroom.Cryptography;
using Strongroom.Storage;

namespace Strongroom.Audit;

/// <summary>
/// One chain of the audit log: this vault, host and OS user, shared by its processes under a kernel lock. <see cref="Lock(string, TimeSpan)"/> may be called by any thread and also keeps
/// the threads of this process apart; whoever has the lock uses <see cref="Build"/>, <see cref="Append"/> and <see cref="RecentReads"/>. Locks do not nest.
/// After a rekey the chain is opened anew, with the new keys.
/// </summary>
internal sealed class AuditChain : IDisposable
{
    // How long a line may lie in the system's memory that nobody waits for: a power loss can take it, a crash of the process can't.
    private static readonly TimeSpan SyncDelay = TimeSpan.FromSeconds(1);

    private readonly SemaphoreSlim _gate = new(1, 1);
    private readonly ArrayBufferWriter<byte> _out = new(1024);
    private readonly List<AuditEntry> _delivered = [];
    private readonly IReadOnlyList<IAuditSink> _sinks;
    private readonly RandomId _vaultId;
    private readonly ChainFolder _folder;
    private readonly ChainLock _lock;
    private readonly ChainLog _log;
    private readonly AuditLineWriter _writer;
    private readonly ITimer _timer;
    private readonly GatheredLog? _gathered;
    private string? _headLine;
    private string? _built;
    private long _headIndex = -1;
    private bool _held;
    private bool _armed;
    private bool _disposed;

    /// <summary>Opens the chain that the head names; no I/O yet.</summary>
    /// <param name="files">The file system.</param>
    /// <param name="folder">The audit folder, <c>FILE.audit</c>.</param>
    /// <param name="record">The chain as the head holds it.</param>
    /// <param name="keys">For opening the chain's keys.</param>
    /// <param name="options">Size of segments and so on.</param>
    /// <param name="time">The clock.</param>
    /// <param name="gathered">Where lines that a commit rests on are durable with it, so that the files need not be, and from where they are had again.</param>
    public AuditChain(IFileSystem files, string folder, ChainRecord record, HardenedEncryption keys, AuditOptions options, TimeProvider time, GatheredLog? gathered = null)
    {
        options.Validate();
        _sinks = options.Sinks;
        _vaultId = keys.VaultId;
        _folder = new ChainFolder(files, folder, record.Id);
        Func<string> actor = AuditIdentity.Actor(options);
        _lock = new ChainLock(_folder, actor());
        _gathered = gathered;
        _log = new ChainLog(_folder, record, keys, options, gathered is not null);
        _writer = new AuditLineWriter(actor, time);
        _timer = time.CreateTimer(static chain => ((AuditChain)chain!).OnTimer(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>The chain.</summary>
    public RandomId Id => _folder.Chain;

    /// <inheritdoc cref="ChainCreation.Create"/>
    public static ChainRecord Create(IFileSystem files, string folder, HardenedEncryption keys, AuditOptions options, TimeProvider time, Digest? brokenEnd, bool printKey, out SecretBuffer? printedKey, long revision = 0) =>
        ChainCreation.Create(files, folder, keys, options, time, brokenEnd, printKey, out printedKey, revision);

    /// <summary>For a caller whose head can't change meanwhile, since it holds the vault's lock. See <see cref="Lock(Func{string}, TimeSpan)"/>.</summary>
    /// <param name="headLine">The line of this chain in the vault's current head.</param>
    /// <param name="timeout">How long to wait.</param>
    public IDisposable Lock(string headLine, TimeSpan timeout) => Lock(() => headLine, timeout);

    /// <summary>Waits for the chain's lock between threads and processes and brings the chain's position up to date; appends the head's line when a crash has left it out.</summary>
    /// <param name="headLine">
    /// Gives the line of this chain in the vault's current head. Called once the lock is held: a process that died between its commit and its append has changed the head while we waited, and
    /// an entry in the place of its line would break the chain.
    /// </param>
    /// <param name="timeout">How long to wait.</param>
    /// <exception cref="VaultUnavailableException">The lock was not to be had in time, or the disk fails.</exception>
    /// <exception cref="VaultIntegrityException">The log is truncated or not what was written.</exception>
    public IDisposable Lock(Func<string> headLine, TimeSpan timeout)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        long start = Stopwatch.GetTimestamp();
        if (!_gate.Wait(timeout))
            throw AuditErrors.Busy(_folder.Lock, "another thread of this process has it", timeout);
        try
        {
            TimeSpan left = timeout - Stopwatch.GetElapsedTime(start);
            _lock.Acquire(left > TimeSpan.Zero ? left : TimeSpan.Zero);
            try
            {
                Prepare(headLine());
                _held = true;
                return new Scope(this);
            }
            catch
            {
                _lock.Release();
                throw;
            }
        }
        catch
        {
            _gate.Release();
            throw;
        }
    }

    /// <summary>
    /// The complete line (without LF) of the next entry, which is not written yet; the chain stays as it is, so a line may be dropped. What may stand in a head (all but reads and the like)
    /// first makes the lines before it durable, unless they are with the commit: a head must never name a line whose predecessors a power loss can take.
    /// </summary>
    /// <param name="entry">What happened.</param>
    /// <exception cref="VaultLimitException">The line would be too long.</exception>
    public string Build(AuditEvent entry)
    {
        RequireHeld();
        if (_log.IsAhead && _gathered is null && !AuditOperation.IsObservation(entry.Operation))
            _log.Sync();
        return _built = _writer.Write(_log.Cursor, entry);
    }

    /// <summary>
    /// Writes a line that <see cref="Build"/> made, ratchets and wipes the key; then gives the entry to the sinks. Durable: one write, one sync, one write of the state in place.
    /// Not durable: one write, the rest within a second.
    /// </summary>
    /// <param name="line">The line, the last one built.</param>
    /// <param name="durable">Whether to wait for the disk.</param>
    public void Append(string line, bool durable)
    {
        RequireHeld();
        _log.Rotate();
        long at = Begin();
        bool mayBeHeads = Take(line, isTrusted: ReferenceEquals(line, _built));
        _built = null;
        _log.Write(_out.WrittenSpan, at, 0, durable);
        if (mayBeHeads)
            (_headLine, _headIndex) = (line, _log.Cursor.Index - 1);
        Arm();
        Deliver();
    }

    /// <summary>The index of the next entry. Needs the lock.</summary>
    public long Next
    {
        get
        {
            RequireHeld();
            return _log.Cursor.Index;
        }
    }

    /// <summary>The lines after an index, as they stand in the files, and the one that was built last if it is given. Needs the lock.</summary>
    public IEnumerable<byte[]> LinesAfter(long index, string? built)
    {
        RequireHeld();
        List<byte[]> lines = index == _log.Cursor.Index - 1 ? [] : AuditTail.LinesAfter(_folder, _log.Cursor.Segment, index);
        return built is null ? lines : lines.Append(Utf8.Strict.GetBytes(built));
    }

    /// <summary>Reads, by the entries after the head's line (bounded to the last MiB), when each secret was last read. Name to time. Needs the lock.</summary>
    public IReadOnlyDictionary<string, DateTimeOffset> RecentReads()
    {
        RequireHeld();
        return AuditTail.RecentReads(_folder, _log.Cursor.Segment, _headIndex);
    }

    /// <summary>The chain's checkpoint now, of lines that no power loss can take. Needs the lock.</summary>
    public AuditCheckpoint Checkpoint()
    {
        RequireHeld();
        if (_log.IsAhead)
            _log.Sync();
        return new AuditCheckpoint(_vaultId, Id, _log.Cursor.Index, _log.Cursor.Last ?? default);
    }

    /// <summary>Makes the last lines durable if that can be done at once, and wipes the keys.</summary>
    public void Dispose()
    {
        if (_disposed)
            return;
        _disposed = true;
        _timer.Dispose();
        if (_gate.Wait(SyncDelay))
            TrySync();
        _log.Dispose();
        _lock.Dispose();
    }

    private void RequireHeld()
    {
        if (!_held)
            throw new InvalidOperationException("The audit chain is not locked.");
    }

    private void Prepare(string headLine)
    {
        // The common case: the head's line was found in the log before, and entries do not go back.
        if (string.Equals(_headLine, headLine, StringComparison.Ordinal) && _log.Refresh(_headIndex) == 0 && !_log.IsStateLost && _headIndex < _log.Cursor.Index)
            return;
        byte[] head = Utf8.Strict.GetBytes(headLine);
        if (!AuditLine.TryParse(head, out AuditLine entry) || entry.Info.Chain != Id)
            throw AuditErrors.HeadLine(Id);
        long index = entry.Info.Index;
        long rest = _log.Refresh(index);
        ChainCursor cursor = _log.Cursor;
        if (index > cursor.Index && _gathered is not null)
            Refill(_gathered.Read(Id, cursor.Index, index), rest);
        if (index > cursor.Index)
            throw AuditErrors.Truncated(_folder.Path, cursor.Index, index, "the vault's head names");
        if (index < cursor.Index && !_log.Holds(index, head))
            throw AuditErrors.Tampered(_folder.Path, index, "is not the line that the vault's head names");
        if (index == cursor.Index && cursor.Reject(entry) is { } why)
            throw AuditErrors.Tampered(_folder.Path, index, $"of the vault's head {why}");
        (_headLine, _headIndex) = (headLine, index);
        if (index == cursor.Index || rest > 0 || _log.IsStateLost)
            Repair(index == cursor.Index ? headLine : null, rest, entry.Info.Revision);
    }

    // Lines that a power loss took from the files are in the database, since a commit that rests on them was made with them. Each is checked like any other: a row is not believed.
    private void Refill(IEnumerable<byte[]> lines, long rest)
    {
        long at = Begin();
        foreach (byte[] line in lines)
        {
            if (!AuditLine.TryParse(line, out AuditLine entry) || _log.Cursor.Reject(entry) is not null)
                break;
            Take(Utf8.Strict.GetString(line), isTrusted: true);
        }

        if (_out.WrittenCount > 0)
            _log.Write(_out.WrittenSpan, at, rest, durable: true);
    }

    // With one write, so that what is mended is also recorded.
    private void Repair(string? missing, long rest, long revision)
    {
        long at = Begin();
        if (missing is not null)
            Take(missing, isTrusted: false);
        if (rest > 0)
            Take(_writer.Write(_log.Cursor, new AuditEvent(AuditOperation.TornLine, "ok", revision, [], rest)), isTrusted: true);
        if (_log.IsStateLost)
            Take(_writer.Write(_log.Cursor, new AuditEvent(AuditOperation.StateLost, "ok", revision, [])), isTrusted: true);
        _log.Write(_out.WrittenSpan, at, rest, durable: true);
        Deliver();
    }

    private long Begin()
    {
        _out.ResetWrittenCount();
        _delivered.Clear();
        return _log.Cursor.Offset;
    }

    // The cursor goes first: should the write fail, it is dropped and found again. Whether the line may be a head's.
    private bool Take(string line, bool isTrusted)
    {
        Span<byte> bytes = _out.GetSpan(Utf8.Strict.GetByteCount(line) + 1);
        int length = Utf8.Strict.GetBytes(line, bytes);
        bytes[length] = (byte)'\n';
        if (!AuditLine.TryParse(bytes[..length], out AuditLine parsed) || (isTrusted ? parsed.Info.Index != _log.Cursor.Index : _log.Cursor.Reject(parsed) is not null))
            throw new InvalidOperationException("The line is not the next of the audit chain.");
        _out.Advance(length + 1);
        _log.Cursor.Take(bytes[..length]);
        if (_sinks.Count > 0)
            _delivered.Add(parsed.ToEntry());
        return !AuditOperation.IsObservation(parsed.Operation);
    }

    private void Deliver()
    {
        if (_delivered.Count == 0)
            return;
        AuditEntry[] entries = [.. _delivered];
        _delivered.Clear();
        AuditSinks.Deliver(_sinks, entries);
    }

    private void Arm()
    {
        if (_armed || !_log.IsAhead)
            return;
        _armed = true;
        _timer.Change(SyncDelay, Timeout.InfiniteTimeSpan);
    }

    private void OnTimer()
    {
        // Somebody is at work; a commit will do it, and else there is the next second.
        if (!_gate.Wait(TimeSpan.Zero))
        {
            _timer.Change(SyncDelay, Timeout.InfiniteTimeSpan);
            return;
        }

        try
        {
            _armed = false;
            if (!_disposed)
                TrySync();
        }
        finally
        {
            _gate.Release();
        }
    }

    private void TrySync()
    {
        if (!_log.IsAhead)
            return;
        try
        {
            _lock.Acquire(SyncDelay);
            if (_log.Refresh(_headIndex) == 0 && _log.IsAhead)
                _log.Sync();
            _lock.Release();
        }
        catch (Exception)
        {
            // Nobody waits for this. The lines are in the log, and what is wrong meets the next one who locks. Closing the file ends the lock.
            _lock.Dispose();
        }
    }

    private sealed class Scope(AuditChain chain) : IDisposable
    {
        private AuditChain? _chain = chain;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _chain, null) is not { } locked)
                return;
            locked._held = false;
            locked._lock.Release();
            locked._gate.Release();
        }
    }
}
