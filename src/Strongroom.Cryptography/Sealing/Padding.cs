using System.Buffers.Binary;

namespace Strongroom.Cryptography;

/// <summary>Hides the exact length of a value (format, section 7): <c>u32(length) ‖ payload ‖ zeros</c> up to the next multiple of 64.</summary>
internal static class Padding
{
    private const int Block = 64;

    /// <summary>The padded length of a payload.</summary>
    public static int PaddedLength(int payloadLength) => (sizeof(uint) + payloadLength + Block - 1) / Block * Block;

    /// <summary>The padded form; the caller owns it.</summary>
    public static SecretBuffer Pad(ReadOnlySpan<byte> payload)
    {
        var padded = SecretBuffer.Allocate(PaddedLength(payload.Length));
        BinaryPrimitives.WriteInt32BigEndian(padded.Span, payload.Length);
        payload.CopyTo(padded.Span[sizeof(uint)..]);
        return padded;
    }

    /// <summary>Narrows a padded buffer to its payload; false when length or zeros are not as they must be.</summary>
    public static bool TryRemove(SecretBuffer padded)
    {
        var span = padded.Span;
        if (span.Length < Block)
            return false;
        var length = BinaryPrimitives.ReadUInt32BigEndian(span);
        if (length > HardenedEncryption.MaxPayloadLength || PaddedLength((int)length) != span.Length || span[(sizeof(uint) + (int)length)..].ContainsAnyExcept((byte)0))
            return false;
        padded.Narrow(sizeof(uint), (int)length);
        return true;
    }
}
