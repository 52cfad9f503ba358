using System.Globalization;
using System.Security.Cryptography;

namespace Strongroom;

/// <summary>How requests are signed.</summary>
public enum RequestSignatureAlgorithm
{
    /// <summary>HMAC with SHA-256. Lower-case hexadecimal unless told otherwise.</summary>
    HmacSha256,

    /// <summary>HMAC with SHA-512. Lower-case hexadecimal unless told otherwise.</summary>
    HmacSha512,

    /// <summary>Ed25519 (RFC 8032). Base64 unless told otherwise.</summary>
    Ed25519,
}

/// <summary>How a signature is written.</summary>
public enum SignatureEncoding
{
    /// <summary>Lower-case hexadecimal.</summary>
    Hex,

    /// <summary>Base64 with padding.</summary>
    Base64,
}

/// <summary>A request that is about to be signed.</summary>
public sealed class RequestToSign
{
    internal RequestToSign(HttpRequestMessage request, ReadOnlyMemory<byte> body, string? keyId, DateTimeOffset timestamp) =>
        (Request, Body, KeyId, Timestamp, Nonce) = (request, body, keyId, timestamp, Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16)));

    /// <summary>The request; may be changed by <see cref="RequestSigner.Prepare"/> and <see cref="RequestSigner.Attach"/>.</summary>
    public HttpRequestMessage Request { get; }

    /// <summary>The body's bytes; empty when there is none.</summary>
    public ReadOnlyMemory<byte> Body { get; }

    /// <summary>What names the key to the other side, of the same version as the key; null when the secret has none.</summary>
    public string? KeyId { get; }

    /// <summary>When it is signed.</summary>
    public DateTimeOffset Timestamp { get; }

    /// <summary>The same in milliseconds since 1970, as text.</summary>
    public string UnixMilliseconds => Timestamp.ToUnixTimeMilliseconds().ToString(CultureInfo.InvariantCulture);

    /// <summary>128 random bits in hexadecimal, new for each sending.</summary>
    public string Nonce { get; }

    /// <summary>SHA-256 of the body in lower-case hexadecimal.</summary>
    public string BodyHash => Convert.ToHexStringLower(SHA256.HashData(Body.Span));

    /// <summary>The query without its question mark.</summary>
    public string Query => Request.RequestUri is { IsAbsoluteUri: true } address ? address.Query.TrimStart('?') : "";

    /// <summary>Adds to the query; what is added has to be escaped already.</summary>
    public void AppendToQuery(string text)
    {
        Uri address = Request.RequestUri ?? throw new InvalidOperationException("The request has no address.");
        var builder = new UriBuilder(address);
        builder.Query = builder.Query.Length > 1 ? builder.Query + "&" + text : text;
        Request.RequestUri = builder.Uri;
    }

    /// <summary>Sets a header in place of one that is there.</summary>
    public void SetHeader(string name, string value)
    {
        Request.Headers.Remove(name);
        Request.Headers.TryAddWithoutValidation(name, value);
    }
}

/// <summary>
/// How a client's requests are signed: what of a request is signed, and where the signature goes. Key and its name come from one version of the secret, and every sending - also a second one - has a timestamp and nonce of its own.
/// </summary>
public sealed record RequestSigner
{
    /// <summary>The algorithm.</summary>
    public RequestSignatureAlgorithm Algorithm { get; init; }

    /// <summary>The field of the secret with the key; a secret without fields is the key itself.</summary>
    public string SecretField { get; init; } = "secret";

    /// <summary>The field that names the key to the other side; may be missing in the secret.</summary>
    public string KeyIdField { get; init; } = "key";

    /// <summary>How the signature is written; null for what is usual for the algorithm.</summary>
    public SignatureEncoding? Encoding { get; init; }

    /// <summary>Changes the request before it is signed: adds a timestamp to the query, for instance.</summary>
    public Action<RequestToSign>? Prepare { get; init; }

    /// <summary>The text that is signed, in UTF-8.</summary>
    public required Func<RequestToSign, string> Canonical { get; init; }

    /// <summary>Puts the signature into the request.</summary>
    public required Action<RequestToSign, string> Attach { get; init; }

    /// <summary>
    /// Signs method, path and query, time, nonce and body, each on a line of its own, and sends headers <c>X-Key</c>, <c>X-Timestamp</c> (milliseconds), <c>X-Nonce</c>, <c>X-Signature</c>.
    /// </summary>
    /// <param name="algorithm">The algorithm.</param>
    public static RequestSigner Headers(RequestSignatureAlgorithm algorithm = RequestSignatureAlgorithm.HmacSha256) => new()
    {
        Algorithm = algorithm,
        Canonical = static request => $"{request.Request.Method}\n{request.Request.RequestUri?.PathAndQuery}\n{request.UnixMilliseconds}\n{request.Nonce}\n{request.BodyHash}",
        Attach = static (request, signature) =>
        {
            if (request.KeyId is { } key)
                request.SetHeader("X-Key", key);
            request.SetHeader("X-Timestamp", request.UnixMilliseconds);
            request.SetHeader("X-Nonce", request.Nonce);
            request.SetHeader("X-Signature", signature);
        },
    };

    /// <summary>Adds <c>timestamp</c> to the query, signs query and body, and adds <c>signature</c> to the query: as Binance and others want it. The key's name goes into a header.</summary>
    /// <param name="keyHeader">The header that names the key: <c>X-MBX-APIKEY</c> for Binance.</param>
    /// <param name="algorithm">The algorithm.</param>
    public static RequestSigner Query(string keyHeader, RequestSignatureAlgorithm algorithm = RequestSignatureAlgorithm.HmacSha256)
    {
        ArgumentException.ThrowIfNullOrEmpty(keyHeader);
        return new RequestSigner
        {
            Algorithm = algorithm,
            Prepare = static request => request.AppendToQuery("timestamp=" + request.UnixMilliseconds),
            Canonical = static request => request.Query + Cryptography.Utf8.Strict.GetString(request.Body.Span),
            Attach = (request, signature) =>
            {
                request.AppendToQuery("signature=" + Uri.EscapeDataString(signature));
                if (request.KeyId is { } key)
                    request.SetHeader(keyHeader, key);
            },
        };
    }
}
