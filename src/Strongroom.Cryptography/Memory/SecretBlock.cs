using System.Security.Cryptography;

namespace Strongroom.Cryptography;

/// <summary>
/// A native block and its safety net: when a <see cref="SecretBuffer"/> is forgotten, this becomes unreachable with it, and its finalizer wipes the block.
/// Blocks are pooled as objects, so the cost of a finalizer is paid once for each block and not on every read.
/// </summary>
internal sealed unsafe class SecretBlock(nint address, int size, Action<SecretBlock> giveBack)
{
#pragma warning disable MA0055 // Native memory that holds a secret; a SafeHandle for each rent would cost more than the decryption.
    ~SecretBlock()
    {
        // Again for the next one who rents it.
        GC.ReRegisterForFinalize(this);
        Return(size);
    }
#pragma warning restore MA0055

    /// <summary>Where the bytes are; they are zero while nobody has rented them.</summary>
    public nint Address => address;

    /// <summary>The number of bytes.</summary>
    public int Size => size;

    /// <summary>The first bytes.</summary>
    public Span<byte> Bytes(int offset, int length) => new((byte*)address + offset, length);

    /// <summary>Ends the life of a block that is not pooled.</summary>
#pragma warning disable CA1816 // The owner is the pool: Dispose of a rented block gives it back instead of ending it.
    public void Discard() => GC.SuppressFinalize(this);
#pragma warning restore CA1816

    /// <summary>Wipes what was within reach and gives the block back.</summary>
    public void Return(int used)
    {
        CryptographicOperations.ZeroMemory(Bytes(0, used));
        giveBack(this);
    }
}
