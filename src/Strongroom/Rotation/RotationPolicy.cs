using System.Buffers;
using System.Collections.Immutable;

namespace Strongroom.Rotation;

/// <summary>
/// When and how a secret is rotated, as its tags say: <c>rotate.with</c> names the rotator; <c>rotate.every</c>, <c>rotate.cron</c> and <c>rotate.before-expiry</c> say when (the earliest counts);
/// <c>rotate.window</c>, <c>rotate.holidays</c> and <c>rotate.zone</c> when it may happen; <c>rotate.grace</c> and <c>rotate.deadline</c> how long the old value lives on. Other tags
/// <c>rotate.…</c> are the rotator's settings. Tags are authenticated: only who can write to the vault can change a policy.
/// </summary>
public sealed record RotationPolicy
{
    /// <summary>What the tags of a policy begin with.</summary>
    public const string TagPrefix = "rotate.";

    private static readonly string[] Own = ["with", "every", "cron", "before-expiry", "window", "holidays", "zone", "grace", "deadline"];
    private static readonly SearchValues<char> KindCharacters = SearchValues.Create("abcdefghijklmnopqrstuvwxyz0123456789-");

    /// <summary>For a rotation that somebody asked for without a policy.</summary>
    internal static RotationPolicy None { get; } = new() { Rotator = "generated", Windows = RotationWindows.Parse("", "", TimeZoneInfo.Utc) };

    /// <summary>The rotator's kind.</summary>
    public required string Rotator { get; init; }

    /// <summary>How old a version may become, or null.</summary>
    public TimeSpan? Every { get; init; }

    /// <summary>When by the calendar, or null.</summary>
    internal RotationCron? Cron { get; init; }

    /// <summary>How long before its expiry a secret is rotated, or null.</summary>
    public TimeSpan? BeforeExpiry { get; init; }

    /// <summary>When rotations may happen.</summary>
    public required RotationWindows Windows { get; init; }

    /// <summary>How long the old value lives on at least after the new one became current, even when nobody reports to use it.</summary>
    public TimeSpan Grace { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>How long the old value lives on at most, whoever uses it; a day, or half of <see cref="Every"/> when that is less. Without reports of consumers this is how long it lives on.</summary>
    public TimeSpan Deadline { get; init; } = TimeSpan.FromDays(1);

    /// <summary>Reads the policy of a secret; null when it has none.</summary>
    /// <exception cref="VaultConfigurationException">A tag can't be used: names it.</exception>
    public static RotationPolicy? Read(SecretName name, ImmutableSortedDictionary<string, string> tags)
    {
        ArgumentNullException.ThrowIfNull(tags);
        if (tags.GetValueOrDefault(TagPrefix + "with") is not { } rotator)
            return null;
        if (!IsKind(rotator))
            throw Unfit(name, "with", "it is not the name of a rotator");
        TimeZoneInfo zone = Zone(name, tags.GetValueOrDefault(TagPrefix + "zone") ?? "UTC");
        var policy = new RotationPolicy
        {
            Rotator = rotator,
            Every = Duration(name, tags, "every"),
            Cron = ReadCron(name, tags),
            BeforeExpiry = Duration(name, tags, "before-expiry"),
            Windows = ReadWindows(name, tags, zone),
        };
        if (policy.Every < TimeSpan.FromSeconds(1))
            throw Unfit(name, "every", "it is shorter than a second");
        TimeSpan most = policy.Every is { } every && every / 2 < policy.Deadline ? every / 2 : policy.Deadline;
        TimeSpan deadline = Duration(name, tags, "deadline") ?? most;
        TimeSpan grace = Duration(name, tags, "grace") ?? (policy.Grace < deadline ? policy.Grace : deadline);
        if (deadline < grace)
            throw Unfit(name, "deadline", "it is shorter than rotate.grace");
        // The old value of one rotation must be gone before the next one begins.
        if (deadline > policy.Every)
            throw Unfit(name, "deadline", "it is longer than rotate.every");
        return policy with { Grace = grace, Deadline = deadline };
    }

    /// <summary>Whether a text is a rotator's kind.</summary>
    internal static bool IsKind(string text) => text.Length is > 0 and <= 64 && char.IsAsciiLetterLower(text[0]) && !text.AsSpan().ContainsAnyExcept(KindCharacters);

    /// <summary>Refuses settings that the rotator does not know.</summary>
    internal static void CheckSettings(SecretName name, ImmutableSortedDictionary<string, string> tags, IRotator rotator)
    {
        foreach (string key in tags.Keys.Where(static key => key.StartsWith(TagPrefix, StringComparison.Ordinal)).Select(static key => key[TagPrefix.Length..]))
        {
            if (!Own.Contains(key) && !rotator.Settings.Contains(key))
                throw Unfit(name, key, $"the rotator '{rotator.Kind}' has no such setting, it has {(rotator.Settings.Count == 0 ? "none" : string.Join(", ", rotator.Settings))}");
        }
    }

    /// <summary>When the schedule wants the next rotation and why; null when it never does by itself.</summary>
    /// <param name="since">When the current value was written.</param>
    /// <param name="expires">When it expires.</param>
    internal (DateTimeOffset At, string Reason)? Next(DateTimeOffset since, DateTimeOffset? expires)
    {
        List<(DateTimeOffset At, string Reason)> times = [];
        if (Every is { } every)
            times.Add((since + every, "schedule"));
        if (Cron?.Next(since, Windows.Zone) is { } next)
            times.Add((next, "schedule"));
        if (BeforeExpiry is { } before && expires is { } end)
            times.Add((end - before, "expiry"));
        return times.Count == 0 ? null : times.Min();
    }

    internal static VaultConfigurationException Unfit(SecretName name, string key, string why) =>
        new("SR1801", $"The tag '{TagPrefix}{key}' of {name} can't be used: {why}.", $"Correct it: strongroom meta {name} --tag {TagPrefix}{key}=…");

    private static TimeSpan? Duration(SecretName name, ImmutableSortedDictionary<string, string> tags, string key) =>
        tags.GetValueOrDefault(TagPrefix + key) is not { } text ? null
        : RotationText.TryDuration(text, out TimeSpan duration) ? duration : throw Unfit(name, key, "it is not a duration such as 15m, 12h, 30d or 2w");

    private static TimeZoneInfo Zone(SecretName name, string zone) =>
        TimeZoneInfo.TryFindSystemTimeZoneById(zone, out TimeZoneInfo? found) ? found : throw Unfit(name, "zone", "this system knows no such time zone; it is a name such as Europe/London");

    private static RotationCron? ReadCron(SecretName name, ImmutableSortedDictionary<string, string> tags)
    {
        try
        {
            return tags.GetValueOrDefault(TagPrefix + "cron") is { } expression ? RotationCron.Parse(expression) : null;
        }
        catch (FormatException error)
        {
            throw Unfit(name, "cron", error.Message);
        }
    }

    private static RotationWindows ReadWindows(SecretName name, ImmutableSortedDictionary<string, string> tags, TimeZoneInfo zone)
    {
        string windows = tags.GetValueOrDefault(TagPrefix + "window") ?? "";
        try
        {
            return RotationWindows.Parse(windows, tags.GetValueOrDefault(TagPrefix + "holidays") ?? "", zone);
        }
        catch (FormatException error)
        {
            throw Unfit(name, "window", error.Message);
        }
    }
}
