using System.Diagnostics;

namespace Strongroom.Storage;

/// <summary>
/// The lock of writers of one <see cref="LocalVault"/>: a kernel lock on the sidecar, which excludes other processes and other instances in this one, and dies with its process.
/// Within the instance it counts: a commit joins a lock that is held, <see cref="LocalVault.Lock"/> does not.
/// </summary>
internal sealed class VaultLock(IFileSystem files, TimeProvider time) : IDisposable
{
    private readonly Lock _sync = new();
    private VaultSidecar? _sidecar;
    private string? _sidecarPath;
    private int _depth;
    private bool _disposed;

    /// <summary>Whether this instance holds the lock.</summary>
    public bool IsHeld
    {
        get
        {
            lock (_sync)
                return _depth > 0;
        }
    }

    /// <summary>The counter's memory for a reader of the vault; null when there is none.</summary>
    /// <param name="place">Where the vault is.</param>
    /// <param name="again">Open the file again: the counter has missed a change, as it does where a path leads to another file than before under the same number (overlay file systems).</param>
    public ISharedMemory? MemoryOf(VaultPlace place, bool again = false)
    {
        lock (_sync)
        {
            ObjectDisposedException.ThrowIf(_disposed, typeof(LocalVault));
            if (_depth > 0)
                return _sidecar!.Memory;
            if (again || _sidecar?.Memory is null || !IsFor(place))
                Replace(VaultSidecar.OpenForReading(files, place.LockFile), place);
            return _sidecar?.Memory;
        }
    }

    /// <summary>Waits for the lock.</summary>
    /// <param name="place">Where the vault is; must be the same while the lock is held.</param>
    /// <param name="join">Whether a lock that this instance holds already will do.</param>
    /// <param name="timeout">How long to wait for others.</param>
    /// <param name="ct">Cancels the wait.</param>
    public Hold Enter(VaultPlace place, bool join, TimeSpan timeout, CancellationToken ct)
    {
        long start = time.GetTimestamp();
        for (var backoff = default(LockBackoff); ; backoff.Pause())
        {
            ct.ThrowIfCancellationRequested();
            if (TryEnter(place, join))
                return new Hold(this);
            if (time.GetElapsedTime(start) >= timeout)
                throw TimedOut(place, timeout);
        }
    }

    /// <summary>Whether the lock that is held still excludes others: its file may have been removed.</summary>
    public bool IsInPlace()
    {
        lock (_sync)
            return _sidecar is not null && _sidecar.IsInPlace();
    }

    /// <summary>Raises the generation counter. The caller holds the lock.</summary>
    public bool TryRaise(out long generation)
    {
        lock (_sync)
        {
            generation = 0;
            return _sidecar is not null && _sidecar.TryRaise(out generation);
        }
    }

    public void Dispose()
    {
        lock (_sync)
        {
            _disposed = true;
            _depth = 0;
            Replace(null, null);
        }
    }

    private bool TryEnter(VaultPlace place, bool join)
    {
        lock (_sync)
        {
            ObjectDisposedException.ThrowIf(_disposed, typeof(LocalVault));
            if (_depth > 0)
            {
                if (!join)
                    return false;
                if (!string.Equals(_sidecarPath, place.LockFile, StringComparison.Ordinal))
                    throw new VaultUnavailableException("SR1214", $"The path of the vault was turned to '{place.File}' while '{_sidecarPath}' was locked; nothing was changed.", "Turn links while nobody writes, and try again.");
                _depth++;
                return true;
            }

            if (_sidecar is null || !_sidecar.IsWritable || !IsFor(place))
                Replace(VaultSidecar.OpenForWriting(files, place.LockFile), place);
            if (!_sidecar!.TryLock())
                return false;
            try
            {
                // Between opening and locking, somebody may have removed the file and a third one made another: then this lock excludes nobody.
                if (_sidecar.IsInPlace())
                {
                    _sidecar.Enter(place.File, LockHolder.Self(time).ToBytes());
                    _depth = 1;
                }
            }
            finally
            {
                if (_depth == 0)
                    Replace(null, null);
            }

            return _depth == 1;
        }
    }

    private void Leave()
    {
        lock (_sync)
        {
            if (_depth == 0 || --_depth > 0)
                return;
            try
            {
                _sidecar!.Leave();
                _sidecar.Unlock();
            }
            catch (VaultUnavailableException)
            {
                // Closing the file releases the lock as well.
                Replace(null, null);
            }
        }
    }

    private bool IsFor(VaultPlace place) => string.Equals(_sidecarPath, place.LockFile, StringComparison.Ordinal) && _sidecar!.IsInPlace();

    private void Replace(VaultSidecar? sidecar, VaultPlace? place)
    {
        _sidecar?.Dispose();
        (_sidecar, _sidecarPath) = (sidecar, place?.LockFile);
    }

    private VaultUnavailableException TimedOut(VaultPlace place, TimeSpan timeout)
    {
        LockHolder? holder;
        lock (_sync)
            holder = _depth > 0 ? LockHolder.Self(time) : LockHolder.Parse(_sidecar?.ReadHolder());
        string waited = $"waited {timeout.TotalSeconds:0.###} s";
        return holder switch
        {
            null => new("SR1210", $"The vault '{place.File}' is locked by a process that did not name itself; {waited}.", $"Find it with: fuser {place.LockFile}"),
            _ when holder.IsAlive() == false => new("SR1210", $"The vault '{place.File}' is locked; {waited}. The last holder to name itself, {holder}, is gone.", $"Find the holder with: fuser {place.LockFile}"),
            _ => new("SR1210", $"The vault '{place.File}' is locked by {holder}; {waited}.", $"Wait for process {holder.Process} to finish, or look at what it does."),
        };
    }

    /// <summary>A held lock; disposing of it twice releases it once.</summary>
    internal sealed class Hold(VaultLock owner) : IDisposable
    {
        private VaultLock? _owner = owner;

        public void Dispose() => Interlocked.Exchange(ref _owner, null)?.Leave();
    }
}
