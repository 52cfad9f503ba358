using System.Security.Cryptography;
using Strongroom.Cryptography;
using Strongroom.Storage;

namespace Strongroom.Audit;

/// <summary>
/// The log of a chain on disk: segments and state. Everything is done under the chain's lock. The rule that makes crashes harmless and truncation visible: lines are durable before the
/// state that stands for them is written, and before a head that was built upon them is committed.
/// </summary>
internal sealed class ChainLog(ChainFolder folder, ChainRecord record, HardenedEncryption keys, AuditOptions options, bool isGathered) : IDisposable
{
    private StateFile? _state;
    private ChainCursor? _cursor;
    private long _known;

    /// <summary>Where the log ends; none after a failure, until it has been read again.</summary>
    public ChainCursor Cursor => _cursor ?? throw new InvalidOperationException("The audit chain is not locked, or an operation on it has failed.");

    /// <summary>Whether there are lines that may not be durable, or for which no state has been written.</summary>
    public bool IsAhead { get; private set; }

    /// <summary>Whether the log had to be read from its beginning, because no state opened, and that has not been recorded yet.</summary>
    public bool IsStateLost { get; private set; }

    /// <summary>Brings the position up to date.</summary>
    /// <param name="headIndex">The index of the head's line.</param>
    /// <returns>The bytes behind the last entry that are none: what a crash left.</returns>
    public long Refresh(long headIndex)
    {
        try
        {
            return RefreshCore(headIndex);
        }
        catch
        {
            Drop();
            throw;
        }
    }

    /// <summary>Makes all lines durable, then writes the state, which lets the keys of those lines go.</summary>
    public void Sync()
    {
        try
        {
            Cursor.File!.SyncData();
            _state!.Write(Cursor.Index, Cursor.Key);
        }
        catch
        {
            // After a failed sync nobody knows what is on the disk: it is not repeated, the log is read again instead.
            Drop();
            throw;
        }

        IsAhead = IsStateLost = false;
    }

    /// <summary>Writes lines that the cursor has already taken, with one write.</summary>
    /// <param name="lines">The lines, each with its LF.</param>
    /// <param name="at">Where.</param>
    /// <param name="rest">The bytes there that are no entries and give way.</param>
    /// <param name="durable">Whether to wait for the disk.</param>
    public void Write(ReadOnlySpan<byte> lines, long at, long rest, bool durable)
    {
        try
        {
            Cursor.File!.Write(lines, at);
            if (rest > lines.Length)
                Cursor.File.SetLength(Cursor.Offset);
        }
        catch
        {
            CutBack(at, rest);
            Drop();
            throw;
        }

        IsAhead = true;
        _known = Math.Max(_known, Cursor.Index);
        if (durable)
            Sync();
    }

    /// <summary>Begins the next segment when this one is full. Costs a sync of the folder, and one of the old segment if it is not durable yet.</summary>
    public void Rotate()
    {
        if (Cursor.Offset < options.MaxSegmentBytes)
            return;
        if (IsAhead)
            Sync();
        int next = Cursor.Segment + 1;
        if (next > AuditLimits.MaxSegments)
            throw AuditErrors.TooManySegments(folder.Path);
        try
        {
            folder.Files.Create(folder.Segment(next)).Dispose();
            folder.Files.SyncDirectory(folder.Path);
            Cursor.Enter(next, folder.Files.OpenOrCreate(folder.Segment(next)));
        }
        catch
        {
            Drop();
            throw;
        }
    }

    /// <summary>Whether the log holds a line as the entry of an index before the end. True also when its segment was moved away.</summary>
    public bool Holds(long index, ReadOnlySpan<byte> line)
    {
        if (index == Cursor.Index - 1 && Cursor.Last is { } last)
            return last == Digest.Sha256(line);
        return LineFinder.Holds(folder, line);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Drop();
        _state?.Dispose();
    }

    private long RefreshCore(long headIndex)
    {
        Span<byte> stateKey = stackalloc byte[ChainMac.KeySize];
        SecretBuffer? first = null;
        try
        {
            long? rest = null;
            if (_cursor is not null)
            {
                _state!.Refresh(stateKey);
                rest = ChainFollower.Follow(folder, _cursor, _state.Index, Durable(headIndex));
            }

            if (rest is null)
            {
                Drop();
                _state?.Dispose();
                _state = new StateFile(folder, keys.VaultId, ChainKeys.Open(keys, record, out first));
                _state.Refresh(stateKey);
                _cursor = ChainOpening.Start(folder, _state, stateKey, first, headIndex);
                IsStateLost = _state.Index < 0;
                rest = ChainFollower.Follow(folder, _cursor, _state.Index, Durable(headIndex)) ?? throw AuditErrors.Missing(folder.Segment(_cursor.Segment));
            }

            if (_cursor!.Index < _known)
                throw AuditErrors.Truncated(folder.Path, _cursor.Index, _known - 1, "this process has seen");
            _known = _cursor.Index;
            IsAhead = _cursor.Index > _state!.Index;
            return rest.Value;
        }
        finally
        {
            CryptographicOperations.ZeroMemory(stateKey);
            first?.Dispose();
        }
    }

    // Without a state the head says how far the log was durable: a head is committed after the lines before its own, unless those are durable elsewhere.
    private long Durable(long headIndex) => _state!.Index >= 0 ? _state.Index : isGathered ? 0 : headIndex;

    // A line that was not written whole is nobody's evidence; if it can't be taken back now, whoever locks next records it.
    private void CutBack(long at, long rest)
    {
        if (rest > 0)
            return;
        try
        {
            Cursor.File!.SetLength(at);
        }
        catch (StrongroomException)
        {
        }
    }

    private void Drop()
    {
        _cursor?.Dispose();
        _cursor = null;
        IsAhead = false;
    }
}
