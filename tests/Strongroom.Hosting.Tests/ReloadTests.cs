using System.Diagnostics;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Testing;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Primitives;
using Strongroom.Audit;
using Strongroom.Testing;
using Strongroom.Tests.Vault;
using static Strongroom.Hosting.Tests.Support;

namespace Strongroom.Hosting.Tests;

/// <summary>Configuration follows the vault: through failures, once for each change, and never without one.</summary>
public sealed class ReloadTests : IDisposable
{
    private readonly TestVault _vault = new();

    public void Dispose() => _vault.Dispose();

    [Fact]
    public async Task A_change_by_another_process_reaches_options_monitors()
    {
        await (await _vault.CreateWithAsync("broker/key")).DisposeAsync();
        using IHost host = Application((HostApplicationBuilder builder) =>
        {
            builder.Configuration.AddStrongroom(options =>
            {
                _vault.Configure(options);
                options.Prefix = "";
            });
            builder.Services.Configure<Broker>(builder.Configuration.GetSection("broker"));
        });
        await host.StartAsync(Ct);
        IOptionsMonitor<Broker> monitor = host.Services.GetRequiredService<IOptionsMonitor<Broker>>();
        Assert.Equal("value of broker/key", monitor.CurrentValue.Key);

        await Command(_vault, "from another process", "set", "broker/key", "--stdin");

        await Until(() => monitor.CurrentValue.Key == "from another process");
        await host.StopAsync(Ct);
    }

    /// <summary>Azure's provider forgets a change when the poll after it fails: it compares with what it tried, not with what it told.</summary>
    [Fact]
    public async Task A_change_survives_a_hundred_failures_and_is_told_once()
    {
        using var shared = new SharedStorage(_vault);
        await using SecretsManager writer = await shared.CreateAsync();
        await writer.SetAsync("a", "1");
        await writer.SetAsync("other", "1");
        using ConfigurationManager configuration = shared.Configuration(options => (options.ReloadInterval, options.Debounce) = (TimeSpan.FromMilliseconds(20), TimeSpan.FromMilliseconds(5)));
        StrongroomConfigurationProvider provider = Assert.Single(((IConfigurationRoot)configuration).Providers.OfType<StrongroomConfigurationProvider>());
        int told = 0;
        using IDisposable registration = ChangeToken.OnChange(((IConfigurationRoot)configuration).GetReloadToken, () => Interlocked.Increment(ref told));

        shared.Faults.Next(BackendCall.Read, [.. Enumerable.Repeat(Fault.Unavailable(), 100)]);
        await writer.SetAsync("a", "2");
        for (int i = 0; i < 200 && shared.Faults.Left(BackendCall.Read) > 0; i++)
            await provider.ReloadAsync(Ct);
        Assert.Equal("1", shared.Faults.Left(BackendCall.Read) > 0 ? configuration["a"] : "1");

        await Until(() => configuration["a"] == "2");
        await Until(() => Volatile.Read(ref told) == 1);
        await provider.ReloadAsync(Ct);
        await provider.ReloadAsync(Ct);
        Assert.Equal(1, Volatile.Read(ref told));
        Assert.Equal(0, provider.Status.Failures);
    }

    [Fact]
    public async Task A_listener_may_end_the_configuration()
    {
        await using SecretsManager manager = await _vault.CreateWithAsync("a");
        using var configuration = new ConfigurationManager();
        configuration.AddStrongroom(options =>
        {
            _vault.Configure(options);
            options.Prefix = "";
        });
        var ended = new TaskCompletionSource<TimeSpan>();
        using IDisposable registration = ChangeToken.OnChange(((IConfigurationRoot)configuration).GetReloadToken, () =>
        {
            long start = Stopwatch.GetTimestamp();
            configuration.Dispose();
            ended.TrySetResult(Stopwatch.GetElapsedTime(start));
        });

        await manager.SetAsync("a", "2");

        // It does not wait for the reload that it is part of.
        Assert.InRange(await ended.Task.WaitAsync(TimeSpan.FromSeconds(60), Ct), TimeSpan.Zero, TimeSpan.FromSeconds(8));
    }

    [Fact]
    public async Task Only_a_selected_value_that_really_changed_is_told_and_a_batch_once()
    {
        await using SecretsManager manager = await _vault.CreateWithAsync("app/a", "app/b", "else/c");
        using var configuration = new ConfigurationManager();
        configuration.AddStrongroom(options =>
        {
            _vault.Configure(options);
            options.Prefix = "app/";
        });
        int told = 0;
        using IDisposable registration = ChangeToken.OnChange(((IConfigurationRoot)configuration).GetReloadToken, () => Interlocked.Increment(ref told));

        await manager.SetAsync("else/c", "changed");
        await manager.SetAsync("app/a", "value of app/a");
        await manager.UpdateMetadataAsync("app/b", new MetadataChange { Description = "described" }, ct: Ct);
        using SecretValue one = SecretValue.FromBytes("1"u8), two = SecretValue.FromBytes("2"u8);
        await manager.CommitAsync(new SecretBatch().Set("app/a", one).Set("app/b", two), Ct);

        await Until(() => configuration["a"] == "1" && configuration["b"] == "2");
        await Task.Delay(500, Ct);
        Assert.Equal(1, told);
        await manager.DeleteAsync("app/b", ct: Ct);
        await Until(() => configuration["b"] is null);
        Assert.Equal(2, told);
    }

