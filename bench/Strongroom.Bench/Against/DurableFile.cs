using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Strongroom.Bench.Against;

/// <summary>The least that replaces a file durably: temporary file, fsync, rename, fsync of the folder. .NET's own flush hides errors and has nothing for folders, so fsync is called directly.</summary>
internal static partial class DurableFile
{
    public static void Replace(string path, ReadOnlySpan<byte> bytes)
    {
        string temporary = path + ".new";
        using (SafeFileHandle file = File.OpenHandle(temporary, FileMode.Create, FileAccess.Write, FileShare.Read))
        {
            RandomAccess.Write(file, bytes, 0);
            Check(FSync((int)file.DangerousGetHandle()));
        }

        File.Move(temporary, path, overwrite: true);
        int folder = Open(Path.GetDirectoryName(path)!, 0);
        Check(folder);
        Check(FSync(folder));
        Check(Close(folder));
    }

    private static void Check(int result)
    {
        if (result < 0)
            throw new IOException($"The system call failed with {Marshal.GetLastPInvokeErrorMessage()}.");
    }

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static partial int FSync(int descriptor);

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "close", SetLastError = true)]
    private static partial int Close(int descriptor);
}
