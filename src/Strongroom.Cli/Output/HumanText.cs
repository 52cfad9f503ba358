using System.Globalization;

namespace Strongroom.Cli.Output;

/// <summary>Times and durations for people.</summary>
internal static class HumanText
{
    /// <summary>To the minute, UTC; a dash for none.</summary>
    public static string Time(DateTimeOffset? time) => time?.UtcDateTime.ToString("yyyy-MM-dd HH:mm'Z'", CultureInfo.InvariantCulture) ?? "-";

    /// <summary>The largest unit that fits, rounded: <c>12 d</c>, <c>5 h</c>, <c>40 s</c>.</summary>
    public static string Duration(TimeSpan time) => time.Duration() switch
    {
        { TotalDays: >= 2 } days => $"{Math.Round(days.TotalDays)} d",
        { TotalHours: >= 2 } hours => $"{Math.Round(hours.TotalHours)} h",
        { TotalMinutes: >= 2 } minutes => $"{Math.Round(minutes.TotalMinutes)} min",
        var seconds => $"{Math.Round(seconds.TotalSeconds)} s",
    };

    /// <summary>A moment relative to now: <c>in 12 d</c>, <c>40 s ago</c>.</summary>
    public static string Relative(DateTimeOffset moment, DateTimeOffset now) => moment >= now ? $"in {Duration(moment - now)}" : $"{Duration(now - moment)} ago";

    /// <summary>Tags as <c>key=value, key=value</c>.</summary>
    public static string Tags(IReadOnlyDictionary<string, string> tags) => tags.Count == 0 ? "-" : string.Join(", ", tags.Select(tag => $"{tag.Key}={tag.Value}"));

    /// <summary>A slot's short name: the first eight digits of its id.</summary>
    public static string Short(string id) => id.Length > 8 ? id[..8] : id;
}
