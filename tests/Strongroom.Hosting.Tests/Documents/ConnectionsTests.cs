using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;
using Strongroom.Backends.Tests.PostgreSql;
using Strongroom.Hosting.Tests.Connections;
using Strongroom.Tests.Vault;
using static Strongroom.Hosting.Tests.Support;

namespace Strongroom.Hosting.Tests.Documents;

/// <summary>What the pages on live secrets, PostgreSQL, HTTP and ASP.NET Core show.</summary>
public sealed class ConnectionsTests(PasswordServer fixture) : IClassFixture<PasswordServer>, IDisposable
{
    private readonly TestVault _vault = new();

    public void Dispose() => _vault.Dispose();

    [Fact]
    public async Task LiveSecrets()
    {
        await using SecretsManager vault = await _vault.CreateAsync();
        await SetAsync(vault, "broker/binance", ("secret", "s1"));
        using (SecretValue seed = SecretValue.FromBytes(RandomNumberGenerator.GetBytes(32)))
            await vault.SetAsync("broker/fix", seed, ct: Ct);
        using LiveSecret hmac = vault.Live("broker/binance", "secret");
        using LiveSecret<Ed25519SigningKey> signer = vault.Live("broker/fix", data => Ed25519SigningKey.Import(data.Value.Span));

        void Sign(ReadOnlySpan<byte> order, Span<byte> mac, Span<byte> signature)
        {
            using SecretLease secret = hmac.Acquire();
            HMACSHA256.HashData(secret.Span, order, mac);
            using SecretLease<Ed25519SigningKey> key = signer.Acquire();
            key.Value.Sign(order, signature);
        }

        byte[] order = "buy 1"u8.ToArray(), mac = new byte[32], signature = new byte[64];
        Sign(order, mac, signature);
        Assert.Equal(HMACSHA256.HashData("s1"u8, order), mac);
        byte[] first = [.. signature];
        using SecretHold<Ed25519SigningKey> held = signer.Hold();
        await Task.Yield();
        held.Value.Sign(order, signature);
        Assert.Equal(first, signature);
    }

    [Fact]
    public async Task PostgreSql()
    {
        await fixture.Server.QueryAsync<object>("CREATE ROLE documented LOGIN PASSWORD 'documented'");
        await using SecretsManager vault = await _vault.CreateAsync();
        using (var login = new DatabaseCredentials("127.0.0.1", fixture.Server.Port, "postgres", "documented", "documented"u8))
            await new SecretsHelper(vault).StoreDatabaseCredentialsAsync("db/oms", login, ct: Ct);
        HostApplicationBuilder builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Services.AddStrongroom(_vault.Configure);
        builder.Services.AddStrongroomNpgsqlDataSource("db/oms", o => o.ConnectionString = "Maximum Pool Size=64");
        using IHost host = builder.Build();
        await host.StartAsync(Ct);

        StrongroomNpgsqlDataSource database = host.Services.GetRequiredService<StrongroomNpgsqlDataSource>();
        await using NpgsqlConnection connection = await database.OpenConnectionAsync();
        await using NpgsqlCommand command = new("SELECT current_user::text", connection);
        string user = (string)(await command.ExecuteScalarAsync())!;
        Assert.Equal("documented", user);

        string connectionString = $"Host=127.0.0.1;Port={fixture.Server.Port};Database=postgres;Username=documented";
        await using NpgsqlDataSource own = new NpgsqlDataSourceBuilder(connectionString).UseStrongroomPassword(vault, "db/oms").Build();
        await (await own.OpenConnectionAsync(Ct)).DisposeAsync();
        await host.StopAsync(Ct);
    }

