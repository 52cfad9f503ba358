using System.Globalization;
using System.Net;
using System.Text;
using Strongroom;
using TradingDesk.Exchange;

namespace TradingDesk.Desk;

/// <summary>Sends quotes as fast as it is let: the hot path, which signs with a key that is ready in memory. Acquiring it costs nanoseconds; a rotation exchanges it between two quotes.</summary>
internal sealed class Quoter(SecretsManager vault, IHttpClientFactory clients, DeskMetrics metrics, TimeProvider time) : BackgroundService
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(10);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using LiveSecret<QuoteKey> key = await vault.LiveAsync("broker/quotes", QuoteKey.Read, stoppingToken);
        HttpClient client = clients.CreateClient("quotes");
        var address = new Uri(client.BaseAddress!, "/quotes");
        for (long number = 1; !stoppingToken.IsCancellationRequested; number++)
        {
            byte[] quote = Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $$"""{"number":{{number}},"bid":99.5,"ask":100.5}"""));
            try
            {
                if (!await SendAsync(client, address, key, quote, stoppingToken))
                    metrics.QuoteRefused();
                metrics.QuoteSent();
            }
            catch (HttpRequestException)
            {
                metrics.QuoteRefused();
            }

            await Task.Delay(Pause, time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task<bool> SendAsync(HttpClient client, Uri address, LiveSecret<QuoteKey> key, byte[] quote, CancellationToken ct)
    {
        (HttpRequestMessage request, long version) = Signed(address, key, quote);
        using HttpResponseMessage response = await client.SendAsync(request, ct);
        if (response.StatusCode != HttpStatusCode.Unauthorized)
            return response.IsSuccessStatusCode;
        // Refused on its way, because the key was exchanged meanwhile? Then it is sent once more, with the new one.
        await key.RefreshAsync(ct);
        (request, long next) = Signed(address, key, quote);
        if (next == version)
            return false;
        using HttpResponseMessage second = await client.SendAsync(request, ct);
        return second.IsSuccessStatusCode;
    }

    // A lease lives on the stack and can't be held over an await; key and name come from one version.
    private (HttpRequestMessage Request, long Version) Signed(Uri address, LiveSecret<QuoteKey> key, byte[] quote)
    {
        using SecretLease<QuoteKey> lease = key.Acquire();
        return (SignedRequest.Create(HttpMethod.Post, address, quote, lease.Value.Id, lease.Value.Sign, time), lease.Version);
    }

    private sealed class QuoteKey(string id, Ed25519SigningKey key) : IDisposable
    {
        public string Id => id;

        public static QuoteKey Read(SecretData data)
        {
            using ApiKey fields = ApiKey.Read(data);
            return new QuoteKey(fields.Key.DangerousRevealString(), Ed25519SigningKey.Import(fields.Secret is { } secret ? secret.Span : []));
        }

        public string Sign(byte[] message)
        {
            Span<byte> signature = stackalloc byte[Ed25519SigningKey.SignatureSize];
            key.Sign(message, signature);
            return Convert.ToBase64String(signature);
        }

        public void Dispose() => key.Dispose();
    }
}
