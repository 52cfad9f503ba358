using System.Security.Cryptography;
using System.Text;
using Strongroom;

namespace TradingDesk.Exchange;

/// <summary>How requests to the exchange are signed: method, path, time, nonce and body, each on a line of its own. It is what <see cref="RequestSigner.Headers"/> signs.</summary>
internal static class SignedRequest
{
    /// <summary>The bytes that are signed.</summary>
    public static byte[] Canonical(string method, string path, string timestamp, string nonce, ReadOnlySpan<byte> body) =>
        Encoding.ASCII.GetBytes($"{method}\n{path}\n{timestamp}\n{nonce}\n{Convert.ToHexStringLower(SHA256.HashData(body))}");

    /// <summary>A signed request.</summary>
    /// <param name="method">The method.</param>
    /// <param name="address">Where to.</param>
    /// <param name="body">JSON, or nothing.</param>
    /// <param name="key">What names the key.</param>
    /// <param name="sign">Signs the canonical bytes; the result is the header's text.</param>
    /// <param name="time">The clock.</param>
    public static HttpRequestMessage Create(HttpMethod method, Uri address, ReadOnlyMemory<byte> body, string key, Func<byte[], string> sign, TimeProvider time)
    {
        string timestamp = $"{time.GetUtcNow().ToUnixTimeMilliseconds()}", nonce = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16));
        var request = new HttpRequestMessage(method, address);
        if (!body.IsEmpty)
            request.Content = new ReadOnlyMemoryContent(body) { Headers = { ContentType = new("application/json") } };
        request.Headers.Add("X-Key", key);
        request.Headers.Add("X-Timestamp", timestamp);
        request.Headers.Add("X-Nonce", nonce);
        request.Headers.Add("X-Signature", sign(Canonical(method.Method, address.PathAndQuery, timestamp, nonce, body.Span)));
        return request;
    }

    /// <summary>Signs with a key as the vault has it: PEM is Ed25519, everything else HMAC-SHA256.</summary>
    public static Func<byte[], string> With(ReadOnlyMemory<byte> secret) => message =>
    {
        if (!secret.Span.StartsWith("-----BEGIN"u8))
            return Convert.ToHexStringLower(HMACSHA256.HashData(secret.Span, message));
        using var key = Ed25519SigningKey.Import(secret.Span);
        byte[] signature = new byte[Ed25519SigningKey.SignatureSize];
        key.Sign(message, signature);
        return Convert.ToBase64String(signature);
    };
}