    [Fact]
    public async Task Http()
    {
        await using Exchange exchange = await Exchange.StartAsync();
        await using SecretsManager vault = await _vault.CreateAsync();
        byte[] seed = RandomNumberGenerator.GetBytes(32);
        using (var pair = Ed25519SigningKey.Import(seed))
            exchange.Keys["k1"] = pair.PublicKey;
        using (SecretValue value = SecretValue.FromFields([new("key", SecretValue.FromBytes("k1"u8)), new("secret", SecretValue.FromBytes(seed))]))
            await vault.SetAsync("broker/venue", value, ct: Ct);
        await SetAsync(vault, "broker/binance", ("key", "k2"), ("secret", "s2"));
        await vault.SetAsync("news/token", "t1");
        foreach (string token in (string[])["k1", "k2", "Bearer t1"])
            exchange.Tokens[token] = true;
        (Uri venue, Uri clearing) = (exchange.Address, exchange.Address);
        HostApplicationBuilder builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Services.AddStrongroom(_vault.Configure);
        builder.Services.AddHttpClient("venue", http => http.BaseAddress = venue).AddStrongroomSigner("broker/venue", RequestSigner.Headers(RequestSignatureAlgorithm.Ed25519));
        builder.Services.AddHttpClient("news", http => http.BaseAddress = venue).AddStrongroomBearer("news/token");
        builder.Services.AddHttpClient("prices", http => http.BaseAddress = venue).AddStrongroomHeader("X-Api-Key", "broker/venue#key");
        builder.Services.AddHttpClient("binance", http => http.BaseAddress = venue).AddStrongroomSigner("broker/binance", RequestSigner.Query("X-MBX-APIKEY"));
        builder.Services.AddHttpClient("clearing", http => http.BaseAddress = clearing).AddStrongroomClientCertificate("tls/clearing", handler => handler.SslOptions.RemoteCertificateValidationCallback = IsClearing);
        RequestSigner own = new()
        {
            Algorithm = RequestSignatureAlgorithm.HmacSha512,
            Encoding = SignatureEncoding.Base64,
            Canonical = request => $"{request.UnixMilliseconds}{request.Request.Method}{request.Request.RequestUri!.PathAndQuery}{request.BodyHash}",
            Attach = (request, signature) =>
            {
                request.SetHeader("X-Timestamp", request.UnixMilliseconds);
                request.SetHeader("X-Signature", signature);
            },
        };
        builder.Services.AddHttpClient("own", http => http.BaseAddress = venue).AddStrongroomSigner("broker/binance", own).AddStrongroomHeader("X-Api-Key", "broker/binance#key");
        using IHost host = builder.Build();
        await host.StartAsync(Ct);
        IHttpClientFactory clients = host.Services.GetRequiredService<IHttpClientFactory>();

        foreach ((string name, string path) in ((string, string)[])[("venue", "/ed25519"), ("news", "/"), ("prices", "/"), ("own", "/")])
        {
            using HttpResponseMessage response = await clients.CreateClient(name).PostAsync(path, new StringContent("x"), Ct);
            Assert.True(response.IsSuccessStatusCode, name);
        }

        using HttpResponseMessage signed = await clients.CreateClient("binance").GetAsync("/account", Ct);
        Assert.Contains("signature=", exchange.Seen.Last(), StringComparison.Ordinal);
        Assert.Equal("SR1417", (await Assert.ThrowsAsync<SecretNotFoundException>(() => clients.CreateClient("clearing").GetAsync("/", Ct))).Code);
        await host.StopAsync(Ct);

        static bool IsClearing(object sender, X509Certificate? certificate, X509Chain? chain, SslPolicyErrors errors) => errors == SslPolicyErrors.None;
    }

    [Fact]
    public async Task AspNetCore()
    {
        await using SecretsManager vault = await _vault.CreateAsync();
        (byte[] certificatePem, byte[] keyPem) = AspNetCoreTests.Make("api");
        await new SecretsHelper(vault).StoreCertificateAsync("tls/api", certificatePem, keyPem);
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelHttpsConfiguration().UseUrls("https://127.0.0.1:0");
        builder.Services.AddStrongroom(_vault.Configure);
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.UseStrongroomCertificate("tls/api"));
        builder.Services.AddDataProtection().SetApplicationName("oms").PersistKeysToStrongroom("dp/oms").ProtectKeysWithStrongroom("dp-kek");
        await using WebApplication application = builder.Build();
        await application.StartAsync(Ct);
        IDataProtector protector = application.Services.GetRequiredService<IDataProtectionProvider>().CreateProtector("page");
        string secret = protector.Protect("payload");

        await vault.RotateDataProtectionKeyAsync("dp-kek");

        Assert.Equal("payload", protector.Unprotect(secret));
        Assert.StartsWith("https://127.0.0.1:", application.Urls.Single(), StringComparison.Ordinal);
        await application.StopAsync(Ct);
    }

    private static async Task SetAsync(SecretsManager vault, string name, params (string Field, string Text)[] fields)
    {
        using SecretValue value = SecretValue.FromFields(fields.Select(static field => new KeyValuePair<string, SecretValue>(field.Field, SecretValue.DangerousFromString(field.Text))));
        await vault.SetAsync(name, value, ct: Ct);
    }
}
