using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Http;
using Microsoft.Extensions.Logging;
using Strongroom.Hosting;

namespace Strongroom;

/// <summary>
/// HTTP clients whose credentials come from a vault and follow it. When an answer is 401, the vault is looked at, and the request is sent once more if the secret has another version than the one that was refused and the body is
/// bytes: a stream is not sent twice. Headers that carry secrets are added beneath the client's logging and removed from the request afterwards. Redirections are
/// not followed by these clients: the answer is handed on.
/// </summary>
public static class StrongroomHttpClientBuilderExtensions
{
    /// <summary>Sends a secret in a header of each request.</summary>
    /// <param name="builder">The client.</param>
    /// <param name="header">The header.</param>
    /// <param name="secret">The secret, or one with a field: <c>broker/binance#key</c>.</param>
    /// <param name="key">The key of the vault; null for the one without.</param>
    public static IHttpClientBuilder AddStrongroomHeader(this IHttpClientBuilder builder, string header, string secret, string? key = null) => AddHeader(builder, header, "", secret, key);

    /// <summary>Sends a secret as a bearer token in each request.</summary>
    /// <param name="builder">The client.</param>
    /// <param name="secret">The secret, or one with a field.</param>
    /// <param name="key">The key of the vault; null for the one without.</param>
    public static IHttpClientBuilder AddStrongroomBearer(this IHttpClientBuilder builder, string secret, string? key = null) => AddHeader(builder, "Authorization", "Bearer ", secret, key);

    /// <summary>Signs each request. The body is buffered for that.</summary>
    /// <param name="builder">The client.</param>
    /// <param name="secret">The secret: its fields are named by the signer; or a plain value, which is the key.</param>
    /// <param name="signer">How.</param>
    /// <param name="key">The key of the vault; null for the one without.</param>
    public static IHttpClientBuilder AddStrongroomSigner(this IHttpClientBuilder builder, string secret, RequestSigner signer, string? key = null)
    {
        ArgumentNullException.ThrowIfNull(signer);
        object source = AddSource(builder, key, SecretName.Parse(secret), (data, _) => new RequestKey(data, signer));
        return AddInside(builder, services => new SigningHandler(services.GetRequiredKeyedService<LiveSource<RequestKey>>(source), signer, services.GetRequiredService<TimeProvider>(), LoggerIn(services)));
    }

    /// <summary>
    /// Shows a client certificate (see <see cref="CertificateCredentials"/>) to servers. Replaces the client's primary handler. When the secret changes, new requests make new connections with the new certificate; what is on its way
    /// ends undisturbed. A version that has expired or whose key does not fit is not taken.
    /// </summary>
    /// <param name="builder">The client.</param>
    /// <param name="secret">The secret.</param>
    /// <param name="configure">Sets up the handler of each version.</param>
    /// <param name="key">The key of the vault; null for the one without.</param>
    public static IHttpClientBuilder AddStrongroomClientCertificate(this IHttpClientBuilder builder, string secret, Action<SocketsHttpHandler>? configure = null, string? key = null)
    {
        object source = AddSource(builder, key, SecretName.Parse(secret), (data, time) => new CertifiedConnections(data, configure, time));
        return builder.ConfigurePrimaryHttpMessageHandler(services => new CertificateHandler(services.GetRequiredKeyedService<LiveSource<CertifiedConnections>>(source)));
    }

    private static IHttpClientBuilder AddHeader(IHttpClientBuilder builder, string header, string prefix, string secret, string? key)
    {
        ArgumentException.ThrowIfNullOrEmpty(header);
        var reference = RequiredSecret.Parse(key, secret);
        object source = AddSource(builder, key, reference.SecretName, (data, _) => HeaderText.Read(data, reference.Field, prefix));
        return AddInside(builder, services => new HeaderHandler(services.GetRequiredKeyedService<LiveSource<HeaderText>>(source), header, LoggerIn(services)));
    }

    // Beneath the client's own logging, which hands header values to structured logs even where it is told to redact them in the text; and after everything else that is configured.
    private static IHttpClientBuilder AddInside(IHttpClientBuilder builder, Func<IServiceProvider, DelegatingHandler> create)
    {
        builder.Services.PostConfigure<HttpClientFactoryOptions>(builder.Name, options => options.HttpMessageHandlerBuilderActions.Add(handlers =>
        {
            FollowNoRedirections(handlers.PrimaryHandler);
            DelegatingHandler handler = create(handlers.Services);
            handler.InnerHandler = handlers.PrimaryHandler;
            handlers.PrimaryHandler = handler;
        }));
        return builder;
    }

    // Whoever follows sends the same headers to where the answer points, which may be another party.
    private static void FollowNoRedirections(HttpMessageHandler? handler)
    {
        while (handler is DelegatingHandler outer)
            handler = outer.InnerHandler;
        if (handler is SocketsHttpHandler { AllowAutoRedirect: true } sockets)
            sockets.AllowAutoRedirect = false;
        else if (handler is HttpClientHandler { AllowAutoRedirect: true } client)
            client.AllowAutoRedirect = false;
    }

    private static object AddSource<T>(IHttpClientBuilder builder, string? key, SecretName name, Func<SecretData, TimeProvider, T> build)
        where T : class
    {
        ArgumentNullException.ThrowIfNull(builder);
        var id = new object();
        builder.Services.AddKeyedSingleton(id, (services, _) =>
        {
            TimeProvider time = services.GetRequiredService<TimeProvider>();
            return new LiveSource<T>(services, key, name, data => build(data, time));
        });
        return id;
    }

    private static ILogger LoggerIn(IServiceProvider services) => services.GetRequiredService<ILoggerFactory>().CreateLogger("Strongroom.Hosting.Http");
}
