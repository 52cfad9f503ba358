using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Strongroom.Tests.Vault;
using static Strongroom.Hosting.Tests.Support;

namespace Strongroom.Hosting.Tests;

/// <summary>Kestrel with real handshakes, and Data Protection over restarts, instances and rotation.</summary>
public sealed class AspNetCoreTests : IDisposable
{
    private readonly TestVault _vault = new();

    public void Dispose() => _vault.Dispose();

    [Fact]
    public async Task New_connections_get_the_new_certificate_old_ones_live_on_and_a_bad_one_is_not_taken()
    {
        (byte[] Certificate, byte[] Key) one = Make("one"), two = Make("two"), old = Make("old", days: -1);
        await using SecretsManager manager = await _vault.CreateAsync();
        var helper = new SecretsHelper(manager);
        await helper.StoreCertificateAsync("tls/api", one.Certificate, one.Key, ct: Ct);
        await using WebApplication application = await ServeAsync();
        int port = new Uri(application.Urls.Single()).Port;
        using SslStream first = await ConnectAsync(port);
        Assert.Equal("CN=one", first.RemoteCertificate!.Subject);

        await helper.StoreCertificateAsync("tls/api", two.Certificate, two.Key, ct: Ct);
        await UntilServed(port, "CN=two");
        Assert.Contains("hello", await GetAsync(first), StringComparison.Ordinal);

        Assert.Equal("SR1130", (await Assert.ThrowsAsync<VaultConfigurationException>(async () => await helper.StoreCertificateAsync("tls/api", one.Certificate, two.Key, ct: Ct))).Code);
        Assert.Equal("SR1131", (await Assert.ThrowsAsync<SecretExpiredException>(async () => await helper.StoreCertificateAsync("tls/api", old.Certificate, old.Key, ct: Ct))).Code);
        using (SecretValue mismatch = Pem(one.Certificate, two.Key))
            await manager.SetAsync("tls/api", mismatch, ct: Ct);
        SecretsManager served = application.Services.GetRequiredService<SecretsManager>();
        await Until(() => served.LiveTroubles.Any(static trouble => trouble.Code == "SR1130"));
        await UntilServed(port, "CN=two");
        using (SecretValue expired = Pem(old.Certificate, old.Key))
            await manager.SetAsync("tls/api", expired, ct: Ct);
        await Until(() => served.LiveTroubles.Any(static trouble => trouble.Code == "SR1131"));
        await UntilServed(port, "CN=two");
        await application.StopAsync(Ct);
    }

    [Fact]
    public async Task A_certificate_that_can_not_be_served_stops_the_start()
    {
        (byte[] certificate, byte[] key) = Make("old", days: -1);
        await using SecretsManager manager = await _vault.CreateAsync();
        using (SecretValue value = Pem(certificate, key))
            await manager.SetAsync("tls/api", value, ct: Ct);

        Assert.Equal("SR1131", (await Assert.ThrowsAsync<SecretExpiredException>(ServeAsync)).Code);
    }

