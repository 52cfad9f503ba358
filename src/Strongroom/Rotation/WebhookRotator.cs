using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;

namespace Strongroom.Rotation;

/// <summary>
/// Rotates through a web service: one POST for each step with the body that <see cref="CommandRotator"/> describes. Requests are signed: <c>Strongroom-Signature: v1=HEX</c> is HMAC-SHA256 over
/// <c>TIMESTAMP.BODY</c> with a key of the vault, and <c>Strongroom-Timestamp</c> the Unix time in seconds, so the service refuses what is forged or old. <c>Idempotency-Key</c> is the rotation's id and the step:
/// the same request may come several times. 2xx: done (the answer to <c>create</c> is the new value; an empty one leaves it to a password; new fields are <c>{"new":{"key":"…"},"expires":"…"}</c>). 409 and 422: refused for good. Others: failed; 5xx, 429 and broken connections are
/// tried three times, then again later. Redirections are not followed: the values would be sent to where another host says.
/// </summary>
public sealed class WebhookRotator : IRotator, IDisposable
{
    private const int Tries = 3;
    private static readonly string[] Known = ["field"];
    private readonly HttpClient _client;
    private readonly Uri _address;
    private readonly SecretName _key;
    private readonly string? _field;
    private readonly TimeProvider _time;

    /// <summary>A rotator.</summary>
    /// <param name="kind">What policies call it.</param>
    /// <param name="address">Where to; https, or http to this machine.</param>
    /// <param name="key">The secret that signs, as <c>name</c> or <c>name#field</c>.</param>
    /// <param name="configure">Sets up the connections: certificates, a proxy.</param>
    /// <param name="time">The clock.</param>
    /// <exception cref="VaultConfigurationException">The address is not one that secrets may be sent to.</exception>
    public WebhookRotator(string kind, Uri address, string key, Action<SocketsHttpHandler>? configure = null, TimeProvider? time = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(kind);
        ArgumentNullException.ThrowIfNull(address);
        ArgumentException.ThrowIfNullOrEmpty(key);
        if (!address.IsAbsoluteUri || !(address.Scheme == Uri.UriSchemeHttps || (address.Scheme == Uri.UriSchemeHttp && address.IsLoopback)))
            throw new VaultConfigurationException("SR1823", $"The address of the rotator '{kind}' is neither https nor on this machine.", "Secrets are sent there: give an address that begins with https.");
        SecretReference reference = SecretReference.Parse(SecretReference.Scheme + key);
        (Kind, _address, _key, _field, _time) = (kind, address, reference.Name, reference.Field, time ?? TimeProvider.System);
        var handler = new SocketsHttpHandler { PooledConnectionLifetime = TimeSpan.FromMinutes(5), UseCookies = false, UseProxy = !address.IsLoopback };
        configure?.Invoke(handler);
        handler.AllowAutoRedirect = false;
        // The engine limits each step.
        _client = new HttpClient(handler) { Timeout = Timeout.InfiniteTimeSpan };
    }

    /// <inheritdoc/>
    public string Kind { get; }

    /// <inheritdoc/>
    public IReadOnlyCollection<string> Settings => Known;

    /// <inheritdoc/>
    public async ValueTask<SecretValue> CreateAsync(RotationContext context, CancellationToken ct)
    {
        ArgumentNullException.ThrowIfNull(context);
        byte[] answer = await SendAsync("create", context, withNew: false, ct).ConfigureAwait(false);
        try
        {
            return RotationAnswer.Value(context, answer);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(answer);
        }
    }

    /// <inheritdoc/>
    public async ValueTask SetAsync(RotationContext context, CancellationToken ct) => await SendAsync("set", context, withNew: true, ct).ConfigureAwait(false);

    /// <inheritdoc/>
    public async ValueTask VerifyAsync(RotationContext context, CancellationToken ct) => await SendAsync("verify", context, withNew: true, ct).ConfigureAwait(false);

    /// <inheritdoc/>
    public async ValueTask RevokeAsync(RotationContext context, CancellationToken ct) => await SendAsync("revoke", context, withNew: true, ct).ConfigureAwait(false);

    /// <inheritdoc/>
    public void Dispose() => _client.Dispose();

