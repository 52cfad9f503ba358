using System.Globalization;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Time.Testing;
using Strongroom.Cryptography;
using Strongroom.Testing;
using Strongroom.Tests.Vault;
using static Strongroom.Hosting.Tests.Support;

namespace Strongroom.Hosting.Tests.Documents;

/// <summary>What the pages on tests, Aspire and the analyzer show.</summary>
public sealed class ToolingTests : IDisposable
{
    private const string Warned = """
        string header = $"Bearer {value.DangerousRevealString()}";
        logger.LogInformation("The key is {Key}", value.DangerousRevealString());
        throw new InvalidOperationException(options.Password);
        """;

    private const string LeftAlone = """
        logger.LogInformation("read {Name} version {Version}", data.Name, data.Metadata.Version);
        byte[] mac = HMACSHA256.HashData(value.Span, "buy 1"u8);
        Send(value.DangerousRevealString());
        """;

    private readonly TestVault _vault = new();

    public void Dispose() => _vault.Dispose();

    [Fact]
    public async Task Tests_of_an_application()
    {
        string folder = Path.Combine(_vault.Folder, "of-the-test");

        var backend = new InMemoryBackend();
        var clock = new FakeTimeProvider(DateTimeOffset.Parse("2027-03-01T09:00:00Z", CultureInfo.InvariantCulture));
        using SecretBuffer key = Credential.NewKeyFile();
        using Unlock unlock = Unlock.FromCredential(Credential.KeyFile(key.Span));
        var options = new VaultOptions { Backend = backend, StateDirectory = folder, Time = clock, Expiry = ExpiryPolicy.Refuse };
        await using SecretsManager vault = await SecretsManager.CreateAsync(options, unlock);
        using (SecretValue first = SecretValue.FromFields([new("secret", SecretValue.FromBytes("s1"u8))]))
            await vault.SetAsync("broker/binance", first, ct: Ct);

        HostApplicationBuilder builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Services.AddStrongroom(o =>
        {
            o.Unlock = () => Unlock.FromCredential(Credential.KeyFile(key.Span));
            o.ConfigureVault = _ => options with { Backend = backend.OpenAnother() };
        }).Require("broker/binance#secret");
        builder.Services.AddStrongroom();
        using IHost host = builder.Build();
        await host.StartAsync(Ct);
        using LiveSecret live = host.Services.GetRequiredService<SecretsManager>().Live("broker/binance", "secret");
        ISecretStore store = host.Services.GetRequiredService<ISecretStore>();

        using (SecretValue next = SecretValue.FromFields([new("secret", SecretValue.FromBytes("s2"u8))]))
            await vault.RotateAsync("broker/binance", next, new RotateOptions { ExpiresAt = clock.GetUtcNow().AddDays(30) });
        await Until(() => live.Version == 2, "The rotation");
        using (SecretData data = await store.GetAsync("broker/binance", ct: Ct))
            Assert.Equal("s2", data.Value.DangerousRevealString("secret"));

        clock.Advance(TimeSpan.FromDays(31));
        await Assert.ThrowsAsync<SecretExpiredException>(async () => await store.GetAsync("broker/binance"));
        await host.StopAsync(Ct);
    }

    [Fact]
    public async Task Aspire()
    {
        await (await _vault.CreateWithAsync("broker/binance")).DisposeAsync();
        HostApplicationBuilder builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Configuration["ConnectionStrings:vault"] = _vault.VaultPath;
        builder.Configuration["ConnectionStrings:archive"] = _vault.VaultPath;
        builder.Configuration["Aspire:Strongroom:Client:KeyFile"] = _vault.KeyPath;

        builder.AddStrongroomClient("vault").Require("broker/binance");
        builder.AddKeyedStrongroomClient("archive", settings => settings.DisableHealthChecks = true);

        using IHost host = builder.Build();
        await host.StartAsync(Ct);
        Assert.Single((await host.Services.GetRequiredService<HealthCheckService>().CheckHealthAsync(Ct)).Entries);
        Assert.Equal(_vault.VaultPath, host.Services.GetRequiredKeyedService<SecretsManager>("archive").Location);
        await host.StopAsync(Ct);
    }

    [Fact]
    public async Task The_analyzer()
    {
        Assert.Equal(["SRG001", "SRG002", "SRG003"], (await AnalyzerTests.WarningsAsync(Warned)).Order(StringComparer.Ordinal));
        Assert.Empty(await AnalyzerTests.WarningsAsync(LeftAlone));
    }

    public sealed class LoginOptions
    {
        public string User { get; set; } = "";

        [Secret]
        public string Password { get; set; } = "";
    }
}
