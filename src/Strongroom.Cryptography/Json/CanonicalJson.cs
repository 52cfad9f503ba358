using System.Buffers;

namespace Strongroom.Cryptography;

/// <summary>Strict reading and canonical writing of JSON (format, section 1; RFC 8785 restricted to integers).</summary>
/// <remarks>
/// The parser knows the canonical form only: white space, an unsorted or repeated member, an escape that need not be there or a number with a sign is a syntax error to it.
/// So there is one text for each value, nothing to compare afterwards, and no way in which two readers could see different things.
/// </remarks>
public static class CanonicalJson
{
    /// <summary>The deepest nesting of objects and arrays.</summary>
    public const int MaxDepth = 64;

    /// <summary>The largest number, 2⁵³−1: every reader of JSON holds it exactly.</summary>
    public const long MaxNumber = (1L << 53) - 1;

    /// <summary>Parses strictly and refuses input that is not byte for byte canonical.</summary>
    /// <param name="utf8">The bytes.</param>
    /// <param name="maxMembers">Cap of the members of one object and the items of one array; all values together are capped at eight times that.</param>
    /// <exception cref="VaultIntegrityException">Not JSON, not canonical, or over a cap.</exception>
    public static JsonValue Parse(ReadOnlySpan<byte> utf8, int maxMembers = 4096)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(maxMembers);
        if (!System.Text.Unicode.Utf8.IsValid(utf8))
            throw JsonErrors.Malformed("invalid UTF-8", 0);
        var parser = new CanonicalJsonParser(utf8, maxMembers);
        try
        {
            return parser.ParseAll();
        }
        finally
        {
            parser.Return();
        }
    }

    /// <summary>Writes a value in canonical form.</summary>
    /// <param name="value">The value.</param>
    /// <param name="destination">Where the UTF-8 bytes go.</param>
    /// <exception cref="VaultLimitException">The value is nested deeper than <see cref="MaxDepth"/>.</exception>
    public static void Write(JsonValue value, IBufferWriter<byte> destination) => new CanonicalJsonWriter(destination).Value(value);
}
