using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using Strongroom.Tests.Vault;
using static Strongroom.Hosting.Tests.Support;

namespace Strongroom.Hosting.Tests.Documents;

/// <summary>What the pages on configuration, dependency injection and health show.</summary>
public sealed class ConfigurationAndServicesTests : IDisposable
{
    private readonly TestVault _vault = new(), _archive = new();

    public void Dispose()
    {
        _vault.Dispose();
        _archive.Dispose();
    }

    [Fact]
    public async Task Configuration()
    {
        await using (SecretsManager vault = await _vault.CreateAsync())
        {
            await SetAsync(vault, "prod/oms/broker", "key", "k1");
            await SetAsync(vault, "db/oms", "password", "p1");
        }

        (string vaultFile, string keyFile, string snapshotFile) = (_vault.VaultPath, _vault.KeyPath, Path.Combine(_vault.Folder, "snapshot.json"));
        HostApplicationBuilder builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Configuration.AddInMemoryCollection([new("ConnectionStrings:Oms", "Host=db.internal;Username=oms;Password=${strongroom://db/oms#password}")]);
        builder.Configuration.AddStrongroom(o =>
        {
            o.Vault = vaultFile;        // or STRONGROOM_VAULT
            o.KeyFile = keyFile;        // or STRONGROOM_KEY_FILE, STRONGROOM_PASSPHRASE_FILE
            o.Prefix = "prod/oms/";     // prod/oms/broker with a field key is broker:key
            o.Select = entry => entry.Metadata.SecretType != SecretType.Certificate;
            o.SnapshotFile = snapshotFile;
        });
        builder.Services.AddStrongroom();
        builder.Services.Configure<BrokerOptions>(builder.Configuration.GetSection("broker"));
        string view = ((IConfigurationRoot)builder.Configuration).GetRedactedDebugView();

        using IHost host = builder.Build();
        await host.StartAsync(Ct);
        Assert.Equal("Host=db.internal;Username=oms;Password=p1", builder.Configuration.GetConnectionString("Oms"));
        Assert.Equal("k1", host.Services.GetRequiredService<IOptionsMonitor<BrokerOptions>>().CurrentValue.Key);
        Assert.DoesNotContain("k1", view, StringComparison.Ordinal);
        Assert.DoesNotContain("p1", view, StringComparison.Ordinal);
        await Until(() => File.Exists(snapshotFile));
        await host.StopAsync(Ct);
    }

    [Fact]
    public async Task Services()
    {
        await using (SecretsManager vault = await _vault.CreateAsync())
        {
            await SetAsync(vault, "broker/binance", "key", "k1");
            await SetAsync(vault, "db/oms", "password", "p1");
        }

        await (await _archive.CreateAsync()).DisposeAsync();
        File.Copy(_vault.KeyPath, _archive.KeyPath, overwrite: true);
        Directory.Delete(Path.GetDirectoryName(_archive.VaultPath)!, recursive: true);
        Directory.CreateDirectory(Path.GetDirectoryName(_archive.VaultPath)!);
        using (Unlock unlock = Unlock.KeyFile(_vault.KeyPath))
            await (await SecretsManager.CreateAsync(_archive.Options with { StateDirectory = Path.Combine(_archive.Folder, "state-2") }, unlock, Ct)).DisposeAsync();
        (string vaultFile, string keyFile, string archiveFile) = (_vault.VaultPath, _vault.KeyPath, _archive.VaultPath);
        HostApplicationBuilder builder = Host.CreateEmptyApplicationBuilder(null);
        StrongroomExit.UseExitCodes();
        builder.Services.AddStrongroom(o => (o.Vault, o.KeyFile) = (vaultFile, keyFile)).Require("broker/binance", "db/oms#password");
        builder.Services.AddKeyedStrongroom("archive", o => (o.Vault, o.KeyFile) = (archiveFile, keyFile));
        builder.Services.AddOptions<BrokerOptions>().BindStrongroom("broker/binance").ValidateOnStart();

        using IHost host = builder.Build();
        await host.StartAsync(Ct);
        SecretsHelper secrets = host.Services.GetRequiredService<SecretsHelper>();
        using ApiKey key = await secrets.GetApiKeyAsync("broker/binance");
        SecretsManager archive = host.Services.GetRequiredKeyedService<SecretsManager>("archive");
        Assert.Equal("k1", key.Key.DangerousRevealString());
        Assert.Equal(archiveFile, archive.Location);
        Assert.Equal("k1", host.Services.GetRequiredService<IOptions<BrokerOptions>>().Value.Key);
        await host.StopAsync(Ct);
    }

    [Fact]
    public async Task Health()
    {
        string token = "a-token-of-a-broker";
        await using (SecretsManager vault = await _vault.CreateAsync())
            await vault.SetAsync("broker/token", token, new SetOptions { ExpiresAt = TimeProvider.System.GetUtcNow().AddDays(7).AddMinutes(1) });
        HostApplicationBuilder builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Services.AddStrongroom(_vault.Configure);
        List<string> told = [];
        builder.Services.AddStrongroom().MaskLogs().OnExpiry((services, notice, ct) =>
        {
            told.Add($"{notice.Name} expires in {notice.Remaining.TotalDays:0} days");
            return ValueTask.CompletedTask;
        });
        builder.Services.AddHealthChecks().AddStrongroom(tags: ["ready"], configure: o => o.ExpiryWindow = TimeSpan.FromDays(14));

        using IHost host = builder.Build();
        await host.StartAsync(Ct);
        using (SecretData _ = host.Services.GetRequiredService<SecretsManager>().Get("broker/token"))
        {
            string safe = host.Services.GetRequiredService<ISecretMask>().Mask("the token is " + token);
            Assert.Equal("the token is ***", safe);
        }

        Assert.Equal(HealthStatus.Degraded, (await host.Services.GetRequiredService<HealthCheckService>().CheckHealthAsync(Ct)).Status);
        await Until(() => told.Count > 0);
        Assert.Equal("broker/token expires in 7 days", told[0]);
        await host.StopAsync(Ct);
    }

    private static async Task SetAsync(SecretsManager vault, string name, string field, string text)
    {
        using SecretValue value = SecretValue.FromFields([new(field, SecretValue.DangerousFromString(text))]);
        await vault.SetAsync(name, value, ct: Ct);
    }

    private sealed class BrokerOptions
    {
        public string? Key { get; set; }
    }
}
