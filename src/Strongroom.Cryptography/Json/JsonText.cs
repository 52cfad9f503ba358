using System.Buffers;
using System.Globalization;
using System.Text;

namespace Strongroom.Cryptography;

/// <summary>Strings of JSON: which bytes are escaped, and how (RFC 8785, section 3.2.2.2).</summary>
internal static class JsonText
{
    /// <summary>The bytes of the longest escape.</summary>
    public const int MaxEscape = 6;

    private const int CachedNameLength = 32;

    /// <summary>Bytes that can't stand in a string as they are.</summary>
    public static readonly SearchValues<byte> Special = SearchValues.Create([.. Enumerable.Range(0, 0x20).Select(i => (byte)i), (byte)'"', (byte)'\\']);

    // Names repeat in every record. Bounded, and the names of members are public in a readable file. A race costs one string.
    private static readonly string?[] Names = new string?[256];

    /// <summary>Whether a byte is one of <see cref="Special"/>.</summary>
    public static bool IsSpecial(byte value) => value < 0x20 || value is (byte)'"' or (byte)'\\';

    /// <summary>The name of a member as a string.</summary>
    public static string Name(ReadOnlySpan<byte> text, bool escaped, int at)
    {
        if (escaped)
            return Utf8.Strict.GetString(Unescape(text, at));
        if (text.Length is 0 or > CachedNameLength)
            return Utf8.Strict.GetString(text);
        ref var cached = ref Names[(byte)(text[0] * 7 + text[^1] * 31 + text[text.Length / 2] * 17 + text.Length)];
        if (cached is not { } name || !Ascii.Equals(text, name))
            cached = name = Utf8.Strict.GetString(text);
        return name;
    }

    /// <summary>Resolves the escapes; refuses raw control characters and every escape that the canonical form does not have.</summary>
    public static byte[] Unescape(ReadOnlySpan<byte> text, int at)
    {
        var result = new byte[text.Length];
        var length = 0;
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] == (byte)'\\')
                result[length++] = Escape(text[i..], at, ref i);
            else if (text[i] >= 0x20)
                result[length++] = text[i];
            else
                throw JsonErrors.Malformed("a control character in a string", at);
        }
        return result[..length];
    }

    /// <summary>UTF-8 of a text.</summary>
    /// <exception cref="VaultConfigurationException">It holds a lone surrogate, which the default encoding would replace.</exception>
    public static byte[] Encode(string text)
    {
        try
        {
            return Utf8.Strict.GetBytes(text);
        }
        catch (EncoderFallbackException)
        {
            throw JsonErrors.LoneSurrogate();
        }
    }

    /// <summary>Writes one byte of <see cref="Special"/> in its only canonical form.</summary>
    /// <returns>The number of bytes, 2 or 6.</returns>
    public static int WriteEscape(byte special, Span<byte> destination)
    {
        destination[0] = (byte)'\\';
        destination[1] = Short(special);
        if (destination[1] != (byte)'u')
            return 2;
        special.TryFormat(destination[2..], out _, "x4", CultureInfo.InvariantCulture);
        return MaxEscape;
    }

    private static byte Escape(ReadOnlySpan<byte> text, int at, ref int position)
    {
        Span<byte> canonical = stackalloc byte[MaxEscape];
        for (byte special = 0; special <= (byte)'\\'; special++)
        {
            if (!Special.Contains(special))
                continue;
            var length = WriteEscape(special, canonical);
            if (!text.StartsWith(canonical[..length]))
                continue;
            position += length - 1;
            return special;
        }
        throw JsonErrors.Malformed("an escape that the canonical form does not have", at);
    }

    private static byte Short(byte special) => special switch
    {
        (byte)'"' => (byte)'"',
        (byte)'\\' => (byte)'\\',
        (byte)'\b' => (byte)'b',
        (byte)'\t' => (byte)'t',
        (byte)'\n' => (byte)'n',
        (byte)'\f' => (byte)'f',
        (byte)'\r' => (byte)'r',
        _ => (byte)'u',
    };
}
