using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Strongroom.Cli.Platform;

/// <summary>Files that only the user may read: key files, recovery keys, values.</summary>
internal static partial class PrivateFile
{
    /// <summary>Writes a new file of mode 0600 and makes it durable: a key file that a power loss takes away locks the vault for ever.</summary>
    /// <exception cref="CliException">It is there already; it is never overwritten.</exception>
    public static void Create(string path, ReadOnlySpan<byte> content)
    {
        try
        {
            Write(path, content);
        }
        catch (IOException) when (File.Exists(path) || Directory.Exists(path))
        {
            throw new CliException(ExitCodes.Conflict, "SR2011", $"{path} is there already and is not overwritten.", "Choose another path, or move the file away.");
        }
    }

    /// <summary>Writes a file of mode 0600 in place of one that may be there, by renaming.</summary>
    public static void Replace(string path, ReadOnlySpan<byte> content)
    {
        var temporary = $"{path}.{Path.GetRandomFileName()}";
        Write(temporary, content);
        File.Move(temporary, path, overwrite: true);
    }

    private static void Write(string path, ReadOnlySpan<byte> content)
    {
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, BufferSize = 0 };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        using var file = new FileStream(path, options);
        file.Write(content);
        Sync(file.SafeFileHandle);
        if (!OperatingSystem.IsWindows())
            SyncFolder(Path.GetDirectoryName(Path.GetFullPath(path))!);
    }

    // Our own call, since the framework's hides a failed fsync on Linux.
    private static void Sync(SafeFileHandle file)
    {
        var done = OperatingSystem.IsWindows() ? FlushFileBuffers(file) : FileSync(file) == 0;
        if (!done)
            throw new IOException("The file could not be made durable.");
    }

    private static void SyncFolder(string path)
    {
        // O_RDONLY; a file system that can't sync folders is no reason to fail.
        var fd = OpenFolder(path, 0);
        if (fd < 0)
            return;
        using var handle = new SafeFileHandle(fd, ownsHandle: true);
        _ = FileSync(handle);
    }

    [LibraryImport("libc", EntryPoint = "fsync")]
    private static partial int FileSync(SafeFileHandle file);

    [LibraryImport("libc", EntryPoint = "open", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int OpenFolder(string path, int flags);

    [LibraryImport("kernel32")]
    [return: MarshalAs(UnmanagedType.Bool)]
    private static partial bool FlushFileBuffers(SafeFileHandle file);
}
