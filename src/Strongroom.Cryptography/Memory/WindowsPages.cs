using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;

namespace Strongroom.Cryptography;

/// <summary>Pages by <c>VirtualAlloc</c>, locked by <c>VirtualLock</c> (limited by the working set: best effort).</summary>
[ExcludeFromCodeCoverage(Justification = "Runs on Windows only.")]
internal sealed partial class WindowsPages : IPageSource
{
    private const uint CommitAndReserve = 0x3000;
    private const uint Release = 0x8000;
    private const uint ReadWrite = 4;

    public nint Map(nuint length, out bool isLocked)
    {
        var address = VirtualAlloc(0, length, CommitAndReserve, ReadWrite);
        if (address == 0)
            throw SecretPool.NoPages();
        isLocked = VirtualLock(address, length) != 0;
        return address;
    }

    public void Unmap(nint address, nuint length) => _ = VirtualFree(address, 0, Release);

    [LibraryImport("kernel32")]
    private static partial nint VirtualAlloc(nint address, nuint size, uint type, uint protection);

    [LibraryImport("kernel32")]
    private static partial int VirtualFree(nint address, nuint size, uint type);

    [LibraryImport("kernel32")]
    private static partial int VirtualLock(nint address, nuint size);
}
