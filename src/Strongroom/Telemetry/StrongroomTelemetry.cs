using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace Strongroom;

/// <summary>
/// Metrics and traces, under one name: <c>metrics.AddMeter(StrongroomTelemetry.Name)</c>, <c>tracing.AddSource(StrongroomTelemetry.Name)</c>. Never a value; names of secrets only where an option asks for them.
/// The instruments are listed in <c>docs/telemetry.md</c>.
/// </summary>
public static class StrongroomTelemetry
{
    /// <summary>The name of meter and activity source.</summary>
    public const string Name = "Strongroom";

    private static readonly KeyValuePair<string, object?> Hit = new("strongroom.cache.result", "hit"), Miss = new("strongroom.cache.result", "miss");

    internal static ActivitySource Source { get; } = new(Name);

    internal static Meter Meter { get; } = new(Name);

    private static readonly Histogram<double> Reads = Meter.CreateHistogram<double>("strongroom.secret.read.duration", "s", "How long it takes to read a secret.");
    private static readonly Counter<long> Requests = Meter.CreateCounter<long>("strongroom.cache.requests", "{request}", "Reads by whether the record was in memory.");
    private static readonly Histogram<double> Commits = Meter.CreateHistogram<double>("strongroom.commit.duration", "s", "How long a commit takes until it is durable.");
    private static readonly UpDownCounter<long> Open = Meter.CreateUpDownCounter<long>("strongroom.store.open", "{vault}", "Vaults that are unlocked.");

    private static readonly Counter<long> Rotations = Meter.CreateCounter<long>("strongroom.rotation.runs", "{run}", "Rotations by how a run left them.");
    private static readonly Histogram<double> RotationDurations = Meter.CreateHistogram<double>("strongroom.rotation.duration", "s", "From the beginning of a rotation until its new value is current.");

    /// <summary>Whether anybody measures reads: without that a read does not look at the clock.</summary>
    internal static bool MeasuresReads => Reads.Enabled || Requests.Enabled;

    internal static void Read(long started, bool cached)
    {
        Reads.Record(Stopwatch.GetElapsedTime(started).TotalSeconds);
        Requests.Add(1, cached ? Hit : Miss);
    }

    internal static void Committed(long started, string? error)
    {
        if (!Commits.Enabled)
            return;
        double seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
        if (error is null)
            Commits.Record(seconds);
        else
            Commits.Record(seconds, new KeyValuePair<string, object?>("error.type", error));
    }

    internal static void Rotated(string result, string? error)
    {
        var how = new KeyValuePair<string, object?>("strongroom.rotation.result", result.ToLowerInvariant());
        if (error is null)
            Rotations.Add(1, how);
        else
            Rotations.Add(1, how, new KeyValuePair<string, object?>("error.type", error));
    }

    internal static void Promoted(TimeSpan duration) => RotationDurations.Record(duration.TotalSeconds);

    internal static void Opened(int change) => Open.Add(change);
}
