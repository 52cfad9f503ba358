using System.Buffers.Text;

namespace Strongroom.Cryptography.Age;

/// <summary>Base64 without padding that has one text for each value, as age's header wants it.</summary>
internal static class AgeBase64
{
    /// <summary>Decodes, or null when the text is anything but canonical.</summary>
    public static byte[]? TryDecode(ReadOnlySpan<byte> text)
    {
        if (text.Length % 4 == 1)
            return null;
        Span<byte> padded = new byte[(text.Length + 3) / 4 * 4];
        padded.Fill((byte)'=');
        text.CopyTo(padded);
        var bytes = new byte[text.Length * 3 / 4];
        // The decoder refuses bits that mean nothing; white space and padding inside make fewer bytes than the text has room for.
        return Base64.DecodeFromUtf8(padded, bytes, out _, out var written) == System.Buffers.OperationStatus.Done && written == bytes.Length
            ? bytes
            : null;
    }

    public static byte[] Encode(ReadOnlySpan<byte> bytes)
    {
        var text = new byte[Base64.GetMaxEncodedToUtf8Length(bytes.Length)];
        Base64.EncodeToUtf8(bytes, text, out _, out _);
        return text.AsSpan().TrimEnd((byte)'=').ToArray();
    }
}
