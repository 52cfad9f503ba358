namespace Strongroom.Bench.Harness;

/// <summary>One line of the table.</summary>
/// <param name="What">What was measured.</param>
/// <param name="Ours">Our figure, with its unit.</param>
/// <param name="Against">What it is compared with, with its unit; empty when the limit stands alone.</param>
/// <param name="Ratio">Ours by theirs; null when there is nothing to compare.</param>
/// <param name="Limit">The limit, in words.</param>
/// <param name="Ok">Whether it is kept; null when there is none.</param>
internal sealed record Measured(string What, string Ours, string Against, double? Ratio, string Limit, bool? Ok)
{
    /// <summary>A comparison of two times in seconds, the medians of rounds that were run in turn.</summary>
    public static Measured Times(string what, Pair seconds, double maxRatio, double? maxSeconds = null)
    {
        string limit = $"at most {maxRatio:0.00} ×" + (maxSeconds is { } most ? $", under {Units.Time(most)}" : "");
        return new Measured(what, Units.Time(seconds.Ours), Units.Time(seconds.Against), seconds.Ratio, limit, seconds.Ratio <= maxRatio && (maxSeconds is null || seconds.Ours < maxSeconds));
    }

    /// <summary>A time with a limit of its own.</summary>
    public static Measured Time(string what, double seconds, double maxSeconds) =>
        new(what, Units.Time(seconds), "", null, $"at most {Units.Time(maxSeconds)}", seconds <= maxSeconds);
}

/// <summary>Medians of two things measured in turn.</summary>
internal readonly record struct Pair(double Ours, double Against)
{
    public double Ratio => Ours / Against;
}
