using System.Buffers;
using System.Buffers.Text;

namespace Strongroom.Cryptography;

/// <summary>RFC 4648 base64 that has one text for each value: no white space, padding present, unused bits zero. The framework's decoders are laxer.</summary>
internal static class CanonicalBase64
{
    /// <summary>The number of bytes that canonical text of this length and padding has.</summary>
    public static int DecodedLength(ReadOnlySpan<byte> text)
    {
        if (text.Length % 4 != 0)
            throw NotCanonical();
        var padding = text.EndsWith("=="u8) ? 2 : text.EndsWith("="u8) ? 1 : 0;
        return text.Length / 4 * 3 - padding;
    }

    /// <summary>Decodes into a span of exactly <see cref="DecodedLength"/> bytes.</summary>
    public static void Decode(ReadOnlySpan<byte> text, Span<byte> bytes)
    {
        // White space, which the decoder skips, shows as too few bytes. Unused bits stand in the last four characters only; whether the decoder looks at them is its own affair.
        var isDone = Base64.DecodeFromUtf8(text, bytes, out _, out var written) == OperationStatus.Done;
        Span<byte> last = stackalloc byte[4];
        Base64.EncodeToUtf8(bytes[((bytes.Length - 1) / 3 * 3)..], last, out _, out var length);
        if (!isDone | written != bytes.Length | !text.EndsWith(last[..length]))
            throw NotCanonical();
    }

    private static VaultIntegrityException NotCanonical() => JsonErrors.Member("canonical base64 was expected");
}
