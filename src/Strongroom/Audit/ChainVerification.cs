using System.Security.Cryptography;
using Strongroom.Cryptography;

namespace Strongroom.Audit;

/// <summary>Verifies one chain: reads and ratchets here, hashes in <see cref="BatchChecker"/>, on another thread when the log is long.</summary>
internal sealed class ChainVerification : IDisposable
{
    private readonly IChainLines _lines;
    private readonly RandomId _vaultId;
    private readonly ChainInput _input;
    private readonly IReadOnlyList<AuditCheckpoint> _checkpoints;
    private readonly VerificationResults _results;
    private readonly BatchChecker _checker;
    private readonly RatchetWalk _walk;
    private readonly long _headIndex;
    private EntryBatch _batch = new();
    private EntryBatch? _other;
    private Task _checking = Task.CompletedTask;
    private bool _hasEntries;
    private long _unknownCommit = -1;

    /// <summary>Whether commits may stand behind the head's line: the vault has been moved, and its log goes on at the new place.</summary>
    public bool HasMoved { get; init; }

    /// <summary>Prepares.</summary>
    public ChainVerification(IChainLines lines, RandomId vaultId, ChainInput input, IReadOnlyList<AuditCheckpoint> checkpoints, VerificationResults results)
    {
        (_lines, _vaultId, _input, _checkpoints, _results) = (lines, vaultId, input, checkpoints, results);
        _headIndex = AuditLine.TryParse(input.HeadLine, out AuditLine head) && head.Info.Chain == lines.Chain ? head.Info.Index : -1;
        _checker = new BatchChecker(lines.Chain, input, _headIndex, checkpoints, results);
        _walk = new RatchetWalk(lines.Chain, input, Math.Max(_headIndex, input.StateIndex), results);
    }

    /// <summary>Verifies.</summary>
    public void Run(CancellationToken ct)
    {
        ReadSegments(ct);
        _checking.Wait(ct);
        _checker.Check(_batch);
        Conclude();
    }

    /// <summary>Waits for the checking thread, which uses the keys, and wipes them.</summary>
    public void Dispose()
    {
        ((IAsyncResult)_checking).AsyncWaitHandle.WaitOne();
        _batch.Dispose();
        _other?.Dispose();
        _walk.Dispose();
    }

    private void ReadSegments(CancellationToken ct)
    {
        List<int> segments = _lines.Segments();
        for (int i = 0; i < segments.Count; i++)
        {
            if (i > 0 && segments[i] != segments[i - 1] + 1)
                _results.Find(_lines.Chain, _walk.Expected, $"should be in segment {segments[i - 1] + 1}, which is missing");
            using ILines? lines = _lines.Open(segments[i]);
            if (lines is not null)
                ReadSegment(lines, segments[i], isLast: i == segments.Count - 1, ct);
        }
    }

    private void ReadSegment(ILines lines, int segment, bool isLast, CancellationToken ct)
    {
        for (long number = 1; lines.Next(out ReadOnlySpan<byte> line); number++)
        {
            bool isEntry = AuditLine.TryParse(line, out AuditLine entry);
            if (!isEntry && isLast && _input.StateIndex >= 0 && _walk.Expected >= _input.StateIndex)
            {
                Rest(segment, lines.FromLine, isLast);
                return;
            }

            // What was committed after the head in hand had been read: that head says nothing about it.
            if (isEntry && IsLaterCommit(entry))
                return;

            Take(line, isEntry, entry, segment, number);
            if (_batch.IsFull)
                Swap(ct);
        }

        if (lines.Rest > 0)
            Rest(segment, lines.Rest, isLast);
    }

    private bool IsLaterCommit(in AuditLine entry) => _lines.IsGathered && _headIndex >= 0 && entry.Info.Index > _headIndex && !AuditOperation.IsObservation(entry.Operation);

    private void Take(ReadOnlySpan<byte> line, bool isEntry, in AuditLine entry, int segment, long number)
    {
        var item = new EntryBatch.Item { IsEntry = isEntry, Expected = _walk.Expected };
        ReadOnlySpan<byte> key = [];
        if (isEntry)
        {
            item.Entry = entry.Info;
            item.IsMending = AuditOperation.IsMending(entry.Operation);
            if (_unknownCommit < 0 && _headIndex >= 0 && entry.Info.Index > _headIndex && !AuditOperation.IsObservation(entry.Operation))
                _unknownCommit = entry.Info.Index;
            if (!_hasEntries)
                _walk.Begin(entry.Info.Index, isFirstSegment: segment == 1);
            item.Problem = entry.Info.Chain == _lines.Chain ? _walk.Meet(entry.Info.Index, out key) : "is of another chain";
            item.Expected = _walk.Expected;
            _hasEntries = true;
        }
        else
        {
            item.Problem = $"should be line {number} of segment {segment}, which is not an audit entry";
        }

        _batch.Add(line, item, key);
        _walk.Pass();
    }

