using System.Diagnostics.Metrics;

namespace TradingDesk.Desk;

/// <summary>What the desk counts.</summary>
internal sealed class DeskMetrics : IDisposable
{
    public const string Name = "TradingDesk";

    private readonly Meter _meter = new(Name);
    private readonly Counter<long> _filled, _ordersRefused, _quotes, _quotesRefused, _waits, _failures;

    public DeskMetrics()
    {
        _filled = _meter.CreateCounter<long>("desk.orders.filled", "{order}", "Orders that were written, sent and marked.");
        _ordersRefused = _meter.CreateCounter<long>("desk.orders.refused", "{order}", "Times that the exchange did not take an order; it was sent again.");
        _quotes = _meter.CreateCounter<long>("desk.quotes.sent", "{quote}", "Quotes sent.");
        _quotesRefused = _meter.CreateCounter<long>("desk.quotes.refused", "{quote}", "Quotes that the exchange did not take.");
        _waits = _meter.CreateCounter<long>("desk.queries.waited", "{query}", "Times that the database was away; the query was made again.");
        _failures = _meter.CreateCounter<long>("desk.queries.failed", "{query}", "Queries and logins that the database refused.");
        // A counter that has not counted yet is there all the same, so that alerts on it can be written.
        foreach (Counter<long> counter in (Counter<long>[])[_filled, _ordersRefused, _quotes, _quotesRefused, _waits])
            counter.Add(0);
    }

    public void OrderFilled() => _filled.Add(1);

    public void OrderRefused() => _ordersRefused.Add(1);

    public void QuoteSent() => _quotes.Add(1);

    public void QuoteRefused() => _quotesRefused.Add(1);

    public void QueryWaited() => _waits.Add(1);

    public void QueryFailed(string sqlState) => _failures.Add(1, new KeyValuePair<string, object?>("error.type", sqlState));

    public void Dispose() => _meter.Dispose();
}
