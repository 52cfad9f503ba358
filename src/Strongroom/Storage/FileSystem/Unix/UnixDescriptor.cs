using Microsoft.Win32.SafeHandles;

namespace Strongroom.Storage;

/// <summary>A file descriptor that is closed once, and never while a call uses it.</summary>
internal sealed class UnixDescriptor : SafeHandleMinusOneIsInvalid
{
    public UnixDescriptor(int descriptor)
        : base(ownsHandle: true) => SetHandle(descriptor);

    // What matters was synced before; Linux closes the descriptor even when it reports an error or EINTR, so there is no second try.
    protected override bool ReleaseHandle() => Libc.Close(handle) == 0;
}