    // One batch is checked while the next is read: the ratchet can only be turned step by step, hashing need not wait for it.
    private void Swap(CancellationToken ct)
    {
        ct.ThrowIfCancellationRequested();
        _checking.Wait(ct);
        EntryBatch full = _batch;
        (_batch, _other) = (_other ?? new EntryBatch(), _batch);
        _batch.Clear();
        _checking = Task.Run(() => _checker.Check(full), CancellationToken.None);
    }

    private void Rest(int segment, long bytes, bool isLast)
    {
        if (isLast)
            _results.Note(_lines.Chain, _walk.Expected, $"is unfinished: {bytes} bytes at the end, as a crash leaves them; the next writer cuts them off and records it");
        else
            _results.Find(_lines.Chain, _walk.Expected, $"is unfinished: {bytes} bytes at the end of segment {segment}, which is not the last");
    }

    private void Conclude()
    {
        RandomId chain = _lines.Chain;
        long end = _walk.Expected;
        if (_input.KeyProblem is { } problem)
            _results.Find(chain, -1, problem);
        else if (_input.IsOfHead && _input.First is null)
            _results.Note(chain, -1, "no MAC was checked: its first key was printed, and was not given. The hashes show changes against the head's line and the checkpoints only");
        if (_walk.FirstIndex > 0)
            _results.Note(chain, _walk.FirstIndex, "is the first that is there: earlier segments have been moved away");
        if (_input.IsOfHead)
            ConcludeHead(chain, end);
        else
            ConcludeReplaced(chain, end);
        foreach (AuditCheckpoint checkpoint in _checkpoints)
            ConcludeCheckpoint(checkpoint, end);
        _results.Chains.Add(new AuditChainReport(chain, _input.Owner, end, _checker.FirstVerified, new AuditCheckpoint(_vaultId, chain, end, _hasEntries ? _checker.Last : default)));
    }

    private void ConcludeHead(RandomId chain, long end)
    {
        if (!_hasEntries)
            _results.Find(chain, -1, "the log is missing");
        else if (_headIndex < 0)
            _results.Find(chain, -1, "the vault's head names a line that is not an entry of it");
        else if (_headIndex == end && !_lines.IsGathered && _walk.Accepts(_input.HeadLine, _checker.Last))
            _results.Note(chain, end, "is in the vault's head and not yet in the log, as a crash leaves it; the next writer appends it");
        else if (_headIndex >= end)
            _results.Find(chain, end, $"is missing: the log ends before it, but the vault's head names entry {_headIndex}");
        else if (!_checker.SawHeadLine && _headIndex >= _walk.FirstIndex)
            _results.Find(chain, _headIndex, "is not there, but the vault's head names it");
        else if (_unknownCommit >= 0 && !HasMoved)
            _results.Find(chain, _unknownCommit, $"is of a commit that the vault does not know, whose head names entry {_headIndex}: an older vault was put in its place");
        if (_input.StateIndex > end)
            _results.Find(chain, end, $"is missing: the log ends before it, but its state has reached entry {_input.StateIndex - 1}");
        if (_input.StateIndex < 0 && _input.KeyProblem is null && !_lines.IsGathered)
            _results.Find(chain, -1, "the state is missing or does not open, so that lines missing at the end would not be noticed");
        else if (_input.BrokenSlots > 0)
            _results.Note(chain, -1, "the older of its two states does not open, as a crash may leave it");
    }

    private void ConcludeReplaced(RandomId chain, long end)
    {
        if (_checker.NamedIndex < 0)
            _results.Note(chain, -1, "is not part of this vault's head, and no chain names its end");
        else if (_checker.NamedIndex == end - 1)
            _results.Note(chain, -1, $"is not part of this vault's head: the chain {_checker.NamedBy} has replaced it and names its end");
        else
            _results.Note(chain, _checker.NamedIndex, $"is the end that the chain {_checker.NamedBy} names, which has replaced this one; what follows it was added while or after that");
        _results.Met.Add(_checker.NamedBy);
    }

    private void ConcludeCheckpoint(AuditCheckpoint checkpoint, long end)
    {
        if (checkpoint.VaultId != _vaultId)
            _results.Refute(checkpoint.Chain, -1, $"the checkpoint is of another vault, {checkpoint.VaultId}");
        else if (checkpoint.Size > end)
            _results.Refute(checkpoint.Chain, end, $"is missing: the log ends before it, but the checkpoint counts {checkpoint.Size} entries");
        else if (checkpoint.Size < _walk.FirstIndex)
            _results.Note(checkpoint.Chain, checkpoint.Size - 1, "of the checkpoint is in a segment that has been moved away; the checkpoint was not compared");
    }
}
