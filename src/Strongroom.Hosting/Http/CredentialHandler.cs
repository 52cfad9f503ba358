using System.Net;
using Microsoft.Extensions.Logging;

namespace Strongroom.Hosting;

/// <summary>Adds a credential to each request. After a 401 it looks for a newer version of the secret and, if there is one and the request can be sent again, sends it once more.</summary>
internal abstract class CredentialHandler<T>(LiveSource<T> source, ILogger logger) : DelegatingHandler
    where T : class
{
    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        LiveSecret<T> live = await source.GetAsync(cancellationToken).ConfigureAwait(false);
        ReadOnlyMemory<byte> body = ReadsBody && request.Content is { } content ? await content.ReadAsByteArrayAsync(cancellationToken).ConfigureAwait(false) : default;
        Uri? address = request.RequestUri;
        long version = Add(live, request, body);
        HttpResponseMessage response = await SendOnceAsync(request, address, cancellationToken).ConfigureAwait(false);
        if (response.StatusCode != HttpStatusCode.Unauthorized)
            return response;
        if (!IsReplayable(request) || !await LiveSource<T>.HasMovedAsync(live, version, cancellationToken).ConfigureAwait(false))
            return Refused(response, address, version, retried: false);
        response.Dispose();
        request.RequestUri = address;
        version = Add(live, request, body);
        response = await SendOnceAsync(request, address, cancellationToken).ConfigureAwait(false);
        return response.StatusCode == HttpStatusCode.Unauthorized ? Refused(response, address, version, retried: true) : response;
    }

    protected override HttpResponseMessage Send(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        LiveSecret<T> live = source.Get(cancellationToken);
        ReadOnlyMemory<byte> body = ReadsBody && request.Content is { } content ? Waiting.Wait(() => content.ReadAsByteArrayAsync(cancellationToken)) : default;
        Uri? address = request.RequestUri;
        long version = Add(live, request, body);
        HttpResponseMessage response = SendOnce(request, address, cancellationToken);
        if (response.StatusCode != HttpStatusCode.Unauthorized)
            return response;
        if (!IsReplayable(request) || !Waiting.Wait(() => LiveSource<T>.HasMovedAsync(live, version, cancellationToken).AsTask()))
            return Refused(response, address, version, retried: false);
        response.Dispose();
        request.RequestUri = address;
        long next = Add(live, request, body);
        response = SendOnce(request, address, cancellationToken);
        return response.StatusCode == HttpStatusCode.Unauthorized ? Refused(response, address, next, retried: true) : response;
    }

    /// <summary>Whether <see cref="Add(HttpRequestMessage, T, ReadOnlyMemory{byte})"/> needs the body; then it is buffered, and can be sent again.</summary>
    protected virtual bool ReadsBody => false;

    /// <summary>Adds the credential, in place of one that was added before.</summary>
    protected abstract void Add(HttpRequestMessage request, T credential, ReadOnlyMemory<byte> body);

    /// <summary>Takes out again what nobody should find in the request afterwards: it prints its headers.</summary>
    protected virtual void Remove(HttpRequestMessage request)
    {
    }

    private async ValueTask<HttpResponseMessage> SendOnceAsync(HttpRequestMessage request, Uri? address, CancellationToken ct)
    {
        Uri? sent = request.RequestUri;
        try
        {
            return await base.SendAsync(request, ct).ConfigureAwait(false);
        }
        finally
        {
            Remove(request);
            // After a redirection it is where the answer comes from.
            if (ReferenceEquals(request.RequestUri, sent))
                request.RequestUri = address;
        }
    }

    private HttpResponseMessage SendOnce(HttpRequestMessage request, Uri? address, CancellationToken ct)
    {
        Uri? sent = request.RequestUri;
        try
        {
            return base.Send(request, ct);
        }
        finally
        {
            Remove(request);
            // After a redirection it is where the answer comes from.
            if (ReferenceEquals(request.RequestUri, sent))
                request.RequestUri = address;
        }
    }

    private long Add(LiveSecret<T> live, HttpRequestMessage request, ReadOnlyMemory<byte> body)
    {
        using SecretLease<T> lease = live.Acquire();
        Add(request, lease.Value, body);
        return lease.Version;
    }

    // A body that is bytes is the same the second time; a stream may be used up.
    private bool IsReplayable(HttpRequestMessage request) => ReadsBody || request.Content is null or ByteArrayContent or ReadOnlyMemoryContent;

    private HttpResponseMessage Refused(HttpResponseMessage response, Uri? address, long version, bool retried)
    {
        logger.RequestRefused(address?.Host ?? "", source.Name.ToString(), version, retried);
        Telemetry.Refused("http");
        return response;
    }
}
