using System.Globalization;

namespace Strongroom.Cryptography;

/// <summary>The format's only form of a time: <c>yyyy-MM-ddTHH:mm:ss.fffZ</c>, UTC, 24 characters.</summary>
public static class CanonicalTime
{
    /// <summary>The number of characters, 24.</summary>
    public const int Length = 24;

    private const string Pattern = "yyyy-MM-dd'T'HH:mm:ss.fff'Z'";

    /// <summary>The text of a time; what is finer than a millisecond is cut off.</summary>
    public static string Format(DateTimeOffset time) =>
        string.Create(Length, time, static (chars, value) => value.UtcDateTime.TryFormat(chars, out _, Pattern, CultureInfo.InvariantCulture));

    /// <summary>Writes the text of a time as UTF-8.</summary>
    /// <param name="time">The time.</param>
    /// <param name="destination">At least <see cref="Length"/> bytes.</param>
    public static void Format(DateTimeOffset time, Span<byte> destination)
    {
        var utc = time.UtcDateTime;
        utc.Deconstruct(out DateOnly date, out var clock);
        date.Deconstruct(out var year, out var month, out var day);
        Digits(destination[..4], year);
        destination[4] = (byte)'-';
        Digits(destination[5..7], month);
        destination[7] = (byte)'-';
        Digits(destination[8..10], day);
        destination[10] = (byte)'T';
        Digits(destination[11..13], clock.Hour);
        destination[13] = (byte)':';
        Digits(destination[14..16], clock.Minute);
        destination[16] = (byte)':';
        Digits(destination[17..19], clock.Second);
        destination[19] = (byte)'.';
        Digits(destination[20..23], clock.Millisecond);
        destination[23] = (byte)'Z';
    }

    /// <summary>Reads exactly the format's form; anything else is refused.</summary>
    public static bool TryParse(ReadOnlySpan<byte> utf8, out DateTimeOffset time)
    {
        time = default;
        if (utf8.Length != Length || !TryRead(utf8, out var value))
            return false;
        // Printing it again leaves no doubt about separators and digits.
        Span<byte> again = stackalloc byte[Length];
        Format(value, again);
        if (!utf8.SequenceEqual(again)) // public
            return false;
        time = value;
        return true;
    }

    /// <summary>Whether a text is a time in the format's form.</summary>
    public static bool IsValid(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        Span<byte> utf8 = stackalloc byte[Length];
        return text.Length == Length && System.Text.Ascii.FromUtf16(text, utf8, out _) == System.Buffers.OperationStatus.Done && TryParse(utf8, out _);
    }

    private static bool TryRead(ReadOnlySpan<byte> text, out DateTimeOffset time)
    {
        time = default;
        var year = Number(text[..4]);
        var month = Number(text[5..7]);
        var day = Number(text[8..10]);
        var (hour, minute, second) = (Number(text[11..13]), Number(text[14..16]), Number(text[17..19]));
        var bad = year is < 1 or > 9999 || month is < 1 or > 12 || (uint)hour > 23 || (uint)minute > 59 || (uint)second > 59;
        if (bad || day < 1 || day > DateTime.DaysInMonth(year, month))
            return false;
        time = new DateTimeOffset(year, month, day, hour, minute, second, Math.Abs(Number(text[20..23])) % 1000, TimeSpan.Zero);
        return true;
    }

    // Garbage in, some number out: printing the time again finds it.
    private static int Number(ReadOnlySpan<byte> digits)
    {
        var number = 0;
        foreach (var digit in digits)
            number = number * 10 + (digit - '0');
        return number;
    }

    private static void Digits(Span<byte> destination, int number)
    {
        for (var i = destination.Length - 1; i >= 0; i--)
        {
            destination[i] = (byte)('0' + number % 10);
            number /= 10;
        }
    }
}
