using System.Globalization;

namespace Strongroom.Rotation;

/// <summary>
/// When rotations may happen: times of days of the week in a time zone, and whole days on which the market is closed. Text: <c>Mon-Fri 18:00-07:30; Sat,Sun 00:00-24:00</c>. A span that ends before it begins lasts
/// into the next day and belongs to the day on which it begins.
/// </summary>
public sealed class RotationWindows
{
    private static readonly string[] DayNames = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
    private readonly List<Span> _spans;
    private readonly HashSet<DateOnly> _holidays;

    private RotationWindows(List<Span> spans, HashSet<DateOnly> holidays, TimeZoneInfo zone) => (_spans, _holidays, Zone) = (spans, holidays, zone);

    /// <summary>The time zone.</summary>
    public TimeZoneInfo Zone { get; }

    /// <summary>Reads windows.</summary>
    /// <param name="windows">Spans, separated by semicolons; empty: always open.</param>
    /// <param name="holidays">Dates <c>yyyy-MM-dd</c> that are open all day, separated by commas; may be empty.</param>
    /// <param name="zone">The time zone of both.</param>
    /// <exception cref="FormatException">It can't be read; says what.</exception>
    public static RotationWindows Parse(string windows, string holidays, TimeZoneInfo zone)
    {
        ArgumentNullException.ThrowIfNull(windows);
        ArgumentNullException.ThrowIfNull(holidays);
        ArgumentNullException.ThrowIfNull(zone);
        const StringSplitOptions Trimmed = StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries;
        return new RotationWindows(
            [.. windows.Split(';', Trimmed).Select(ParseSpan)],
            [.. holidays.Split(',', Trimmed).Select(static text => DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out DateOnly day) ? day : throw new FormatException($"'{text}' is not a date such as 2027-01-01"))],
            zone);
    }

    /// <summary>Whether a rotation may happen at a moment.</summary>
    public bool IsOpen(DateTimeOffset at)
    {
        if (_spans.Count == 0)
            return true;
        DateTime local = TimeZoneInfo.ConvertTime(at, Zone).DateTime;
        var day = DateOnly.FromDateTime(local);
        if (_holidays.Contains(day))
            return true;
        TimeSpan time = local.TimeOfDay;
        return _spans.Exists(span => (span.Covers(day.DayOfWeek) && time >= span.From && (time < span.To || span.To <= span.From))
            || (span.To <= span.From && span.Covers(day.AddDays(-1).DayOfWeek) && time < span.To));
    }

    /// <summary>The first moment from one on at which a rotation may happen; null when there is none within a year.</summary>
    public DateTimeOffset? NextOpen(DateTimeOffset from)
    {
        if (IsOpen(from))
            return from;
        var first = DateOnly.FromDateTime(TimeZoneInfo.ConvertTime(from, Zone).DateTime);
        for (int i = 0; i <= 366; i++)
        {
            DateOnly day = first.AddDays(i);
            IEnumerable<TimeSpan> begins = _spans.Where(span => span.Covers(day.DayOfWeek)).Select(static span => span.From);
            if (_holidays.Contains(day))
                begins = begins.Append(TimeSpan.Zero);
            foreach (TimeSpan begin in begins.Order())
            {
                DateTimeOffset moment = ToMoment(Zone, day, begin);
                if (moment > from && IsOpen(moment))
                    return moment;
            }
        }

        return null;
    }

    // An hour that the clocks skip begins when they have been put forward; of one that comes twice the first counts.
    internal static DateTimeOffset ToMoment(TimeZoneInfo zone, DateOnly day, TimeSpan time)
    {
        DateTime local = day.ToDateTime(TimeOnly.MinValue) + time;
        while (zone.IsInvalidTime(local))
            local = local.AddMinutes(15);
        TimeSpan offset = zone.IsAmbiguousTime(local) ? zone.GetAmbiguousTimeOffsets(local).Max() : zone.GetUtcOffset(local);
        return new DateTimeOffset(local, offset).ToUniversalTime();
    }

    private static Span ParseSpan(string text)
    {
        string[] words = text.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        if (words.Length is < 1 or > 2)
            throw new FormatException($"'{text}' is not a window such as Mon-Fri 18:00-07:30");
        bool[] days = words.Length == 2 ? ParseDays(words[0]) : [true, true, true, true, true, true, true];
        string[] times = words[^1].Split('-');
        return times.Length == 2 ? new Span(days, ParseTime(times[0]), ParseTime(times[1])) : throw new FormatException($"'{words[^1]}' is not a span such as 18:00-07:30");
    }

    private static bool[] ParseDays(string text)
    {
        var days = new bool[7];
        foreach (string part in text.Split(','))
        {
            string[] ends = part.Split('-');
            int first = Array.IndexOf(DayNames, ends[0]), last = Array.IndexOf(DayNames, ends[^1]);
            if (ends.Length > 2 || first < 0 || last < 0)
                throw new FormatException($"'{part}' is not a day or days such as Mon or Mon-Fri");
            for (int day = first; ; day = (day + 1) % 7)
            {
                days[day] = true;
                if (day == last)
                    break;
            }
        }

        return days;
    }

    private static TimeSpan ParseTime(string text) =>
        text == "24:00" ? TimeSpan.FromDays(1)
        : TimeOnly.TryParseExact(text, "HH:mm", CultureInfo.InvariantCulture, DateTimeStyles.None, out TimeOnly time) ? time.ToTimeSpan()
        : throw new FormatException($"'{text}' is not a time such as 07:30");

    private sealed record Span(bool[] Days, TimeSpan From, TimeSpan To)
    {
        public bool Covers(DayOfWeek day) => Days[(int)day];
    }
}
