using System.Net;
using System.Text;
using System.Text.Json;
using NSec.Cryptography;
using TradingDesk.Exchange;

namespace TradingDesk.Desk;

/// <summary>
/// The program behind <c>rotators/exchange-key</c>: one step of the rotation of a key at the exchange. The values come on standard input and never as arguments; what it prints is the new key. See <c>docs/rotation.md</c>.
/// A program and not an <c>IRotator</c>, because the operator's command has to call it too. It lives for one step, and the strings that it makes of the values end with it.
/// </summary>
internal static class ExchangeKeyRotator
{
    private const int Failed = 1, Refused = 3;

    public static async Task<int> RunAsync(string step)
    {
        using JsonDocument told = await JsonDocument.ParseAsync(Console.OpenStandardInput());
        using var http = new HttpClient();
        JsonElement old = told.RootElement.GetProperty("old");
        using HttpResponseMessage response = step switch
        {
            "create" => await CreateAsync(http, old),
            // A key that was never activated is forgotten by the exchange, so a crash before this step leaves nothing behind.
            "set" => await SendAsync(http, HttpMethod.Post, $"keys/{Id(told)}/activate", old),
            "verify" => await SendAsync(http, HttpMethod.Get, "account", told.RootElement.GetProperty("new")),
            "revoke" => await SendAsync(http, HttpMethod.Delete, $"keys/{old.GetProperty("key").GetString()}", told.RootElement.GetProperty("new")),
            _ => throw new ArgumentException($"There is no step '{step}'."),
        };
        return response.IsSuccessStatusCode ? 0 : response.StatusCode == HttpStatusCode.Conflict ? Refused : Failed;
    }

    private static async Task<HttpResponseMessage> CreateAsync(HttpClient http, JsonElement old)
    {
        bool isEd25519 = old.GetProperty("secret").GetString()!.StartsWith("-----BEGIN", StringComparison.Ordinal);
        using Key? pair = isEd25519 ? new Key(SignatureAlgorithm.Ed25519, new KeyCreationParameters { ExportPolicy = KeyExportPolicies.AllowPlaintextExport }) : null;
        byte[] body = JsonSerializer.SerializeToUtf8Bytes(new { publicKey = pair?.PublicKey.Export(KeyBlobFormat.RawPublicKey) });
        HttpResponseMessage response = await SendAsync(http, HttpMethod.Post, "keys", old, body);
        if (!response.IsSuccessStatusCode)
            return response;
        using JsonDocument issued = await JsonDocument.ParseAsync(await response.Content.ReadAsStreamAsync());
        string secret = pair is null ? issued.RootElement.GetProperty("secret").GetString()! : Encoding.ASCII.GetString(pair.Export(KeyBlobFormat.PkixPrivateKeyText));
        var answer = new Dictionary<string, object>
        {
            ["new"] = new { key = issued.RootElement.GetProperty("key").GetString(), secret },
            ["expires"] = issued.RootElement.GetProperty("expires").GetDateTimeOffset(),
        };
        Console.WriteLine(JsonSerializer.Serialize(answer));
        return response;
    }

    private static async Task<HttpResponseMessage> SendAsync(HttpClient http, HttpMethod method, string path, JsonElement signer, byte[]? body = null)
    {
        var address = new Uri(new Uri(signer.GetProperty("endpoint").GetString()!), path);
        byte[] secret = Encoding.ASCII.GetBytes(signer.GetProperty("secret").GetString()!);
        using HttpRequestMessage request = SignedRequest.Create(method, address, body, signer.GetProperty("key").GetString()!, SignedRequest.With(secret), TimeProvider.System);
        return await http.SendAsync(request);
    }

    private static string? Id(JsonDocument told) => told.RootElement.GetProperty("new").GetProperty("key").GetString();
}
