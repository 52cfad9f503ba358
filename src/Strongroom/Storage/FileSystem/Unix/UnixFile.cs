using System.Runtime.InteropServices;

namespace Strongroom.Storage;

/// <summary>An open file on Linux or macOS.</summary>
internal sealed unsafe class UnixFile(UnixDescriptor descriptor, string path) : IFile
{
    public FileStatus Status() => UnixStatus.Of(descriptor, path, out _);

    public int Read(Span<byte> destination, long offset)
    {
        int done = 0;
        while (done < destination.Length)
        {
            nint read;
            fixed (byte* buffer = destination[done..])
            {
                do
                    read = Libc.PRead(descriptor, buffer, (nuint)(destination.Length - done), offset + done);
                while (UnixCall.Interrupted(read));
            }

            UnixCall.Check(read, "Reading", path);
            if (read == 0)
                break;
            done += (int)read;
        }

        return done;
    }

    public void Write(ReadOnlySpan<byte> source, long offset)
    {
        while (!source.IsEmpty)
        {
            nint written;
            fixed (byte* buffer = source)
            {
                do
                    written = Libc.PWrite(descriptor, buffer, (nuint)source.Length, offset);
                while (UnixCall.Interrupted(written));
            }

            UnixCall.Check(written, "Writing", path);
            if (written == 0)
                throw FileErrors.Device("Writing", path);
            source = source[(int)written..];
            offset += written;
        }
    }

    public void SetLength(long length)
    {
        int result;
        do
            result = Libc.FTruncate(descriptor, length);
        while (UnixCall.Interrupted(result));
        UnixCall.Check(result, "Changing the length of", path);
    }

    // A failed sync is an error at once: the kernel has dropped the pages, and a second call would report success (PostgreSQL's "fsyncgate").
    public void Sync() => Sync(OperatingSystem.IsMacOS() ? FullSync : Libc.FSync, "Syncing");

    public void SyncData() => Sync(OperatingSystem.IsMacOS() ? FullSync : Libc.FDataSync, "Syncing");

    public bool TryLock()
    {
        int result;
        do
            result = Libc.FLock(descriptor, UnixConstants.LockExclusive | UnixConstants.LockNonBlocking);
        while (UnixCall.Interrupted(result));
        if (result == 0)
            return true;
        int error = UnixCall.Error;
        return error == UnixConstants.WouldBlock ? false : throw FileErrors.CannotLock(path, Marshal.GetPInvokeErrorMessage(error));
    }

    public void Unlock()
    {
        int result;
        do
            result = Libc.FLock(descriptor, UnixConstants.LockUnlock);
        while (UnixCall.Interrupted(result));
        UnixCall.Check(result, "Unlocking", path);
    }

    public ISharedMemory? Map(int length)
    {
        // Touching a mapping beyond the file's end kills the process.
        if (Status().Size < length)
            return null;
        nint address = Libc.MemoryMap(0, (nuint)length, UnixConstants.ProtectRead, UnixConstants.MapShared, descriptor, 0);
        return address == -1 ? null : new UnixSharedMemory(new UnixMapping(address, length), length);
    }

    public void SetOwner(uint owner) => UnixCall.Check(Libc.FChangeOwner(descriptor, owner, uint.MaxValue), "Changing the owner of", path);

    public void Dispose() => descriptor.Dispose();

    /// <summary>Gives the file its mode when the process's umask took bits away.</summary>
    internal void EnsureMode(uint mode)
    {
        if (Status().Mode != mode)
            UnixCall.Check(Libc.FChangeMode(descriptor, mode), "Setting the mode of", path);
    }

    /// <summary>Syncs a folder; the few file systems that know no such thing say EINVAL or EBADF, and order their metadata themselves.</summary>
    internal void SyncDirectory()
    {
        int result;
        do
            result = OperatingSystem.IsMacOS() ? FullSync(descriptor) : Libc.FSync(descriptor);
        while (UnixCall.Interrupted(result));
        if (result < 0 && UnixCall.Error is UnixConstants.Invalid or UnixConstants.BadDescriptor)
            return;
        UnixCall.Check(result, "Syncing", path);
    }

    private void Sync(Func<UnixDescriptor, int> call, string what)
    {
        int result;
        do
            result = call(descriptor);
        while (UnixCall.Interrupted(result));
        UnixCall.Check(result, what, path);
    }

    // Drives and network file systems without F_FULLFSYNC report ENOTSUP; fsync is the most that they can do.
    private static int FullSync(UnixDescriptor descriptor)
    {
        int result = Libc.FControl(descriptor, UnixConstants.FullSync);
        return result < 0 && UnixCall.Error is var error && (error == UnixConstants.NotSupported || error == UnixConstants.Invalid) ? Libc.FSync(descriptor) : result;
    }
}
