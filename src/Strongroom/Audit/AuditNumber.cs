using System.Buffers.Text;
using Strongroom.Cryptography;

namespace Strongroom.Audit;

/// <summary>Numbers and hashes of the format, section 1.</summary>
internal static class AuditNumber
{
    /// <summary>The largest number, 2⁵³−1.</summary>
    public const long Max = (1L << 53) - 1;

    /// <summary>The characters of 32 bytes in base64.</summary>
    public const int DigestLength = 44;

    /// <summary>Reads canonical base64 of 32 bytes: white space, or unused bits that are not zero, would let two texts mean the same bytes.</summary>
    public static bool TryDigest(ReadOnlySpan<byte> text, out Digest digest)
    {
        Span<byte> bytes = stackalloc byte[Digest.Size + 1];
        Span<byte> again = stackalloc byte[DigestLength];
        digest = default;
        if (text.Length != DigestLength || Base64.DecodeFromUtf8(text, bytes, out _, out int written) != System.Buffers.OperationStatus.Done || written != Digest.Size)
            return false;
        Base64.EncodeToUtf8(bytes[..Digest.Size], again, out _, out _);
        if (!again.SequenceEqual(text)) // public
            return false;
        digest = Digest.FromBytes(bytes[..Digest.Size]);
        return true;
    }
}
