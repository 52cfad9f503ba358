using System.Runtime.CompilerServices;
using Microsoft.Win32.SafeHandles;

namespace Strongroom.Storage;

/// <summary>Pages of a file, mapped for reading. Writers write to the file: the page cache is the same memory, and a full disk is then an error and not a signal.</summary>
internal sealed unsafe class UnixSharedMemory(UnixMapping mapping, int length) : ISharedMemory
{
    private readonly nint _address = mapping.DangerousGetHandle();

    public long Read(int offset)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)offset, (uint)(length - sizeof(long)));
        long value = Volatile.Read(ref Unsafe.AsRef<long>((void*)(_address + offset)));
        GC.KeepAlive(mapping);
        return value;
    }

    // A reader on another thread may be between its look at this object and its look at the memory. So the file goes at once, replaced by empty pages in one step, and the pages go
    // with the last reference.
    public void Dispose() =>
        _ = Libc.MemoryMapAnonymous(_address, (nuint)length, UnixConstants.ProtectRead, UnixConstants.MapFixedAnonymous, -1, 0);
}

/// <summary>Owns mapped pages.</summary>
internal sealed class UnixMapping : SafeHandleMinusOneIsInvalid
{
    private readonly int _length;

    public UnixMapping(nint address, int length)
        : base(ownsHandle: true)
    {
        _length = length;
        SetHandle(address);
    }

    protected override bool ReleaseHandle() => Libc.MemoryUnmap(handle, (nuint)_length) == 0;
}
