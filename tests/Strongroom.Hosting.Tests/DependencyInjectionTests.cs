using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging.Testing;
using Strongroom.Tests.Vault;
using static Strongroom.Hosting.Tests.Support;

namespace Strongroom.Hosting.Tests;

/// <summary>Vaults in a container: opened before anything serves, one instance for each key, wiped with the container.</summary>
public sealed class DependencyInjectionTests : IDisposable
{
    private readonly TestVault _vault = new();

    public void Dispose() => _vault.Dispose();

    [Fact]
    public async Task The_vault_is_one_instance_behind_all_its_services_and_ends_with_the_container()
    {
        await (await _vault.CreateWithAsync("a")).DisposeAsync();
        using IHost host = Application((IServiceCollection services) => services.AddStrongroom(_vault.Configure));

        await host.StartAsync(Ct);
        SecretsManager manager = host.Services.GetRequiredService<SecretsManager>();
        Assert.Same(manager, host.Services.GetRequiredService<ISecretStore>());
        Assert.Same(manager, host.Services.GetRequiredService<IVersionedSecretStore>());
        Assert.NotNull(host.Services.GetRequiredService<SecretsHelper>());
        Assert.Equal("value of a", await manager.TextAsync("a"));
        using LiveSecret live = manager.Live("a");
        await host.StopAsync(Ct);
        host.Dispose();

        Assert.Throws<ObjectDisposedException>(() => manager.Get("a"));
        Assert.Throws<ObjectDisposedException>(() => live.Acquire().Dispose());
    }

    [Fact]
    public async Task Two_vaults_by_key()
    {
        using var second = new TestVault();
        await (await _vault.CreateWithAsync("a")).DisposeAsync();
        await (await second.CreateWithAsync("b")).DisposeAsync();
        using IHost host = Application((IServiceCollection services) =>
        {
            services.AddStrongroom(_vault.Configure).Require("a");
            services.AddKeyedStrongroom("hsm", second.Configure).Require("b");
        });

        await host.StartAsync(Ct);

        Assert.NotSame(host.Services.GetRequiredService<SecretsManager>(), host.Services.GetRequiredKeyedService<SecretsManager>("hsm"));
        Assert.Equal("value of b", await host.Services.GetRequiredKeyedService<ISecretStore>("hsm").TextAsync("b"));
        await host.StopAsync(Ct);
    }

    [Fact]
    public async Task Missing_secrets_stop_the_start_before_another_service_and_are_all_named_with_their_remedy()
    {
        await using SecretsManager manager = await _vault.CreateWithAsync("a");
        var other = new Witness();
        var log = new FakeLoggerProvider();
        using IHost host = Application((IServiceCollection services) =>
        {
            services.AddHostedService(_ => other);
            services.AddStrongroom(_vault.Configure).Require("a", "broker/binance", "a#password");
            services.AddSingleton<Microsoft.Extensions.Logging.ILoggerProvider>(log);
        });

        SecretNotFoundException error = await Assert.ThrowsAsync<SecretNotFoundException>(() => host.StartAsync(Ct));

        Assert.Equal("SR1704", error.Code);
        Assert.Contains("'broker/binance' is missing", error.Message, StringComparison.Ordinal);
        Assert.Contains("'a' has no field 'password'", error.Message, StringComparison.Ordinal);
        Assert.Contains("strongroom set broker/binance", error.Hint, StringComparison.Ordinal);
        Assert.False(other.WasStarted);
        Assert.Contains(log.Collector.GetSnapshot(), record => record.Id.Id == 1004 && record.Message.Contains("broker/binance", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_vault_that_can_not_be_opened_stops_the_start_and_says_why()
    {
        using IHost host = Application((IServiceCollection services) => services.AddStrongroom(_vault.Configure));

        Assert.Equal("SR1410", (await Assert.ThrowsAsync<VaultUnavailableException>(() => host.StartAsync(Ct))).Code);
    }

    [Fact]
    public void What_is_registered_twice_or_names_nothing_is_refused()
    {
        var services = new ServiceCollection();
        services.AddStrongroom(_vault.Configure);
        services.AddStrongroom().Require("a");
        Assert.Equal("SR1703", Assert.Throws<VaultConfigurationException>(() => services.AddStrongroom(_vault.Configure)).Code);
        services.AddKeyedStrongroom("k", _vault.Configure);
        Assert.Equal("SR1703", Assert.Throws<VaultConfigurationException>(() => services.AddKeyedStrongroom("k", _vault.Configure)).Code);
        Assert.Equal("SR1701", Assert.Throws<VaultConfigurationException>(() => new StrongroomOptions().VaultOptions()).Code);
        Assert.Equal("SR1702", Assert.Throws<VaultConfigurationException>(() => new StrongroomOptions().OpenWith()).Code);
    }

    private sealed class Witness : IHostedService
    {
        public bool WasStarted { get; private set; }

        public Task StartAsync(CancellationToken cancellationToken)
        {
            WasStarted = true;
            return Task.CompletedTask;
        }

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
