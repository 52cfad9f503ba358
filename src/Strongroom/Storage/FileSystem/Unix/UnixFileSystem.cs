using System.Runtime.InteropServices;

namespace Strongroom.Storage;

/// <summary>Linux and macOS. .NET's own file classes are not used for writing, since they hide failed syncs and can have their locks switched off from outside.</summary>
internal sealed unsafe class UnixFileSystem : IFileSystem
{
    private const uint OwnerOnlyFile = 0x180;      // 0600
    private const uint OwnerOnlyDirectory = 0x1C0; // 0700
    private const int MaxLinks = 40;

    public uint? UserId => Libc.EffectiveUser();

    public string Resolve(string path)
    {
        string full = Path.GetFullPath(path);
        for (int links = 0; links < MaxLinks; links++)
        {
            if (RealPath(full) is { } real)
                return real;
            if (OperatingSystemLink(full) is { } target)
            {
                full = Path.GetFullPath(target, Path.GetDirectoryName(full)!);
                continue;
            }

            string? parent = Path.GetDirectoryName(full);
            return parent is null ? full : Path.Join(Resolve(parent), Path.GetFileName(full));
        }

        throw FileErrors.Link("Following", path);
    }

    public FileStatus? Status(string path) => UnixStatus.OfPath(path);

    public IFile? OpenRead(string path)
    {
        // Without O_NONBLOCK a named pipe in the place of a file would hold the process for ever.
        int descriptor = TryOpen(path, UnixConstants.OpenReadOnly | UnixConstants.OpenNonBlocking, 0);
        if (descriptor < 0 && UnixCall.Error == UnixConstants.NoEntry)
            return null;
        return Regular(descriptor, path, "Opening");
    }

    public IFile Create(string path)
    {
        int descriptor = TryOpen(path, UnixConstants.OpenReadWrite | UnixConstants.OpenCreate | UnixConstants.OpenExclusive | UnixConstants.OpenNoFollow, OwnerOnlyFile);
        UnixFile file = Regular(descriptor, path, "Creating");
        try
        {
            return OwnerOnly(file);
        }
        catch
        {
            Delete(path);
            throw;
        }
    }

    public IFile OpenOrCreate(string path)
    {
        int flags = UnixConstants.OpenReadWrite | UnixConstants.OpenNoFollow | UnixConstants.OpenNonBlocking;
        while (true)
        {
            int descriptor = TryOpen(path, flags, 0);
            if (descriptor >= 0 || UnixCall.Error != UnixConstants.NoEntry)
                return Regular(descriptor, path, "Opening");

            // Only who made the file sets its mode: the mode of one that was there is its owner's choice.
            descriptor = TryOpen(path, flags | UnixConstants.OpenCreate | UnixConstants.OpenExclusive, OwnerOnlyFile);
            if (descriptor >= 0 || UnixCall.Error != UnixConstants.AlreadyExists)
                return OwnerOnly(Regular(descriptor, path, "Creating"));
        }
    }

    public void CreateDirectory(string path)
    {
        if (Status(path) is { } there && (there.IsDirectory || there.IsSymbolicLink))
            return;
        if (Path.GetDirectoryName(path) is { } parent)
            CreateDirectory(parent);
        int result;
        do
            result = Libc.MakeDirectory(path, OwnerOnlyDirectory);
        while (UnixCall.Interrupted(result));
        if (result < 0 && UnixCall.Error == UnixConstants.AlreadyExists && Status(path) is { IsDirectory: true })
            return;
        UnixCall.Check(result, "Creating folder", path);
        if (Status(path) is { } made && made.Mode != OwnerOnlyDirectory)
            UnixCall.Check(Libc.ChangeMode(path, OwnerOnlyDirectory), "Setting the mode of", path);

        // What is put into a new folder is as durable as the folder.
        SyncDirectory(Path.GetDirectoryName(path)!);
    }

    public void Rename(string from, string to)
    {
        int result;
        do
            result = Libc.Rename(from, to);
        while (UnixCall.Interrupted(result));
        UnixCall.Check(result, "Replacing", to);
    }

    public void Delete(string path)
    {
        int result;
        do
            result = Libc.Unlink(path);
        while (UnixCall.Interrupted(result));
        if (result < 0 && UnixCall.Error == UnixConstants.NoEntry)
            return;
        UnixCall.Check(result, "Removing", path);
    }

    public IReadOnlyList<string> List(string directory) => DirectoryListing.Of(directory);

    public void SyncDirectory(string directory)
    {
        int descriptor = TryOpen(directory, UnixConstants.OpenReadOnly | UnixConstants.OpenDirectory, 0);
        UnixCall.Check(descriptor, "Opening folder", directory);
        using var handle = new UnixDescriptor(descriptor);
        using var file = new UnixFile(handle, directory);
        file.SyncDirectory();
    }

    private static int TryOpen(string path, int flags, uint mode)
    {
        bool appleArm64 = OperatingSystem.IsMacOS() && RuntimeInformation.ProcessArchitecture == Architecture.Arm64;
        int descriptor;
        do
        {
            descriptor = appleArm64
                ? Libc.OpenAppleArm64(path, flags | UnixConstants.OpenCloseOnExec, 0, 0, 0, 0, 0, 0, mode)
                : Libc.Open(path, flags | UnixConstants.OpenCloseOnExec, mode);
        }
        while (UnixCall.Interrupted(descriptor));
        return descriptor;
    }

    // Folders, pipes, sockets and devices are refused.
    private static UnixFile Regular(int descriptor, string path, string what)
    {
        UnixCall.Check(descriptor, what, path);
        var handle = new UnixDescriptor(descriptor);
        try
        {
            FileStatus status = UnixStatus.Of(handle, path, out bool isRegular);
            return isRegular ? new UnixFile(handle, path) : throw FileErrors.NotAFile(path, status.IsDirectory);
        }
        catch
        {
            handle.Dispose();
            throw;
        }
    }

    private static UnixFile OwnerOnly(UnixFile file)
    {
        try
        {
            file.EnsureMode(OwnerOnlyFile);
            return file;
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    // Null when a part of the path is missing.
    private static string? RealPath(string path)
    {
        byte* resolved = Libc.RealPath(path, null);
        if (resolved is not null)
        {
            string text = Marshal.PtrToStringUTF8((nint)resolved)!;
            Libc.Free(resolved);
            return text;
        }

        return UnixCall.Error == UnixConstants.NoEntry ? null : throw UnixCall.Failure(UnixCall.Error, "Following", path);
    }

    // Where a link that leads nowhere points.
    private static string? OperatingSystemLink(string path)
    {
        try
        {
            return new FileInfo(path).LinkTarget;
        }
        catch (IOException)
        {
            return null;
        }
        catch (UnauthorizedAccessException)
        {
            throw FileErrors.Denied("Following", path);
        }
    }
}
