using System.Runtime.CompilerServices;

namespace Strongroom.Cryptography.Tests;

/// <summary>Looks at native memory where it lies, also when its buffer is gone.</summary>
internal static unsafe class NativeBytes
{
    public static nint Address(SecretBuffer buffer) => (nint)Unsafe.AsPointer(ref buffer.Span[0]);

    public static Span<byte> At(nint address, int length) => new((void*)address, length);
}
