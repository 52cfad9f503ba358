using System.Net.Security;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.DependencyInjection;
using Strongroom.Hosting;

namespace Strongroom;

/// <summary>Certificates of Kestrel from a vault.</summary>
public static class KestrelCertificateExtensions
{
    /// <summary>
    /// Serves HTTPS with the certificate of a secret (see <see cref="CertificateCredentials"/>) on every endpoint that has none of its own. When the secret changes, new connections get the new certificate, and those that
    /// are open live on. A version whose key does not fit or that has expired is not taken: the one before stays, and health says so. At the start that is an error.
    /// </summary>
    /// <param name="kestrel">The server's options.</param>
    /// <param name="name">The secret.</param>
    /// <param name="key">The key of the vault; null for the one without.</param>
    public static void UseStrongroomCertificate(this KestrelServerOptions kestrel, string name, string? key = null)
    {
        ArgumentNullException.ThrowIfNull(kestrel);
        kestrel.ConfigureHttpsDefaults(https => https.UseStrongroomCertificate(kestrel.ApplicationServices, name, key));
    }

    /// <summary>The same for one endpoint: <c>listen.UseHttps(https => https.UseStrongroomCertificate(listen.ApplicationServices, "tls/api"))</c>.</summary>
    /// <param name="https">The endpoint's options.</param>
    /// <param name="services">The application's services.</param>
    /// <param name="name">The secret.</param>
    /// <param name="key">The key of the vault; null for the one without.</param>
    public static void UseStrongroomCertificate(this HttpsConnectionAdapterOptions https, IServiceProvider services, string name, string? key = null)
    {
        ArgumentNullException.ThrowIfNull(https);
        ArgumentNullException.ThrowIfNull(services);
        TimeProvider time = services.GetRequiredService<TimeProvider>();
        var secret = SecretName.Parse(name);
        LiveSecret<ServedCertificate> live = Waiting.Live(Waiting.VaultOf(services, key), secret, data => new ServedCertificate(CertificateCredentials.Read(data).ThrowIfNotValid(secret, time.GetUtcNow())));
        https.ServerCertificateSelector = (_, _) => Current(live).Credentials.Certificate;
        Action<Microsoft.AspNetCore.Connections.ConnectionContext, SslServerAuthenticationOptions>? before = https.OnAuthenticate;
        https.OnAuthenticate = (connection, options) =>
        {
            // The context has the chain, and was built once; with the selector alone a chain would be built for each handshake.
            options.ServerCertificateSelectionCallback = null;
            options.ServerCertificateContext = Current(live).Context;
            before?.Invoke(connection, options);
        };
    }

    private static ServedCertificate Current(LiveSecret<ServedCertificate> live)
    {
        using SecretLease<ServedCertificate> lease = live.Acquire();
        return lease.Value;
    }

    // Not disposable: a handshake that has begun uses it for as long as it takes. What nobody uses any more the collector ends.
    private sealed class ServedCertificate(CertificateCredentials credentials)
    {
        public CertificateCredentials Credentials { get; } = credentials;

        public SslStreamCertificateContext Context { get; } = credentials.ToContext();
    }
}
