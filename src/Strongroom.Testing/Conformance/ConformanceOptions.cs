namespace Strongroom.Testing.Conformance;

/// <summary>How hard and how long the kit tries.</summary>
public sealed record ConformanceOptions
{
    /// <summary>Where all randomness comes from; vary it in nightly runs. A failure names it.</summary>
    public int Seed { get; init; } = 1;

    /// <summary>Operations of the random cross test.</summary>
    public int Operations { get; init; } = 300;

    /// <summary>Writers that race.</summary>
    public int Writers { get; init; } = 4;

    /// <summary>Commits that each of them has to get through.</summary>
    public int CommitsPerWriter { get; init; } = 25;

    /// <summary>How long a watch may take to give its hint, and a cancelled call to end.</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How long one check may take; one that hangs fails then.</summary>
    public TimeSpan CheckTimeout { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>Limits of bytes above this are not tried out.</summary>
    public long MaxProbeBytes { get; init; } = 64L << 20;

    /// <summary>Limits of rows above this are not tried out.</summary>
    public int MaxProbeRows { get; init; } = 20_000;
}
