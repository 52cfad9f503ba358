using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;

namespace Strongroom.Cryptography;

/// <summary>Pages by <c>mmap</c>, locked by <c>mlock</c>; on Linux <c>MADV_DONTDUMP</c> keeps them out of core dumps.</summary>
internal sealed unsafe partial class UnixPages : IPageSource
{
    private const int ProtectReadWrite = 3;
    private const int MapPrivate = 2;
    private const int DontDump = 16;

    // MAP_ANONYMOUS and MADV_DONTDUMP are numbered by the system, not by POSIX.
    private static readonly int MapAnonymous = GetMapAnonymous();

    public nint Map(nuint length, out bool isLocked)
    {
        var address = MMap(0, length, ProtectReadWrite, MapPrivate | MapAnonymous, -1, 0);
        if (address == -1)
            throw SecretPool.NoPages();
        // Elsewhere the advice is unknown and refused: core dumps are then the process's own matter (core limit 0).
        _ = MAdvise(address, length, DontDump);
        isLocked = MLock(address, length) == 0;
        return address;
    }

    public void Unmap(nint address, nuint length) => _ = MUnmap(address, length);

    [ExcludeFromCodeCoverage(Justification = "One branch for each system.")]
    private static int GetMapAnonymous() => OperatingSystem.IsLinux() ? 0x20 : 0x1000;

    [LibraryImport("libc", EntryPoint = "mmap")]
    private static partial nint MMap(nint address, nuint length, int protection, int flags, int file, nint offset);

    [LibraryImport("libc", EntryPoint = "munmap")]
    private static partial int MUnmap(nint address, nuint length);

    [LibraryImport("libc", EntryPoint = "mlock")]
    private static partial int MLock(nint address, nuint length);

    [LibraryImport("libc", EntryPoint = "madvise")]
    private static partial int MAdvise(nint address, nuint length, int advice);
}
