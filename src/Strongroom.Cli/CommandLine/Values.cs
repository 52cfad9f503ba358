using System.Globalization;

namespace Strongroom.Cli.CommandLine;

/// <summary>Reads what options hold. Errors name the option and what fits, and never repeat what was typed.</summary>
internal static class Values
{
    /// <summary>A whole number in a range.</summary>
    public static long Number(string option, string text, long least, long most) =>
        long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= least && number <= most
            ? number
            : throw CliException.OptionValue(option, $"give a whole number from {least} to {most}");

    /// <summary>A duration such as <c>90s</c>, <c>15m</c>, <c>12h</c>, <c>30d</c>, <c>2w</c> or <c>1d12h</c>.</summary>
    public static TimeSpan Duration(string option, string text) =>
        TryDuration(text, out var duration) ? duration : throw CliException.OptionValue(option, "give a duration such as 90s, 15m, 12h, 30d or 2w");

    /// <summary>A moment: a date, a time with zone, or a duration from now.</summary>
    public static DateTimeOffset Moment(string option, string text, DateTimeOffset now)
    {
        if (TryDuration(text, out var duration) && duration < DateTimeOffset.MaxValue - now)
            return now + duration;
        const DateTimeStyles Utc = DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal;
        string[] forms = ["yyyy-MM-dd", "yyyy-MM-dd'T'HH:mm", "yyyy-MM-dd'T'HH:mm:ss", "yyyy-MM-dd'T'HH:mm:ss.fff", "yyyy-MM-dd'T'HH:mmK", "yyyy-MM-dd'T'HH:mm:ssK", "yyyy-MM-dd'T'HH:mm:ss.fffK"];
        return DateTimeOffset.TryParseExact(text, forms, CultureInfo.InvariantCulture, Utc, out var moment)
            ? moment
            : throw CliException.OptionValue(option, "give a date such as 2027-01-01, a time such as 2027-01-01T09:00Z, or a duration from now such as 30d");
    }

    /// <summary><c>KEY=VALUE</c>.</summary>
    public static KeyValuePair<string, string> Tag(string option, string text)
    {
        var equals = text.IndexOf('=', StringComparison.Ordinal);
        return equals > 0 ? new(text[..equals], text[(equals + 1)..]) : throw CliException.OptionValue(option, "give KEY=VALUE");
    }

    /// <summary><c>NAME</c> or <c>NAME#FIELD</c>.</summary>
    public static (SecretName Name, string? Field) Reference(string text)
    {
        var hash = text.IndexOf('#', StringComparison.Ordinal);
        if (hash < 0)
            return (SecretName.Parse(text), null);
        return hash < text.Length - 1
            ? (SecretName.Parse(text[..hash]), text[(hash + 1)..])
            : throw CliException.Usage("A field name must follow '#'.", "For example: strongroom get db/main#password.");
    }

    /// <summary>One of some words.</summary>
    public static string OneOf(string option, string text, params ReadOnlySpan<string> words) =>
        words.Contains(text) ? text : throw CliException.OptionValue(option, $"give one of {string.Join(", ", words.ToArray())}");

    private static bool TryDuration(string text, out TimeSpan duration)
    {
        duration = TimeSpan.Zero;
        if (text.Length == 0 || text.Length > 32)
            return false;
        var total = 0m;
        for (var i = 0; i < text.Length;)
        {
            var start = i;
            while (i < text.Length && char.IsAsciiDigit(text[i]))
                i++;
            if (i == start || i == text.Length || i - start > 10 || Seconds(text[i++]) is not { } unit)
                return false;
            total += long.Parse(text.AsSpan(start, i - start - 1), CultureInfo.InvariantCulture) * (decimal)unit;
        }

        if (total > 3_652_059m * 86_400)
            return false;
        duration = TimeSpan.FromSeconds((long)total);
        return true;
    }

    private static long? Seconds(char unit) => unit switch
    {
        's' => 1,
        'm' => 60,
        'h' => 3_600,
        'd' => 86_400,
        'w' => 604_800,
        _ => null,
    };
}
