using System.Collections.Concurrent;

namespace TradingDesk.Exchange;

/// <summary>A simulated exchange: takes orders and quotes with good signatures, issues and revokes keys, changes FIX passwords, and counts what it saw. What begins with <c>/simulation</c> no exchange has.</summary>
internal static class ExchangeHost
{
    private static readonly TimeSpan Lifetime = TimeSpan.FromDays(30);

    public static async Task RunAsync(string[] args)
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder(args);
        WebApplication app = builder.Build();
        var keys = new KeyRing(TimeProvider.System);
        var fix = new FixAccount();
        var counts = new ConcurrentDictionary<string, long>(StringComparer.Ordinal);
        var orders = new ConcurrentDictionary<Guid, bool>();

        app.Use(async (context, next) =>
        {
            if (context.Request.Path.StartsWithSegments("/simulation", StringComparison.Ordinal) || context.Request.Path.StartsWithSegments("/fix", StringComparison.Ordinal))
            {
                await next(context);
                return;
            }

            context.Request.EnableBuffering();
            using var body = new MemoryStream();
            await context.Request.Body.CopyToAsync(body, context.RequestAborted);
            context.Request.Body.Position = 0;
            string? refusal = keys.Refusal(context.Request, body.ToArray());
            counts.AddOrUpdate(refusal ?? "accepted", 1, static (_, count) => count + 1);
            if (refusal is null)
                await next(context);
            else
                await Results.Json(new { refusal }, statusCode: StatusCodes.Status401Unauthorized).ExecuteAsync(context);
        });

        // The same order may come twice: its sender can't know whether the first answer was lost.
        app.MapPost("/orders", (Order order) => Results.Ok(new { fresh = orders.TryAdd(order.Id, true) }));
        app.MapPost("/quotes", () => Results.Ok());
        app.MapGet("/account", () => Results.Ok());
        app.MapPost("/keys", (KeyRequest request) => keys.Issue(request.PublicKey, Lifetime, VenueKey.Standing.Pending));
        app.MapPost("/keys/{id}/activate", (string id) => keys.Move(id, VenueKey.Standing.Active) ? Results.Ok() : Results.Conflict());
        app.MapDelete("/keys/{id}", (string id) => keys.Move(id, VenueKey.Standing.Revoked) ? Results.Ok() : Results.Conflict());
        app.MapPost("/fix/logon", async (HttpContext context) =>
        {
            using var reader = new StreamReader(context.Request.Body);
            if (fix.Logon(await reader.ReadToEndAsync(context.RequestAborted)) is { } answer)
                await context.Response.WriteAsync(answer);
            else
                context.Abort();
        });

        app.MapPost("/simulation/keys", (KeyRequest request, int seconds) => keys.Issue(request.PublicKey, TimeSpan.FromSeconds(seconds), VenueKey.Standing.Active));
        app.MapPost("/simulation/fix", (FixRequest request) => fix.Open(request.Password));
        app.MapPost("/simulation/fix/lose-next-reply", fix.LoseNextReply);
        app.MapGet("/simulation/counts", () => new Dictionary<string, long>(counts, StringComparer.Ordinal) { ["orders"] = orders.Count });
        await app.RunAsync();
    }

    internal sealed record KeyRequest(byte[]? PublicKey);

    internal sealed record FixRequest(string Password);
}

/// <summary>An order; its id is the sender's.</summary>
internal sealed record Order(Guid Id, string Symbol, int Quantity, decimal Price);
