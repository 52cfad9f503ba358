using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Strongroom.Tests.Vault;
using static Strongroom.Hosting.Tests.Support;

namespace Strongroom.Hosting.Tests.Connections;

/// <summary>A client certificate that changes while requests are on their way, against a server that asks for one.</summary>
public sealed class ClientCertificateTests : IDisposable
{
    private readonly TestVault _vault = new();

    public void Dispose() => _vault.Dispose();

    [Fact]
    public async Task New_requests_show_the_new_certificate_and_an_answer_on_its_way_comes_to_its_end()
    {
        (byte[] Certificate, byte[] Key) server = AspNetCoreTests.Make("server"), one = AspNetCoreTests.Make("one"), two = AspNetCoreTests.Make("two"), old = AspNetCoreTests.Make("old", days: -1);
        await using SecretsManager manager = await _vault.CreateAsync();
        var helper = new SecretsHelper(manager);
        await helper.StoreCertificateAsync("tls/server", server.Certificate, server.Key, ct: Ct);
        await helper.StoreCertificateAsync("tls/client", one.Certificate, one.Key, ct: Ct);
        var more = new TaskCompletionSource();
        await using WebApplication application = await ServeAsync(more.Task);
        using IHost host = Application(services =>
        {
            services.AddStrongroom(_vault.Configure);
            services.AddHttpClient("venue", http => http.BaseAddress = new Uri(application.Urls.Single()))
                .AddStrongroomClientCertificate("tls/client", static handler => handler.SslOptions.RemoteCertificateValidationCallback = static (_, certificate, _, _) => certificate?.Subject == "CN=server");
        });
        await host.StartAsync(Ct);
        HttpClient client = host.Services.GetRequiredService<IHttpClientFactory>().CreateClient("venue");
        Assert.Equal("CN=one", await client.GetStringAsync("/who", Ct));
        using HttpResponseMessage slow = await client.GetAsync("/slow", HttpCompletionOption.ResponseHeadersRead, Ct);
        Task<string> waiting = client.GetStringAsync("/late", Ct);

        await helper.StoreCertificateAsync("tls/client", two.Certificate, two.Key, ct: Ct);
        await Until(() => client.GetStringAsync("/who", Ct).GetAwaiter().GetResult() == "CN=two");
        more.SetResult();

        Assert.Equal("CN=one to the end", await slow.Content.ReadAsStringAsync(Ct));
        Assert.Equal("CN=one late", await waiting);
        SecretsManager used = host.Services.GetRequiredService<SecretsManager>();
        using (SecretValue expired = SecretValue.FromBytes([.. old.Certificate, .. "\n"u8, .. old.Key]))
            await manager.SetAsync("tls/client", expired, ct: Ct);
        await Until(() => used.LiveTroubles.Any(static trouble => trouble.Code == "SR1131"));
        Assert.Equal("CN=two", await client.GetStringAsync("/who", Ct));
        Assert.Equal(HttpStatusCode.OK, client.Send(new HttpRequestMessage(HttpMethod.Get, "/who"), Ct).StatusCode);
        await host.StopAsync(Ct);
    }

    private async Task<WebApplication> ServeAsync(Task more)
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelHttpsConfiguration().UseUrls("https://127.0.0.1:0");
        builder.Services.AddStrongroom(_vault.Configure);
        builder.WebHost.ConfigureKestrel(static kestrel =>
        {
            kestrel.UseStrongroomCertificate("tls/server");
            kestrel.ConfigureHttpsDefaults(https =>
            {
                https.UseStrongroomCertificate(kestrel.ApplicationServices, "tls/server");
                https.ClientCertificateMode = ClientCertificateMode.RequireCertificate;
                https.AllowAnyClientCertificate();
            });
        });
        WebApplication application = builder.Build();
        application.MapGet("/who", static (HttpContext context) => context.Connection.ClientCertificate!.Subject);
        application.MapGet("/late", async (HttpContext context) =>
        {
            await more;
            return context.Connection.ClientCertificate!.Subject + " late";
        });
        application.MapGet("/slow", async (HttpContext context) =>
        {
            await context.Response.WriteAsync(context.Connection.ClientCertificate!.Subject);
            await context.Response.Body.FlushAsync();
            await more;
            await context.Response.WriteAsync(" to the end");
        });
        await application.StartAsync(Ct);
        return application;
    }
}
