using System.Runtime.CompilerServices;
using Microsoft.Win32.SafeHandles;

namespace Strongroom.Storage;

/// <summary>A view of a file. As on Unix it goes with its last reference, so that no reader touches pages that are gone.</summary>
internal sealed unsafe class WindowsSharedMemory(WindowsMapping mapping, int length) : ISharedMemory
{
    private readonly nint _address = mapping.DangerousGetHandle();

    public long Read(int offset)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)offset, (uint)(length - sizeof(long)));
        long value = Volatile.Read(ref Unsafe.AsRef<long>((void*)(_address + offset)));
        GC.KeepAlive(mapping);
        return value;
    }

    public void Dispose()
    {
    }
}

/// <summary>Owns a view.</summary>
internal sealed class WindowsMapping : SafeHandleZeroOrMinusOneIsInvalid
{
    public WindowsMapping(nint address)
        : base(ownsHandle: true) => SetHandle(address);

    protected override bool ReleaseHandle() => Kernel32.UnmapViewOfFile(handle);
}
