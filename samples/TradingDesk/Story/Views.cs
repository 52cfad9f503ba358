using System.Globalization;
using System.Net.Http.Json;
using System.Text.Json;
using TradingDesk.Exchange;

namespace TradingDesk.Story;

/// <summary>Looks at the desk and at the exchange from outside, as monitoring does.</summary>
internal sealed class Views : IDisposable
{
    private readonly HttpClient _desk;

    public Views(HttpClient exchange, Uri desk, IReadOnlyCollection<string> certificates)
    {
        Exchange = exchange;
        // A new handshake each time, so that the certificate is the one that is served now. It is its own issuer, so those that the deployment has made are trusted, and no others.
        var handler = new SocketsHttpHandler { PooledConnectionLifetime = TimeSpan.Zero };
        handler.SslOptions.RemoteCertificateValidationCallback = (_, certificate, _, _) =>
        {
            Thumbprint = certificate?.GetCertHashString() ?? "";
            return certificates.Contains(Thumbprint);
        };
        _desk = new HttpClient(handler) { BaseAddress = desk };
    }

    public HttpClient Exchange { get; }

    /// <summary>The certificate that the desk served last.</summary>
    public string Thumbprint { get; private set; } = "";

    public Task<string> HealthAsync() => ReadAsync("/health");

    /// <summary>The sum of a metric over all labels that hold a text.</summary>
    public async Task<long> MetricAsync(string name, string label = "") =>
        (await ReadAsync("/metrics")).Split('\n').Where(line => line.Split(' ', '{')[0] == name && line.Contains(label, StringComparison.Ordinal)).Sum(static line => (long)double.Parse(line.Split(' ')[^1], CultureInfo.InvariantCulture));

    /// <summary>What the exchange counted: requests by how it judged them, and orders.</summary>
    public async Task<long> ExchangeCountAsync(string what) =>
        (await Exchange.GetFromJsonAsync<Dictionary<string, long>>("/simulation/counts"))!.GetValueOrDefault(what);

    /// <summary>Sends a signed request that does nothing; null when it is accepted, else why not.</summary>
    public async Task<string?> ProbeAsync(string key, byte[] secret, bool forged = false)
    {
        using HttpRequestMessage request = SignedRequest.Create(HttpMethod.Get, new Uri(Exchange.BaseAddress!, "/account"), default, key, SignedRequest.With(secret), TimeProvider.System);
        if (forged)
            request.RequestUri = new Uri(Exchange.BaseAddress!, "/account?to=somebody-else");
        using HttpResponseMessage response = await Exchange.SendAsync(request);
        return response.IsSuccessStatusCode ? null : (await response.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("refusal").GetString();
    }

    public void Dispose() => _desk.Dispose();

    private async Task<string> ReadAsync(string path)
    {
        using HttpResponseMessage response = await _desk.GetAsync(path);
        return await response.Content.ReadAsStringAsync();
    }
}
