using System.Globalization;

namespace Strongroom.Rotation;

/// <summary>
/// A cron expression of five fields: minute, hour, day of the month, month, day of the week, each <c>*</c>, numbers, ranges, steps and lists; months and days have names too. As in cron, when both kinds of days are
/// restricted one of them suffices. Times are of a time zone: one that the clocks skip comes when they have been put forward, one that they repeat comes once.
/// </summary>
internal sealed class RotationCron
{
    private const int DaysToLook = 366 * 5;
    private static readonly string[] Months = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"];
    private static readonly string[] Weekdays = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];
    private readonly bool[] _minutes, _hours, _days, _months, _weekdays;
    private readonly bool _eitherDay;

    private RotationCron(string[] fields)
    {
        _minutes = Field(fields[0], 0, 59, []);
        _hours = Field(fields[1], 0, 23, []);
        _days = Field(fields[2], 1, 31, []);
        _months = Field(fields[3], 1, 12, Months);
        _weekdays = Field(fields[4], 0, 7, Weekdays);
        _weekdays[0] |= _weekdays[7];
        _eitherDay = fields[2][0] != '*' && fields[4][0] != '*';
    }

    /// <exception cref="FormatException">It can't be read; says what.</exception>
    public static RotationCron Parse(string expression)
    {
        string[] fields = expression.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return fields.Length == 5 ? new RotationCron(fields) : throw new FormatException("it does not have five fields: minute, hour, day of the month, month, day of the week");
    }

    /// <summary>The first time after a moment; null when there is none within five years.</summary>
    public DateTimeOffset? Next(DateTimeOffset after, TimeZoneInfo zone)
    {
        var first = DateOnly.FromDateTime(TimeZoneInfo.ConvertTime(after, zone).DateTime);
        for (int i = 0; i < DaysToLook; i++)
        {
            DateOnly day = first.AddDays(i);
            if (!Covers(day))
                continue;
            for (int minute = 0; minute < 24 * 60; minute++)
            {
                if (_hours[minute / 60] && _minutes[minute % 60] && RotationWindows.ToMoment(zone, day, TimeSpan.FromMinutes(minute)) is var moment && moment > after)
                    return moment;
            }
        }

        return null;
    }

    private bool Covers(DateOnly day)
    {
        bool ofMonth = _days[day.Day], ofWeek = _weekdays[(int)day.DayOfWeek];
        return _months[day.Month] && (_eitherDay ? ofMonth || ofWeek : ofMonth && ofWeek);
    }

    private static bool[] Field(string text, int least, int most, string[] names)
    {
        var covered = new bool[most + 1];
        foreach (string part in text.Split(','))
        {
            string[] steps = part.Split('/');
            string[] ends = steps[0].Split('-');
            int step = 1;
            if (steps.Length > 2 || ends.Length > 2 || (steps.Length == 2 && !(int.TryParse(steps[1], NumberStyles.None, CultureInfo.InvariantCulture, out step) && step > 0)))
                throw new FormatException($"'{part}' is not a number, range or step");
            bool all = steps[0] == "*";
            int from = all ? least : Number(ends[0], least, most, names);
            int to = all || (ends.Length == 1 && steps.Length == 2) ? most : Number(ends[^1], least, most, names);
            if (to < from)
                throw new FormatException($"'{part}' ends before it begins");
            for (int i = from; i <= to; i += step)
                covered[i] = true;
        }

        return covered;
    }

    private static int Number(string text, int least, int most, string[] names)
    {
        int name = Array.FindIndex(names, name => name.Equals(text, StringComparison.OrdinalIgnoreCase));
        if (name >= 0)
            return name + least;
        return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int number) && number >= least && number <= most
            ? number
            : throw new FormatException($"'{text}' is not a number from {least} to {most}");
    }
}
