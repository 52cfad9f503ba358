using Strongroom.Cryptography;

namespace Strongroom.Storage;

/// <summary>
/// What was loaded last, and the means to tell without reading whether the file is still that. The loaded file stays open, so that its inode is not given to another
/// file while its status is compared: time and size alone miss two commits in one tick of the clock.
/// </summary>
internal sealed class CachedVault
{
    /// <summary>How long the counter alone is believed, in milliseconds. Writers that do not raise it (a file put back by cp) are noticed this late.</summary>
    public const int LookEvery = 50;

    private readonly IFileSystem _files;
    private readonly string _location;
    private readonly ISharedMemory? _memory;
    private readonly long _generation;
    private readonly FileStatus? _lockFile;
    private readonly Lazy<HeadPeek?> _peek;
    private long _lookedAt;

    /// <param name="files">The file system.</param>
    /// <param name="location">The path as configured, for following links again.</param>
    /// <param name="place">Where that led.</param>
    /// <param name="loaded">What was read.</param>
    /// <param name="file">The open file; owned.</param>
    /// <param name="status">Its status when it was read.</param>
    /// <param name="memory">The counter's memory; null when there is none.</param>
    /// <param name="generation">The counter before the file was opened, or the one that this process's commit made.</param>
    public CachedVault(IFileSystem files, string location, VaultPlace place, LoadedVault loaded, IFile file, in FileStatus status, ISharedMemory? memory, long generation)
    {
        (_files, _location, Place, Loaded, File, Status, _memory, _generation) = (files, location, place, loaded, file, status, memory, generation);
        _lockFile = StatusOfLockFile();
        _lookedAt = Environment.TickCount64;
        _peek = new Lazy<HeadPeek?>(Peek);
    }

    public VaultPlace Place { get; }

    public LoadedVault Loaded { get; }

    public IFile File { get; }

    public FileStatus Status { get; }

    /// <summary>What the head claims; null when it is malformed.</summary>
    public HeadPeek? Claims => _peek.Value;

    /// <summary>Whether a writer has told of a newer vault. A change without it means a counter that can't be relied upon, or a writer that knows of none.</summary>
    public bool IsOutrun => _memory is not null && VaultSidecar.Generation(_memory) != _generation;

    /// <summary>Whether the file in place is still this one. Mostly one look at memory.</summary>
    public bool IsCurrent()
    {
        if (IsOutrun)
            return false;
        long now = Environment.TickCount64;
        if (now - Volatile.Read(ref _lookedAt) >= LookEvery)
            return Look(now);
        return _memory is not null || IsInPlace();
    }

    /// <summary>Makes the next <see cref="IsCurrent"/> look at the file: a commit has found another one in place than the counter tells of.</summary>
    public void Doubt() => Volatile.Write(ref _lookedAt, Environment.TickCount64 - LookEvery);

    /// <summary>Whether the file in place is still this one, by looking at everything.</summary>
    public bool Look() => Look(Environment.TickCount64);

    // An error is no answer: the caller loads, and gets it there.
    private bool Look(long now)
    {
        try
        {
            if (IsOutrun || _files.Status(Place.File) != Status || !SameLockFile(_files.Status(Place.LockFile)) || VaultPlace.Resolve(_files, _location) != Place)
                return false;
            Volatile.Write(ref _lookedAt, now);
            return true;
        }
        catch (VaultUnavailableException)
        {
            return false;
        }
    }

    private bool IsInPlace()
    {
        try
        {
            return _files.Status(Place.File) == Status;
        }
        catch (VaultUnavailableException)
        {
            return false;
        }
    }

    // A commit that has succeeded must not fail for this.
    private FileStatus? StatusOfLockFile()
    {
        try
        {
            return _files.Status(Place.LockFile);
        }
        catch (VaultUnavailableException)
        {
            return null;
        }
    }

    // A lock file that was removed or made anew, or completed by its first writer, means another counter.
    private bool SameLockFile(FileStatus? now) =>
        now is { } there ? _lockFile is { } before && there.IsSameFile(before) && there.Size == before.Size : _lockFile is null;

    private HeadPeek? Peek()
    {
        try
        {
            return HeadPeek.Read(Loaded.Head.Span);
        }
        catch (VaultIntegrityException)
        {
            return null;
        }
    }
}