    [Fact]
    public async Task A_pfx_and_a_plain_pem_are_read_too()
    {
        (byte[] certificate, byte[] key) = Make("pem");
        await using SecretsManager manager = await _vault.CreateAsync();
        using (SecretValue pem = SecretValue.FromBytes([.. certificate, .. "\n"u8, .. key]))
            await manager.SetAsync("pem", pem, ct: Ct);
        using (X509Certificate2 pair = X509Certificate2.CreateFromPem(System.Text.Encoding.ASCII.GetString(certificate), System.Text.Encoding.ASCII.GetString(key)))
        using (SecretValue pfx = SecretValue.FromFields([new("pfx", SecretValue.FromBytes(pair.Export(X509ContentType.Pfx, "pw"))), new("password", SecretValue.FromBytes("pw"u8))]))
            await manager.SetAsync("pfx", pfx, ct: Ct);
        var helper = new SecretsHelper(manager);

        using CertificateCredentials one = await helper.GetCertificateAsync("pem", Ct), two = await helper.GetCertificateAsync("pfx", Ct);

        Assert.True(one.Certificate.HasPrivateKey && two.Certificate.HasPrivateKey);
        Assert.Equal(one.Certificate.Thumbprint, two.Certificate.Thumbprint);
        Assert.DoesNotContain("BEGIN", one.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Data_protection_survives_restart_other_instances_and_rotation()
    {
        await (await _vault.CreateAsync()).DisposeAsync();
        string first;
        using (IHost host = Protecting())
        {
            first = Protector(host).Protect("payload");
            using SecretData stored = host.Services.GetRequiredService<SecretsManager>().Get(host.Services.GetRequiredService<SecretsManager>().List(new SecretQuery { Prefix = "dp/oms/" }).Single().Name);
            string xml = stored.Value.DangerousRevealString();
            Assert.Contains("strongroom secret=\"dp-kek\" key=\"k1\"", xml, StringComparison.Ordinal);
            Assert.DoesNotContain("masterKey", xml, StringComparison.Ordinal);
        }

        using IHost again = Protecting(), other = Protecting();
        Assert.Equal("payload", Protector(again).Unprotect(first));
        SecretsManager vault = again.Services.GetRequiredService<SecretsManager>();
        Assert.Equal("k2", await vault.RotateDataProtectionKeyAsync("dp-kek", Ct));
        again.Services.GetRequiredService<Microsoft.AspNetCore.DataProtection.KeyManagement.IKeyManager>().CreateNewKey(DateTimeOffset.UnixEpoch.AddYears(56), DateTimeOffset.UnixEpoch.AddYears(80));
        Assert.Equal(2, vault.List(new SecretQuery { Prefix = "dp/oms/" }).Count);
        Assert.Equal("payload", Protector(other).Unprotect(first));
        using IHost last = Protecting();
        Assert.Equal("payload", Protector(last).Unprotect(first));
    }

    [Fact]
    public async Task Another_secret_can_not_protect_and_a_changed_key_does_not_open()
    {
        await using SecretsManager manager = await _vault.CreateWithAsync("plain");
        Assert.Equal("SR1740", Assert.Throws<VaultConfigurationException>(() => new Strongroom.AspNetCore.KeyRing(manager, "plain").Seal("x"u8)).Code);
        var ring = new Strongroom.AspNetCore.KeyRing(manager, "kek");
        (string id, byte[] sealedBytes) = ring.Seal("x"u8);
        sealedBytes[^1] ^= 1;

        Assert.Equal("SR1742", Assert.Throws<VaultIntegrityException>(() => ring.Open(id, sealedBytes)).Code);
        Assert.Equal("SR1741", Assert.Throws<SecretNotFoundException>(() => new Strongroom.AspNetCore.KeyRing(manager, "none").Open("k1", sealedBytes)).Code);
    }

    private IHost Protecting() => Application((IServiceCollection services) =>
    {
        services.AddStrongroom(_vault.Configure);
        services.AddDataProtection().SetApplicationName("oms").PersistKeysToStrongroom("dp/oms").ProtectKeysWithStrongroom("dp-kek");
    });

    private static IDataProtector Protector(IHost host) => host.Services.GetRequiredService<IDataProtectionProvider>().CreateProtector("test");

    private async Task<WebApplication> ServeAsync()
    {
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Services.AddStrongroom(_vault.Configure);
        builder.WebHost.UseKestrelCore().UseKestrelHttpsConfiguration().ConfigureKestrel(static kestrel =>
        {
            kestrel.UseStrongroomCertificate("tls/api");
            kestrel.Listen(IPAddress.Loopback, 0, static listen => listen.UseHttps());
        });
        WebApplication application = builder.Build();
        application.Run(static context => Microsoft.AspNetCore.Http.HttpResponseWritingExtensions.WriteAsync(context.Response, "hello"));
        await application.StartAsync(Ct);
        return application;
    }

    private static async Task UntilServed(int port, string subject)
    {
        for (int i = 0; i < 600; i++)
        {
            using SslStream stream = await ConnectAsync(port);
            if (stream.RemoteCertificate!.Subject == subject)
                return;
            await Task.Delay(100, Ct);
        }

        Assert.Fail($"{subject} was not served within 60 seconds.");
    }

    private static async Task<SslStream> ConnectAsync(int port)
    {
        var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, port, Ct);

        // The certificates are self-signed, and which one is shown is what is tested.
        var stream = new SslStream(client.GetStream(), leaveInnerStreamOpen: false, static (_, certificate, _, errors) => certificate is not null && (errors & ~SslPolicyErrors.RemoteCertificateChainErrors & ~SslPolicyErrors.RemoteCertificateNameMismatch) == 0);
        await stream.AuthenticateAsClientAsync(new SslClientAuthenticationOptions { TargetHost = "localhost" }, Ct);
        return stream;
    }

    private static async Task<string> GetAsync(SslStream stream)
    {
        await stream.WriteAsync("GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"u8.ToArray(), Ct);
        using var reader = new StreamReader(stream);
        return await reader.ReadToEndAsync(Ct);
    }

    private static SecretValue Pem(byte[] certificate, byte[] key) => SecretValue.FromFields([new("certificate", SecretValue.FromBytes(certificate)), new("key", SecretValue.FromBytes(key))]);

    internal static (byte[] Certificate, byte[] Key) Make(string name, int days = 30)
    {
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        DateTimeOffset now = TimeProvider.System.GetUtcNow();
        using X509Certificate2 certificate = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256).CreateSelfSigned(now.AddDays(-10), now.AddDays(days));
        return (System.Text.Encoding.ASCII.GetBytes(certificate.ExportCertificatePem()), System.Text.Encoding.ASCII.GetBytes(key.ExportPkcs8PrivateKeyPem()));
    }
}
