using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Globalization;
using System.Text;
using Strongroom;

namespace TradingDesk.Desk;

/// <summary>
/// The meters of the desk and of Strongroom in the text format of Prometheus: sums of counters, count and sum of histograms, the last value of gauges. So that the sample needs no package; where OpenTelemetry is in use
/// already, it is <c>metrics.AddMeter(StrongroomTelemetry.Name, DeskMetrics.Name)</c> instead.
/// </summary>
internal sealed class MetricsText : IDisposable
{
    private readonly ConcurrentDictionary<string, double> _values = new(StringComparer.Ordinal);
    private readonly MeterListener _listener = new();

    public MetricsText()
    {
        _listener.InstrumentPublished = static (instrument, listener) =>
        {
            if (instrument.Meter.Name is DeskMetrics.Name or StrongroomTelemetry.Name)
                listener.EnableMeasurementEvents(instrument);
        };
        _listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Take(instrument, value, tags));
        _listener.SetMeasurementEventCallback<int>((instrument, value, tags, _) => Take(instrument, value, tags));
        _listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) => Take(instrument, value, tags));
        _listener.Start();
    }

    public string Write()
    {
        _listener.RecordObservableInstruments();
        var text = new StringBuilder();
        foreach ((string name, double value) in _values.OrderBy(static pair => pair.Key, StringComparer.Ordinal))
            text.Append(CultureInfo.InvariantCulture, $"{name} {value:R}\n");
        return text.ToString();
    }

    public void Dispose() => _listener.Dispose();

    private void Take(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        string name = instrument.Name.Replace('.', '_'), labels = Labels(tags);
        if (instrument is Histogram<double> or Histogram<long>)
        {
            Add($"{name}_count{labels}", 1);
            Add($"{name}_sum{labels}", value);
        }
        else if (instrument.IsObservable)
        {
            _values[name + labels] = value;
        }
        else
        {
            Add(name + labels, value);
        }
    }

    private void Add(string series, double value) => _values.AddOrUpdate(series, value, (_, sum) => sum + value);

    private static string Labels(ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        if (tags.IsEmpty)
            return "";
        var text = new StringBuilder("{");
        foreach ((string key, object? value) in tags)
            text.Append(text.Length > 1 ? "," : "").Append(CultureInfo.InvariantCulture, $"{key.Replace('.', '_')}=\"{Escaped(value)}\"");
        return text.Append('}').ToString();
    }

    private static string Escaped(object? value) => $"{value}".Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal);
}