    [Fact]
    public async Task A_version_is_read_and_audited_once_however_often_configuration_reloads()
    {
        var seen = new Counter();
        _vault.Options = _vault.Options with { Observer = seen };
        await using SecretsManager manager = await _vault.CreateWithAsync("a", "b");
        using var configuration = new ConfigurationManager();
        configuration.AddStrongroom(options =>
        {
            _vault.Configure(options);
            options.Prefix = "";
        });
        for (int i = 0; i < 5; i++)
            ((IConfigurationRoot)configuration).Reload();

        await manager.SetAsync("a", "new");
        await Until(() => configuration["a"] == "new");

        Assert.Equal(3, seen.Count);
    }

    [Fact]
    public async Task What_it_had_to_say_before_there_was_a_logger_is_said_when_there_is_one()
    {
        await using SecretsManager manager = await _vault.CreateWithAsync("token");
        using (SecretValue binary = SecretValue.FromBytes([0xff, 0xfe]))
            await manager.SetAsync("binary", binary, ct: Ct);
        var log = new FakeLoggerProvider();
        using IHost host = Application((HostApplicationBuilder builder) =>
        {
            builder.Configuration.AddStrongroom(options =>
            {
                _vault.Configure(options);
                options.Prefix = "";
            });
            builder.Services.AddStrongroom();
            builder.Services.AddSingleton<ILoggerProvider>(log);
        });

        await host.StartAsync(Ct);

        Assert.Contains(log.Collector.GetSnapshot(), static record => record.Id.Id == 1010);
        Assert.Contains(log.Collector.GetSnapshot(), static record => record.Id.Id == 1018 && record.Message.Contains("binary", StringComparison.Ordinal));
        Assert.DoesNotContain(log.Collector.GetSnapshot(), static record => record.Message.Contains("value of", StringComparison.Ordinal));
        await host.StopAsync(Ct);
    }

    [Fact]
    public async Task Services_share_the_vault_of_configuration_and_references_left_over_stop_the_start()
    {
        await (await _vault.CreateWithAsync("token")).DisposeAsync();
        using IHost host = Application((HostApplicationBuilder builder) =>
        {
            builder.Configuration.AddStrongroom(_vault.Configure);
            builder.Configuration.AddInMemoryCollection([new("Late", "strongroom://token")]);
            builder.Services.AddStrongroom().Require("token");
        });
        Assert.Same(((IConfigurationRoot)host.Services.GetRequiredService<IConfiguration>()).Providers.OfType<StrongroomConfigurationProvider>().Single().Vault.Manager, host.Services.GetRequiredService<SecretsManager>());

        VaultConfigurationException error = await Assert.ThrowsAsync<VaultConfigurationException>(() => host.StartAsync(Ct));

        Assert.Equal("SR1710", error.Code);
        Assert.Contains("Late", error.Message, StringComparison.Ordinal);
    }

    private sealed class Broker
    {
        public string? Key { get; set; }
    }

    private sealed class Counter : ISecretObserver
    {
        private int _count;

        public int Count => Volatile.Read(ref _count);

        public void OnRead(SecretName name, SecretMetadata metadata, SecretValue value) => Interlocked.Increment(ref _count);
    }

    /// <summary>A store in memory that a writer and an application share; the application's side of it fails when told.</summary>
    private sealed class SharedStorage(TestVault vault) : IDisposable
    {
        private readonly InMemoryBackend _memory = new();

        public FaultingBackend Faults { get; private set; } = null!;

        public ValueTask<SecretsManager> CreateAsync() => SecretsManager.CreateAsync(Options(_memory), vault.Unlock, Ct);

        public ConfigurationManager Configuration(Action<StrongroomConfigurationOptions> configure)
        {
            Faults = new FaultingBackend(_memory.OpenAnother());
            var configuration = new ConfigurationManager();
            configuration.AddStrongroom(options =>
            {
                options.Prefix = "";
                options.KeyFile = vault.KeyPath;
                options.ConfigureVault = _ => Options(Faults.Backend) with { StateDirectory = Path.Combine(vault.Folder, "other") };
                configure(options);
            });
            return configuration;
        }

        public void Dispose() => _memory.DisposeAsync().AsTask().GetAwaiter().GetResult();

        private VaultOptions Options(Strongroom.Storage.IVaultBackend backend) => vault.Options with { Path = null, Backend = backend, Audit = new AuditOptions { Enabled = false } };
    }
}
