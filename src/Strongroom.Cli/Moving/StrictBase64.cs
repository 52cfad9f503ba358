using System.Buffers;
using System.Buffers.Text;
using Strongroom.Cryptography;

namespace Strongroom.Cli.Moving;

/// <summary>Base64 as it should be: padded, without white space.</summary>
internal static class StrictBase64
{
    /// <summary>Decodes, or gives null. The caller owns the bytes.</summary>
    public static SecretBuffer? TryDecode(ReadOnlySpan<byte> text)
    {
        if (text.Length % 4 != 0)
            return null;
        var padding = text.EndsWith("=="u8) ? 2 : text.EndsWith("="u8) ? 1 : 0;
        var bytes = SecretBuffer.Allocate(text.Length / 4 * 3 - padding);
        if (Base64.DecodeFromUtf8(text, bytes.Span, out _, out var written) == OperationStatus.Done && written == bytes.Length)
            return bytes;
        bytes.Dispose();
        return null;
    }
}
