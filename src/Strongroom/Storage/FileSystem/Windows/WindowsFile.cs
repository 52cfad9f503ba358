using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using Microsoft.Win32.SafeHandles;

namespace Strongroom.Storage;

/// <summary>An open file on Windows.</summary>
[SupportedOSPlatform("windows")]
internal sealed unsafe class WindowsFile(SafeFileHandle handle, string path) : IFile
{
    private const uint LockExclusiveAtOnce = 3;
    private const int EndOfFileInformation = 6;
    private const uint PageReadOnly = 2;
    private const uint FileMapRead = 4;
    private const int MaxPiece = 16 * 1024 * 1024;

    // Locks of Windows keep others from reading what they cover: this one covers a byte far behind the end.
    private const int LockOffsetHigh = 0x4000_0000;

    public FileStatus Status() => StatusOf(handle, path);

    public int Read(Span<byte> destination, long offset)
    {
        int done = 0;
        while (done < destination.Length)
        {
            NativeOverlapped position = At(offset + done);
            uint read;
            bool succeeded;
            fixed (byte* buffer = destination[done..])
                succeeded = Kernel32.ReadFile(handle, buffer, (uint)Math.Min(MaxPiece, destination.Length - done), out read, &position);
            if (!succeeded && WindowsError.Last != WindowsError.HandleEof)
                throw WindowsError.Failure(WindowsError.Last, "Reading", path);
            if (!succeeded || read == 0)
                break;
            done += (int)read;
        }

        return done;
    }

    public void Write(ReadOnlySpan<byte> source, long offset)
    {
        while (!source.IsEmpty)
        {
            NativeOverlapped position = At(offset);
            uint written;
            fixed (byte* buffer = source)
                WindowsError.Check(Kernel32.WriteFile(handle, buffer, (uint)Math.Min(MaxPiece, source.Length), out written, &position), "Writing", path);
            if (written == 0)
                throw FileErrors.Device("Writing", path);
            source = source[(int)written..];
            offset += written;
        }
    }

    public void SetLength(long length) =>
        WindowsError.Check(Kernel32.SetFileInformation(handle, EndOfFileInformation, &length, sizeof(long)), "Changing the length of", path);

    public void Sync() => WindowsError.Check(Kernel32.FlushFileBuffers(handle), "Syncing", path);

    public void SyncData() => Sync();

    public bool TryLock()
    {
        NativeOverlapped position = LockPosition();
        if (Kernel32.LockFile(handle, LockExclusiveAtOnce, 0, 1, 0, &position))
            return true;
        int error = WindowsError.Last;
        return error is WindowsError.LockViolation or WindowsError.IoPending
            ? false
            : throw FileErrors.CannotLock(path, Marshal.GetPInvokeErrorMessage(error));
    }

    public void Unlock()
    {
        NativeOverlapped position = LockPosition();
        WindowsError.Check(Kernel32.UnlockFile(handle, 0, 1, 0, &position), "Unlocking", path);
    }

    public ISharedMemory? Map(int length)
    {
        if (Status().Size < length)
            return null;
        nint mapping = Kernel32.CreateFileMapping(handle, 0, PageReadOnly, 0, 0, 0);
        if (mapping == 0)
            return null;
        nint address = Kernel32.MapViewOfFile(mapping, FileMapRead, 0, 0, (nuint)length);
        _ = Kernel32.CloseHandle(mapping);
        return address == 0 ? null : new WindowsSharedMemory(new WindowsMapping(address), length);
    }

    public void Dispose() => handle.Dispose();

    internal static FileStatus StatusOf(SafeFileHandle handle, string path)
    {
        const uint attributeDirectory = 0x10;
        const uint attributeReparsePoint = 0x400;
        WindowsError.Check(Kernel32.GetFileInformation(handle, out Kernel32.FileInformation information), "Looking at", path);
        const long ticksPerSecond = 10_000_000;
        long written = (long)(((ulong)information.WriteHigh << 32) | information.WriteLow);
        return new FileStatus(
            information.VolumeSerial,
            ((ulong)information.IndexHigh << 32) | information.IndexLow,
            (long)(((ulong)information.SizeHigh << 32) | information.SizeLow),
            written / ticksPerSecond,
            written % ticksPerSecond * 100,
            (information.Attributes & attributeDirectory) != 0,
            (information.Attributes & attributeReparsePoint) != 0,
            Mode: 0,
            Owner: 0);
    }

    private static NativeOverlapped At(long offset) => new() { OffsetLow = (int)offset, OffsetHigh = (int)(offset >> 32) };

    private static NativeOverlapped LockPosition() => new() { OffsetLow = 0, OffsetHigh = LockOffsetHigh };
}
