using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace Strongroom.Hosting;

/// <summary>What this library measures; docs/telemetry.md has the list.</summary>
internal static class Telemetry
{
    public static readonly ActivitySource Source = new(StrongroomTelemetry.Name);

    private static readonly Meter Meter = new(StrongroomTelemetry.Name);
    private static readonly Histogram<double> Reloads = Meter.CreateHistogram<double>("strongroom.reload.duration", "s", "How long it takes to bring configuration up to date.");
    private static readonly Counter<long> Notices = Meter.CreateCounter<long>("strongroom.secret.expiry.notices", "{notice}", "Secrets that have reached a distance from their expiry.");
    private static readonly Counter<long> Refusals = Meter.CreateCounter<long>("strongroom.credential.refusals", "{refusal}", "Credentials of a secret that were refused by whom they are for.");
    private static readonly List<ExpiryTable> Tables = [];

    private static readonly List<RotationRegistration> Rotations = [];

    static Telemetry()
    {
        Meter.CreateObservableGauge("strongroom.secret.time_to_expiry", Measure, "s", "How long secrets still have: the one that expires first, or each where an option asks for names.");
        Meter.CreateObservableGauge("strongroom.rotation.overdue", MeasureOverdue, "{secret}", "Secrets whose rotation is overdue or stuck.");
    }

    public static void Reloaded(TimeSpan duration, string? error)
    {
        if (error is null)
            Reloads.Record(duration.TotalSeconds);
        else
            Reloads.Record(duration.TotalSeconds, new KeyValuePair<string, object?>("error.type", error));
    }

    public static void Noticed(bool expired) => Notices.Add(1, new KeyValuePair<string, object?>("strongroom.secret.expired", expired));

    /// <param name="protocol">Who refused: <c>postgresql</c>, <c>http</c>.</param>
    public static void Refused(string protocol) => Refusals.Add(1, new KeyValuePair<string, object?>("strongroom.credential.protocol", protocol));

    public static void Add(ExpiryTable table)
    {
        lock (Tables)
            Tables.Add(table);
    }

    public static void Remove(ExpiryTable table)
    {
        lock (Tables)
            Tables.Remove(table);
    }

    public static void Add(RotationRegistration rotation)
    {
        lock (Rotations)
            Rotations.Add(rotation);
    }

    public static void Remove(RotationRegistration rotation)
    {
        lock (Rotations)
            Rotations.Remove(rotation);
    }

    private static IEnumerable<Measurement<long>> MeasureOverdue()
    {
        lock (Rotations)
        {
            return [.. Rotations.Select(static rotation => new Measurement<long>(
                rotation.Plans.Count(static plan => plan.IsOverdue), rotation.Key is null ? [] : [new KeyValuePair<string, object?>("strongroom.store.name", rotation.Key)]))];
        }
    }

    private static IEnumerable<Measurement<double>> Measure()
    {
        lock (Tables)
            return [.. Tables.SelectMany(static table => table.Measure())];
    }
}