    private async ValueTask<byte[]> SendAsync(string step, RotationContext context, bool withNew, CancellationToken ct)
    {
        ArgumentNullException.ThrowIfNull(context);
        using RotationMessage message = RotationMessage.Write(step, context, withNew);
        for (int attempt = 1; ; attempt++)
        {
            try
            {
                using HttpRequestMessage request = await RequestAsync(step, context, message, ct).ConfigureAwait(false);
                using HttpResponseMessage response = await _client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, ct).ConfigureAwait(false);
                if (response.IsSuccessStatusCode)
                    return step == "create" ? await BodyAsync(response, ct).ConfigureAwait(false) : [];
                if (response.StatusCode is HttpStatusCode.Conflict or HttpStatusCode.UnprocessableEntity)
                    throw new RotationException("SR1821", $"The web service of the rotator '{Kind}' refused the step '{step}' with {(int)response.StatusCode}.", "Look at the web service.", isRefusal: true);
                if (attempt == Tries || response.StatusCode is not (>= HttpStatusCode.InternalServerError or HttpStatusCode.TooManyRequests))
                    throw new RotationException("SR1824", $"The web service of the rotator '{Kind}' answered the step '{step}' with {(int)response.StatusCode}.", "Look at the web service; it is tried again.");
            }
            catch (HttpRequestException error) when (attempt == Tries)
            {
                throw new RotationException("SR1824", $"The web service of the rotator '{Kind}' can't be reached: {error.HttpRequestError}.", "Look at the web service; it is tried again.");
            }
            catch (HttpRequestException)
            {
                // Tried again below: the request bears to come twice.
            }

            await Task.Delay(TimeSpan.FromMilliseconds(100 << attempt), _time, ct).ConfigureAwait(false);
        }
    }

    private async ValueTask<HttpRequestMessage> RequestAsync(string step, RotationContext context, RotationMessage message, CancellationToken ct)
    {
        string timestamp = _time.GetUtcNow().ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
        var request = new HttpRequestMessage(HttpMethod.Post, _address) { Content = new ReadOnlyMemoryContent(message.Bytes) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        request.Headers.Add("Idempotency-Key", $"{context.RotationId}-{step}");
        request.Headers.Add("Strongroom-Timestamp", timestamp);
        request.Headers.Add("Strongroom-Signature", "v1=" + await SignAsync(context, timestamp, message, ct).ConfigureAwait(false));
        return request;
    }

    private async ValueTask<string> SignAsync(RotationContext context, string timestamp, RotationMessage message, CancellationToken ct)
    {
        using SecretData key = await context.ReadAsync(_key, ct).ConfigureAwait(false);
        using var hmac = IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, KeyOf(key));
        hmac.AppendData(Encoding.ASCII.GetBytes(timestamp + "."));
        hmac.AppendData(message.Bytes.Span);
        return Convert.ToHexStringLower(hmac.GetHashAndReset());
    }

    private ReadOnlySpan<byte> KeyOf(SecretData data) =>
        _field is null ? data.Value.Span
        : data.Value.TryGetField(_field, out ReadOnlySpan<byte> bytes) ? bytes : throw new SecretNotFoundException("SR1104", $"{data.Name} has no field '{_field}'.", "Correct the rotator's key.");

    private async ValueTask<byte[]> BodyAsync(HttpResponseMessage response, CancellationToken ct)
    {
        byte[] chunk = GC.AllocateArray<byte>(RotationAnswer.MaxLength + 1, pinned: true);
        Stream body = await response.Content.ReadAsStreamAsync(ct).ConfigureAwait(false);
        try
        {
            int length = await body.ReadAtLeastAsync(chunk, chunk.Length, throwOnEndOfStream: false, ct).ConfigureAwait(false);
            return length <= RotationAnswer.MaxLength
                ? chunk[..length]
                : throw new RotationException("SR1820", $"The web service of the rotator '{Kind}' answered more than {RotationAnswer.MaxLength} bytes.", "It must answer the new value and nothing else.");
        }
        finally
        {
            await body.DisposeAsync().ConfigureAwait(false);
            CryptographicOperations.ZeroMemory(chunk);
        }
    }
}
