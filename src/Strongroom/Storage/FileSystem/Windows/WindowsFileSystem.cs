using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using Microsoft.Win32.SafeHandles;

namespace Strongroom.Storage;

/// <summary>
/// Windows. Files and folders get the access rights of the folder that they are made in: a user's own folders are closed to others. Written from the documentation and not run yet, see
/// docs/decisions/0001-lock-and-freshness.md.
/// </summary>
[SupportedOSPlatform("windows")]
internal sealed unsafe class WindowsFileSystem : IFileSystem
{
    private const uint GenericRead = 0x8000_0000;
    private const uint GenericWrite = 0x4000_0000;
    private const uint ReadAttributes = 0x80;
    private const uint DeleteAccess = 0x1_0000;
    private const uint ShareAll = 7;
    private const uint CreateNew = 1;
    private const uint OpenExisting = 3;
    private const uint OpenAlways = 4;
    private const uint Normal = 0x80;
    private const uint BackupSemantics = 0x0200_0000;
    private const uint OpenReparsePoint = 0x0020_0000;
    private const uint FileTypeDisk = 1;
    private const uint MoveReplaceWriteThrough = 0x9;
    private const int RenameInformationEx = 22;
    private const uint RenameReplacePosix = 0x3;
    private const int MaxPath = 32 * 1024;

    public string Resolve(string path)
    {
        string full = Path.GetFullPath(path);
        using SafeFileHandle handle = Open(full, ReadAttributes, OpenExisting, BackupSemantics);
        if (!handle.IsInvalid)
            return FinalPath(handle, full);
        if (WindowsError.Last is not (WindowsError.FileNotFound or WindowsError.PathNotFound))
            throw WindowsError.Failure(WindowsError.Last, "Following", path);
        string? parent = Path.GetDirectoryName(full);
        return parent is null ? full : Path.Join(Resolve(parent), Path.GetFileName(full));
    }

    public FileStatus? Status(string path)
    {
        using SafeFileHandle handle = Open(path, ReadAttributes, OpenExisting, BackupSemantics | OpenReparsePoint);
        if (handle.IsInvalid)
            return WindowsError.Last == WindowsError.FileNotFound || WindowsError.Last == WindowsError.PathNotFound ? null : throw WindowsError.Failure(WindowsError.Last, "Looking at", path);
        return WindowsFile.StatusOf(handle, path);
    }

    public IFile? OpenRead(string path)
    {
        SafeFileHandle handle = Open(path, GenericRead, OpenExisting, Normal);
        if (handle.IsInvalid && WindowsError.Last is WindowsError.FileNotFound or WindowsError.PathNotFound)
        {
            handle.Dispose();
            return null;
        }

        return Regular(handle, path, "Opening", linksAllowed: true);
    }

    public IFile Create(string path) => Regular(Open(path, GenericRead | GenericWrite | DeleteAccess, CreateNew, Normal | OpenReparsePoint), path, "Creating", linksAllowed: false);

    public IFile OpenOrCreate(string path) => Regular(Open(path, GenericRead | GenericWrite, OpenAlways, Normal | OpenReparsePoint), path, "Opening", linksAllowed: false);

    public void CreateDirectory(string path)
    {
        try
        {
            Directory.CreateDirectory(path);
        }
        catch (UnauthorizedAccessException)
        {
            throw FileErrors.Denied("Creating folder", path);
        }
        catch (IOException error)
        {
            throw FileErrors.Other("Creating folder", path, error.Message);
        }
    }

    // MoveFileEx refuses to replace a file that a reader has open; a rename with POSIX semantics (Windows 10 and later, NTFS) does not.
    public void Rename(string from, string to)
    {
        using (SafeFileHandle handle = Open(from, DeleteAccess, OpenExisting, Normal | OpenReparsePoint))
        {
            WindowsError.Check(!handle.IsInvalid, "Replacing", to);
            if (RenamePosix(handle, to))
                return;
        }

        WindowsError.Check(Kernel32.MoveFile(from, to, MoveReplaceWriteThrough), "Replacing", to);
    }

    public void Delete(string path)
    {
        if (!Kernel32.DeleteFile(path) && WindowsError.Last is not (WindowsError.FileNotFound or WindowsError.PathNotFound))
            throw WindowsError.Failure(WindowsError.Last, "Removing", path);
    }

    public IReadOnlyList<string> List(string directory) => DirectoryListing.Of(directory);

    public void SyncDirectory(string directory)
    {
        using SafeFileHandle handle = Open(directory, GenericWrite, OpenExisting, BackupSemantics);
        WindowsError.Check(!handle.IsInvalid, "Opening folder", directory);
        WindowsError.Check(Kernel32.FlushFileBuffers(handle), "Syncing", directory);
    }

    private static SafeFileHandle Open(string path, uint access, uint disposition, uint flags) =>
        Kernel32.CreateFile(path, access, ShareAll, 0, disposition, flags, 0);

    private static WindowsFile Regular(SafeFileHandle handle, string path, string what, bool linksAllowed)
    {
        WindowsError.Check(!handle.IsInvalid, what, path);
        try
        {
            FileStatus status = WindowsFile.StatusOf(handle, path);
            if (Kernel32.GetFileType(handle) != FileTypeDisk || status.IsDirectory)
                throw FileErrors.NotAFile(path, status.IsDirectory);
            return status.IsSymbolicLink && !linksAllowed ? throw FileErrors.Link(what, path) : new WindowsFile(handle, path);
        }
        catch
        {
            handle.Dispose();
            throw;
        }
    }

    private static string FinalPath(SafeFileHandle handle, string path)
    {
        var buffer = new char[MaxPath];
        fixed (char* start = buffer)
        {
            uint length = Kernel32.GetFinalPathName(handle, start, MaxPath, 0);
            WindowsError.Check(length is > 0 and < MaxPath, "Following", path);
            string final = new(buffer, 0, (int)length);
            return final.StartsWith(@"\\?\UNC\", StringComparison.Ordinal) ? @"\\" + final[8..] : final.StartsWith(@"\\?\", StringComparison.Ordinal) ? final[4..] : final;
        }
    }

    // FILE_RENAME_INFO: flags, root handle, length of the name in bytes, name.
    private static bool RenamePosix(SafeFileHandle handle, string to)
    {
        int nameOffset = (2 * nint.Size) + sizeof(uint);
        var information = new byte[nameOffset + ((to.Length + 1) * sizeof(char))];
        MemoryMarshal.Write(information, RenameReplacePosix);
        MemoryMarshal.Write(information.AsSpan(2 * nint.Size), (uint)(to.Length * sizeof(char)));
        MemoryMarshal.AsBytes(to.AsSpan()).CopyTo(information.AsSpan(nameOffset));
        fixed (byte* start = information)
            return Kernel32.SetFileInformation(handle, RenameInformationEx, start, (uint)information.Length);
    }
}
