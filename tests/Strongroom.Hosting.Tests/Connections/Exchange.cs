using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Extensions;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using static Strongroom.Hosting.Tests.Support;

namespace Strongroom.Hosting.Tests.Connections;

/// <summary>The other side: a real server on loopback that knows keys by their names and checks tokens, signatures, and that no nonce comes twice.</summary>
internal sealed class Exchange : IAsyncDisposable
{
    private readonly WebApplication _server;
    private readonly ConcurrentDictionary<string, bool> _nonces = new();

    private Exchange(WebApplication server) => _server = server;

    public Uri Address => new(_server.Urls.Single());

    /// <summary>Keys that are taken: for HMAC the secret, for Ed25519 the public key.</summary>
    public ConcurrentDictionary<string, byte[]> Keys { get; } = new();

    public ConcurrentDictionary<string, bool> Tokens { get; } = new();

    public ConcurrentQueue<string> Seen { get; } = new();

    /// <summary>Where every request with a token is sent on to.</summary>
    public Uri? Elsewhere { get; set; }

    /// <summary>Done when a request with a token has come and is not answered yet.</summary>
    public Func<Task>? Meanwhile { get; set; }

    private int _refused;

    public int Refused => Volatile.Read(ref _refused);

    public static async Task<Exchange> StartAsync()
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        WebApplication server = builder.Build();
        var exchange = new Exchange(server);
        server.MapPost("/hmac", context => exchange.SignedAsync(context, static (key, text, signature) => CryptographicOperations.FixedTimeEquals(HMACSHA256.HashData(key, text), Convert.FromHexString(signature))));
        server.MapPost("/ed25519", context => exchange.SignedAsync(context, static (key, text, signature) => Ed25519SigningKey.Verify(key, text, Convert.FromBase64String(signature))));
        server.MapFallback(exchange.TokenAsync);
        await server.StartAsync(Ct);
        return exchange;
    }

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    private async Task SignedAsync(HttpContext context, Func<byte[], byte[], string, bool> verify)
    {
        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body);
        IHeaderDictionary headers = context.Request.Headers;
        string text = $"{context.Request.Method}\n{context.Request.GetEncodedPathAndQuery()}\n{headers["X-Timestamp"]}\n{headers["X-Nonce"]}\n{Convert.ToHexStringLower(SHA256.HashData(body.ToArray()))}";
        bool good = _nonces.TryAdd(headers["X-Nonce"]!, true) && Keys.TryGetValue(headers["X-Key"]!, out byte[]? key) && verify(key, Encoding.UTF8.GetBytes(text), headers["X-Signature"]!);
        Answer(context, good);
    }

    private async Task TokenAsync(HttpContext context)
    {
        string token = context.Request.Headers["X-Api-Key"].Concat(context.Request.Headers.Authorization).FirstOrDefault() ?? "";
        using var reader = new StreamReader(context.Request.Body);
        Seen.Enqueue($"{context.Request.GetEncodedPathAndQuery()} {token} {await reader.ReadToEndAsync()}");
        bool good = Tokens.ContainsKey(token);
        if (Meanwhile is { } act)
            await act();
        if (Elsewhere is null)
            Answer(context, good);
        else
            (context.Response.StatusCode, context.Response.Headers.Location) = (307, Elsewhere.ToString());
    }

    private void Answer(HttpContext context, bool good)
    {
        if (!good)
            Interlocked.Increment(ref _refused);
        context.Response.StatusCode = good ? 200 : 401;
    }
}
