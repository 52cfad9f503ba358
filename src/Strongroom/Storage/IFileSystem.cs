namespace Strongroom.Storage;

/// <summary>
/// The narrow waist between Strongroom and the operating system's files: everything that vault, audit log and marks do to a disk goes through here, so that a test can put a
/// simulated disk with power loss beneath the very code that runs for real. Errors are <see cref="VaultUnavailableException"/> with the system's reason.
/// Nothing is durable before it has been synced; a rename is durable only after its folder has been synced. A failed sync is never repeated.
/// </summary>
internal interface IFileSystem
{
    /// <summary>Follows symbolic links to the file or folder meant, giving a full path; the full path itself when nothing is there yet.</summary>
    string Resolve(string path);

    /// <summary>What is at a path (not following a final link), or null.</summary>
    FileStatus? Status(string path);

    /// <summary>Opens for reading; null when there is nothing. Only regular files are opened.</summary>
    IFile? OpenRead(string path);

    /// <summary>Creates a new file for writing: refuses an existing one or a link (O_EXCL, O_NOFOLLOW), owner-only from the start whatever the umask.</summary>
    IFile Create(string path);

    /// <summary>Opens or creates for reading and writing in place, owner-only, not following a final link.</summary>
    IFile OpenOrCreate(string path);

    /// <summary>Creates a folder and its missing parents, owner-only; a folder that was made is durable.</summary>
    void CreateDirectory(string path);

    /// <summary>Replaces <paramref name="to"/> atomically.</summary>
    void Rename(string from, string to);

    /// <summary>Removes a file; a missing one is no error.</summary>
    void Delete(string path);

    /// <summary>The names in a folder, sorted; empty when it is not there.</summary>
    IReadOnlyList<string> List(string directory);

    /// <summary>Makes renames, creations and removals in a folder durable.</summary>
    void SyncDirectory(string directory);

    /// <summary>The user that files are created for, as in <see cref="FileStatus.Owner"/>; null where owners are not known.</summary>
    uint? UserId => null;
}

/// <summary>An open file.</summary>
internal interface IFile : IDisposable
{
    /// <summary>Status of the open file.</summary>
    FileStatus Status();

    /// <summary>Reads at an offset until the span is full or the file ends; gives the number of bytes.</summary>
    int Read(Span<byte> destination, long offset);

    /// <summary>Writes all bytes at an offset.</summary>
    void Write(ReadOnlySpan<byte> source, long offset);

    /// <summary>Cuts or extends.</summary>
    void SetLength(long length);

    /// <summary>Makes contents and length durable (fsync).</summary>
    void Sync();

    /// <summary>Makes contents durable (fdatasync).</summary>
    void SyncData();

    /// <summary>Tries to take an exclusive kernel lock on the open file, which ends with the process. Fails closed: an error is an error, never a silent success.</summary>
    bool TryLock();

    /// <summary>Releases the lock.</summary>
    void Unlock();

    /// <summary>Maps the first bytes, which must exist, as memory shared between processes: shows what any process writes to the file. Null where that is not possible.</summary>
    ISharedMemory? Map(int length);

    /// <summary>Gives the file to another user; only the superuser can.</summary>
    void SetOwner(uint owner)
    {
    }
}

/// <summary>Memory shared between processes through a file, for reading. Disposing of it lets the file go; another thread may still read then, and reads what was there or zero.</summary>
internal interface ISharedMemory : IDisposable
{
    /// <summary>An aligned 64-bit cell in the byte order of this machine, read with acquire semantics.</summary>
    long Read(int offset);
}

/// <summary>What identifies a state of a file: two commits in one tick still differ in the inode, as long as the loaded one is kept open.</summary>
internal readonly record struct FileStatus(ulong Device, ulong Inode, long Size, long ModifiedSeconds, long ModifiedNanoseconds, bool IsDirectory, bool IsSymbolicLink, uint Mode, uint Owner)
{
    /// <summary>Whether both are the same file, whatever its contents.</summary>
    public bool IsSameFile(in FileStatus other) => Device == other.Device && Inode == other.Inode;
}
