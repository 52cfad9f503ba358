using System.Buffers;
using System.Globalization;
using System.Text;
using Strongroom.Cryptography;

namespace Strongroom.Audit;

/// <summary>Reads canonical JSON whose shape is known, from left to right; each method takes exactly the canonical form and moves only on success.</summary>
internal ref struct JsonCursor(ReadOnlySpan<byte> text)
{
    private static readonly SearchValues<byte> StringEnds = SearchValues.Create(
        [.. Enumerable.Range(0, 0x20).Select(static i => (byte)i), (byte)'"', (byte)'\\']);

    private readonly ReadOnlySpan<byte> _text = text;

    /// <summary>How far it has read.</summary>
    public int Position { get; private set; }

    /// <summary>The next byte, or 0 at the end.</summary>
    public readonly byte Peek() => Position < _text.Length ? _text[Position] : (byte)0;

    /// <summary>Exactly these bytes.</summary>
    public bool Literal(scoped ReadOnlySpan<byte> literal)
    {
        if (!_text[Position..].StartsWith(literal))
            return false;
        Position += literal.Length;
        return true;
    }

    /// <summary>A number: decimal, no leading zero, at most 2⁵³−1.</summary>
    public bool Number(out long number)
    {
        number = 0;
        ReadOnlySpan<byte> rest = _text[Position..];
        int length = 0;
        while (length < rest.Length && length < 17 && char.IsAsciiDigit((char)rest[length]))
            number = (number * 10) + (rest[length++] - '0');
        if (length is 0 or 17 || (length > 1 && rest[0] == '0') || number > AuditNumber.Max)
            return false;
        Position += length;
        return true;
    }

    /// <summary>A string with its quotes; gives what is between, still escaped.</summary>
    public bool String(out ReadOnlySpan<byte> raw)
    {
        raw = default;
        if (Peek() != '"')
            return false;
        ReadOnlySpan<byte> rest = _text[(Position + 1)..];
        int length = 0;
        while (true)
        {
            int stop = rest[length..].IndexOfAny(StringEnds);
            if (stop < 0)
                return false;
            length += stop;
            if (rest[length] == '"')
                break;
            int escape = rest[length] == '\\' ? EscapeLength(rest[length..]) : 0;
            if (escape == 0)
                return false;
            length += escape;
        }

        raw = rest[..length];
        Position += length + 2;
        return true;
    }

    /// <summary>32 lower-case hexadecimal digits.</summary>
    public bool Id(out RandomId id)
    {
        id = default;
        if (_text.Length - Position < 2 * RandomId.Size)
            return false;
        Span<byte> bytes = stackalloc byte[RandomId.Size];
        ReadOnlySpan<byte> digits = _text.Slice(Position, 2 * RandomId.Size);
        if (digits.ContainsAnyInRange((byte)'A', (byte)'F') || Convert.FromHexString(digits, bytes, out _, out _) != OperationStatus.Done)
            return false;
        id = RandomId.FromBytes(bytes);
        Position += digits.Length;
        return true;
    }

    /// <summary>32 bytes in canonical base64.</summary>
    public bool Digest(out Digest digest)
    {
        digest = default;
        if (_text.Length - Position < AuditNumber.DigestLength || !AuditNumber.TryDigest(_text.Slice(Position, AuditNumber.DigestLength), out digest))
            return false;
        Position += AuditNumber.DigestLength;
        return true;
    }

    /// <summary>A time: <c>yyyy-MM-ddTHH:mm:ss.fffZ</c>.</summary>
    public bool Time(out DateTimeOffset time)
    {
        const int length = 24;
        time = default;
        if (_text.Length - Position < length)
            return false;
        ReadOnlySpan<byte> t = _text.Slice(Position, length);
        if (t[4] != '-' || t[7] != '-' || t[10] != 'T' || t[13] != ':' || t[16] != ':' || t[19] != '.' || t[23] != 'Z')
            return false;
        int year = Digits(t[..4]), month = Digits(t[5..7]), day = Digits(t[8..10]), hour = Digits(t[11..13]), minute = Digits(t[14..16]), second = Digits(t[17..19]), milli = Digits(t[20..23]);
        if (year < 1 || month is < 1 or > 12 || day < 1 || day > DateTime.DaysInMonth(year, month) || hour is < 0 or > 23 || minute is < 0 or > 59 || second is < 0 or > 59 || milli < 0)
            return false;
        time = new DateTimeOffset(year, month, day, hour, minute, second, milli, TimeSpan.Zero);
        Position += length;
        return true;
    }

    /// <summary>The text of a string that <see cref="String"/> has taken.</summary>
    public static string Unescape(ReadOnlySpan<byte> raw)
    {
        string text = Utf8.Strict.GetString(raw);
        if (!text.Contains('\\', StringComparison.Ordinal))
            return text;
        var result = new StringBuilder(text.Length);
        for (int i = 0; i < text.Length; i++)
        {
            if (text[i] != '\\')
            {
                result.Append(text[i]);
                continue;
            }

            char escape = text[++i];
            if (escape == 'u')
            {
                result.Append((char)int.Parse(text.AsSpan(i + 1, 4), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture));
                i += 4;
            }
            else
            {
                int known = "btnfr".IndexOf(escape, StringComparison.Ordinal);
                result.Append(known < 0 ? escape : "\b\t\n\f\r"[known]);
            }
        }

        return result.ToString();
    }

    // The one canonical escape of each character that needs one (RFC 8785, section 3.2.2.2).
    private static int EscapeLength(ReadOnlySpan<byte> rest)
    {
        if (rest.Length < 2)
            return 0;
        if ("\"\\btnfr"u8.Contains(rest[1]))
            return 2;
        if (rest[1] != 'u' || rest.Length < 6 || !rest[2..5].SequenceEqual("000"u8) && !rest[2..5].SequenceEqual("001"u8)) // public
            return 0;
        bool isShort = rest[4] == '0' && "89acd"u8.Contains(rest[5]);
        return !isShort && "0123456789abcdef"u8.Contains(rest[5]) ? 6 : 0;
    }

    private static int Digits(ReadOnlySpan<byte> digits)
    {
        int number = 0;
        foreach (byte digit in digits)
        {
            if (!char.IsAsciiDigit((char)digit))
                return -1;
            number = (number * 10) + (digit - '0');
        }

        return number;
    }
}
