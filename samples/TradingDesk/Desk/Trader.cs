using System.Net;
using System.Security.Cryptography;
using Npgsql;
using Strongroom;
using TradingDesk.Exchange;

namespace TradingDesk.Desk;

/// <summary>
/// Places orders: each is written to the database, sent to the exchange, and marked as filled. An order that was written is brought to its end whatever happens on the way, so none is lost and none is sent unrecorded.
/// Nothing here knows of rotation: connections and signatures follow their secrets by themselves.
/// </summary>
internal sealed class Trader(StrongroomNpgsqlDataSource database, IHttpClientFactory clients, DeskMetrics metrics, TimeProvider time) : BackgroundService
{
    private const int Workers = 4;
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(20), Retry = TimeSpan.FromMilliseconds(100);
    private static readonly string[] Symbols = ["ABC", "DEF", "GHI"];

    protected override Task ExecuteAsync(CancellationToken stoppingToken) => Task.WhenAll(Enumerable.Range(0, Workers).Select(_ => WorkAsync(stoppingToken)));

    private async Task WorkAsync(CancellationToken stop)
    {
        await Task.Yield();
        // An order on its way when the desk stops has a moment to arrive.
        using var end = new CancellationTokenSource();
        await using CancellationTokenRegistration _ = stop.Register(() => end.CancelAfter(TimeSpan.FromSeconds(10)));
        while (!stop.IsCancellationRequested)
        {
            var order = new Order(Guid.NewGuid(), RandomNumberGenerator.GetItems<string>(Symbols, 1)[0], RandomNumberGenerator.GetInt32(1, 100), RandomNumberGenerator.GetInt32(9000, 11000) / 100m);
            await UntilDoneAsync(ct => ExecuteAsync("INSERT INTO orders (id, symbol, quantity, price) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING", ct, order.Id, order.Symbol, order.Quantity, order.Price), end.Token);
            await UntilDoneAsync(ct => SendAsync(order, ct), end.Token);
            await UntilDoneAsync(ct => ExecuteAsync("UPDATE orders SET filled = true WHERE id = $1", ct, order.Id), end.Token);
            metrics.OrderFilled();
            await Task.Delay(Pause, time, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task UntilDoneAsync(Func<CancellationToken, Task<bool>> step, CancellationToken ct)
    {
        while (!await step(ct))
            await Task.Delay(Retry, time, ct);
    }

    private async Task<bool> ExecuteAsync(string statement, CancellationToken ct, params object[] parameters)
    {
        try
        {
            await using NpgsqlConnection connection = await database.OpenConnectionAsync(ct);
            await using var command = new NpgsqlCommand(statement, connection);
            foreach (object parameter in parameters)
                command.Parameters.Add(new NpgsqlParameter { Value = parameter });
            await command.ExecuteNonQueryAsync(ct);
            return true;
        }
        // No server, or one that is going down or coming up: an outage, which passes. What a server that is well refuses is a failure.
        catch (NpgsqlException error) when (error.SqlState is null or "57P01" or "57P02" or "57P03")
        {
            metrics.QueryWaited();
            return false;
        }
        catch (PostgresException error)
        {
            metrics.QueryFailed(error.SqlState);
            return false;
        }
    }

    private async Task<bool> SendAsync(Order order, CancellationToken ct)
    {
        try
        {
            using HttpResponseMessage response = await clients.CreateClient("orders").PostAsJsonAsync("/orders", order, ct);
            if (response.StatusCode == HttpStatusCode.Unauthorized)
                metrics.OrderRefused();
            return response.IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            metrics.OrderRefused();
            return false;
        }
    }
}
