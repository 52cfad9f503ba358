namespace Strongroom.Hosting;

/// <summary>Connections that show one version of a client certificate.</summary>
internal sealed class CertifiedConnections : IDisposable
{
    public CertifiedConnections(SecretData data, Action<SocketsHttpHandler>? configure, TimeProvider time)
    {
        // Not disposed of with the connections: a handshake that has begun may still need it. The collector ends it.
        CertificateCredentials certificate = CertificateCredentials.Read(data).ThrowIfNotValid(data.Name, time.GetUtcNow());
        var handler = new SocketsHttpHandler { PooledConnectionLifetime = TimeSpan.FromMinutes(2), AllowAutoRedirect = false };
        configure?.Invoke(handler);
        handler.SslOptions.ClientCertificateContext = certificate.ToContext();
        Invoker = new HttpMessageInvoker(handler);
    }

    public HttpMessageInvoker Invoker { get; }

    public void Dispose() => Invoker.Dispose();
}

/// <summary>Sends with the newest certificate: with each version a pool of connections of its own. What is on its way ends on the pool that it began on.</summary>
internal sealed class CertificateHandler(LiveSource<CertifiedConnections> source) : HttpMessageHandler
{
    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        LiveSecret<CertifiedConnections> live = await source.GetAsync(cancellationToken).ConfigureAwait(false);
        using SecretHold<CertifiedConnections> held = live.Hold();
        return await held.Value.Invoker.SendAsync(request, cancellationToken).ConfigureAwait(false);
    }

    protected override HttpResponseMessage Send(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        using SecretHold<CertifiedConnections> held = source.Get(cancellationToken).Hold();
        return held.Value.Invoker.Send(request, cancellationToken);
    }
}
