using System.Diagnostics;
using Strongroom.Cryptography;

namespace Strongroom.Storage;

/// <summary>
/// What this machine and user have last seen of a vault: protects against rollback, forks and substitution (design, section 6). Two small files for each vault in
/// <c>STATE/marks</c>: <c>vault-ID.json</c>, found wherever the vault lies, and <c>place-HASH.json</c>, which vault a location had.
/// </summary>
/// <remarks>
/// A state folder that can't be written (a read-only container) does not keep a vault from being opened: nothing is remembered then, and <see cref="Warnings"/> says so. A mark that
/// can't be read is as a torn one. Neither weakens anything: who can make a mark unreadable could as well remove it.
/// Safe for concurrent use, by any number of processes.
/// </remarks>
internal sealed class MarkStore
{
    private static readonly TimeSpan LockTimeout = TimeSpan.FromSeconds(5);
    private readonly IFileSystem _files;
    private readonly MarkFiles _marks;
    private readonly string _lockFile;
    private readonly Lock _gate = new();
    private readonly List<string> _warnings = [];
    private (string Location, RandomId VaultId)? _knownPlace;

    /// <summary>Opens the marks in a state folder, which is made when it is first written to.</summary>
    public MarkStore(IFileSystem files, string stateDirectory)
    {
        _files = files;
        _marks = new MarkFiles(files, Path.Join(Path.GetFullPath(stateDirectory), "marks"));
        _lockFile = Path.Join(_marks.Folder, "lock");
    }

    /// <summary>Why marks could not be kept or read, for people.</summary>
    public IReadOnlyList<string> Warnings
    {
        get
        {
            lock (_gate)
                return [.. _warnings];
        }
    }

    /// <summary>The state folder of this user: <c>STRONGROOM_STATE_DIR</c>, else <c>$XDG_STATE_HOME/strongroom</c>, else <c>~/.local/state/strongroom</c> (the platform's on Windows and macOS).</summary>
    public static string DefaultDirectory() => StateDirectory.Find(Environment.GetEnvironmentVariable, Environment.GetFolderPath);

    /// <summary>Compares a verified head with the marks of its location and of its vault id.</summary>
    public MarkVerdict Check(Mark seen)
    {
        (PlaceMark? there, bool placeTorn) = Read(() => _marks.ReadPlace(seen.Location));
        if (there is not null && !there.Allows(seen.VaultId))
            return MarkVerdict.OtherVault;
        (Mark? last, bool vaultTorn) = Read(() => _marks.ReadVault(seen.VaultId));
        MarkVerdict verdict = last is null ? MarkVerdict.FirstUse : seen.Against(last);
        return (placeTorn || vaultTorn) && verdict is not (MarkVerdict.Older or MarkVerdict.Fork) ? MarkVerdict.Torn : verdict;
    }

    /// <summary>The mark of a vault, wherever it lies; null when none.</summary>
    public Mark? Find(RandomId vaultId) => Read(() => _marks.ReadVault(vaultId)).Value;

    /// <summary>Raises the mark; never lowers it, and never gives a known place to another vault. The caller has made what it saw durable. A failure is a warning: a mark that stays behind raises no false alarm.</summary>
    public void Raise(Mark seen)
    {
        try
        {
            using IDisposable hold = WaitForLock();
            Mark? last = _marks.ReadVault(seen.VaultId).Value;
            if (last is null || seen.Against(last) == MarkVerdict.Newer)
                _marks.WriteVault(seen, durable: last?.Announced is not null);
            if (_knownPlace == (seen.Location, seen.VaultId))
                return;
            PlaceMark? place = _marks.ReadPlace(seen.Location).Value;
            if (place is null || (place.VaultId != seen.VaultId && place.Allows(seen.VaultId)))
                _marks.WritePlace(seen.Location, new PlaceMark(seen.VaultId), durable: place is not null);
            _knownPlace = (seen.Location, seen.VaultId);
        }
        catch (VaultUnavailableException error)
        {
            Warn($"The mark against rollback could not be written, so this machine will not notice an older copy of the vault. {error.Message}");
        }
    }

    /// <summary>
    /// Before a vault is put in place that is older than the mark, of another history or another vault, on purpose: from now on both are right, whatever a power loss leaves of either. Durable when it returns.
    /// <see cref="Replace"/> follows when the vault is in place.
    /// </summary>
    /// <exception cref="VaultUnavailableException">The state folder can't be written.</exception>
    public void Announce(Mark next)
    {
        using IDisposable hold = WaitForLock();
        if (_marks.ReadVault(next.VaultId).Value is { } last && next.ComparedWith(last) is not (MarkVerdict.Same or MarkVerdict.Newer))
            _marks.WriteVault(last with { Announced = next }, durable: true);
        if (_marks.ReadPlace(next.Location).Value is { } place && !place.Allows(next.VaultId))
            _marks.WritePlace(next.Location, new PlaceMark(place.VaultId, next.VaultId), durable: true);
    }

    /// <summary>Sets the mark, higher or lower, and binds its location to its vault, on purpose (<c>restore-vault</c>, <c>accept-rollback</c>).</summary>
    /// <exception cref="VaultUnavailableException">The state folder can't be written: what was meant to be accepted would be refused the next time.</exception>
    public void Replace(Mark seen)
    {
        using IDisposable hold = WaitForLock();
        Mark? last = _marks.ReadVault(seen.VaultId).Value;
        _marks.WriteVault(seen, durable: last is not null && (last.Announced is not null || seen.ComparedWith(last) is not (MarkVerdict.Same or MarkVerdict.Newer)));
        PlaceMark? place = _marks.ReadPlace(seen.Location).Value;
        _marks.WritePlace(seen.Location, new PlaceMark(seen.VaultId), durable: place is not null && place != new PlaceMark(seen.VaultId));
    }

    // Whatever keeps a mark from being read is as if it were torn: a first use, with a warning.
    private (T Value, bool Torn) Read<T>(Func<(T Value, bool Torn)> read)
    {
        try
        {
            return read();
        }
        catch (VaultUnavailableException error)
        {
            Warn($"The mark against rollback could not be read. {error.Message}");
            return (default!, true);
        }
    }

    private Hold WaitForLock()
    {
        _files.CreateDirectory(_marks.Folder);
        IFile file = _files.OpenOrCreate(_lockFile);
        try
        {
            long start = Stopwatch.GetTimestamp();
            for (var backoff = default(LockBackoff); !file.TryLock(); backoff.Pause())
            {
                if (Stopwatch.GetElapsedTime(start) > LockTimeout)
                    throw new VaultUnavailableException("SR1620", $"'{_lockFile}' is locked by another process; waited {LockTimeout.TotalSeconds:0} s.", $"Find it with: fuser {_lockFile}");
            }

            return new Hold(file);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    private void Warn(string text)
    {
        lock (_gate)
        {
            if (!_warnings.Contains(text, StringComparer.Ordinal))
                _warnings.Add(text);
        }
    }

    // Unlocked before it is closed: a child process that is just being started holds a copy of the descriptor for a moment.
    private sealed class Hold(IFile file) : IDisposable
    {
        public void Dispose()
        {
            using (file)
                file.Unlock();
        }
    }
}
