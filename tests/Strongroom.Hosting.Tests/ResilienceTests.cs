using System.Diagnostics;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Testing;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Primitives;
using Strongroom.Audit;
using Strongroom.Storage;
using Strongroom.Testing;
using Strongroom.Tests.House;
using Strongroom.Tests.Vault;
using static Strongroom.Hosting.Tests.Support;

namespace Strongroom.Hosting.Tests;

/// <summary>What an application's own code, the order of events and an unhappy start can do, and must not.</summary>
public sealed class ResilienceTests : IDisposable
{
    private readonly TestVault _vault = new();

    public void Dispose() => _vault.Dispose();

    [Fact]
    public async Task A_handler_of_failures_that_throws_does_not_end_the_following()
    {
        await using SecretsManager writer = await _vault.CreateWithAsync("a");
        bool fail = false;
        int handled = 0;
        using var configuration = new ConfigurationManager();
        configuration.AddStrongroom(options =>
        {
            _vault.Configure(options);
            (options.Prefix, options.Debounce) = ("", TimeSpan.Zero);
            options.Select = _ => Volatile.Read(ref fail) ? throw new InvalidOperationException("not now") : true;
            options.OnLoadException = _ =>
            {
                Interlocked.Increment(ref handled);
                throw new InvalidOperationException("the handler itself");
            };
        });

        Volatile.Write(ref fail, true);
        await writer.SetAsync("a", "second");
        await Until(() => Volatile.Read(ref handled) > 0);
        Volatile.Write(ref fail, false);

        await Until(() => configuration["a"] == "second");
    }

    [Fact]
    public async Task What_a_key_service_says_when_it_fails_is_not_logged()
    {
        await (await _vault.CreateWithAsync("a")).DisposeAsync();
        var log = new FakeLoggerProvider();
        int opened = 0;
        using IHost host = Application((HostApplicationBuilder builder) =>
        {
            builder.Services.AddSingleton<ILoggerProvider>(log);
            builder.Configuration.AddStrongroom(options =>
            {
                _vault.Configure(options);
                (options.Prefix, options.SnapshotFile) = ("", Path.Combine(_vault.Folder, "copy.json"));
                // For the vault, then for the sealed copy.
                options.Unlock = () => opened++ == 0 ? Unlock.KeyFile(_vault.KeyPath) : throw new InvalidOperationException("planted");
            });
            builder.Services.AddStrongroom();
        });
        await host.StartAsync(Ct);

        await Until(() => log.Collector.GetSnapshot().Any(static record => record.Id.Id == 1015));

        Assert.All(log.Collector.GetSnapshot(), static record => Assert.DoesNotContain("planted", record.Message + record.Exception, StringComparison.Ordinal));
        await host.StopAsync(Ct);
    }

    [Fact]
    public async Task An_older_loading_does_not_undo_a_newer_one()
    {
        await using SecretsManager writer = await _vault.CreateWithAsync("a");
        using var configuration = new ConfigurationManager();
        int calls = 0;
        using var inside = new ManualResetEventSlim();
        StrongroomConfigurationProvider? provider = null;
        configuration.AddStrongroom(options =>
        {
            _vault.Configure(options);
            (options.Prefix, options.ReloadOnChange, options.ReloadInterval) = ("", false, null);
            options.Select = _ =>
            {
                int call = Interlocked.Increment(ref calls);
                if (call == 2)
                {
                    // The first reload has begun: lets the second one queue up behind it.
                    inside.Set();
                    Thread.Sleep(300);
                }
                else if (call == 3)
                {
                    // The second one reads; the first has read and waits to hand over what is now old.
                    Thread.Sleep(300);
                    using SecretValue next = SecretValue.FromBytes("newer"u8);
                    writer.Set("a", next);
                    // Sees the new revision, so that this loading begins anew.
                    provider!.Vault.Manager!.Get("a").Dispose();
                }

                return true;
            };
        });
        provider = ((IConfigurationRoot)configuration).Providers.OfType<StrongroomConfigurationProvider>().Single();

        Task<bool> first = Task.Run(async () => await provider.ReloadAsync(Ct), Ct);
        inside.Wait(Ct);
        Task second = Task.Run(provider.Load, Ct);
        await Task.WhenAll(first, second);

        Assert.Equal("newer", configuration["a"]);
    }

    [Fact]
    public async Task A_vault_that_is_opened_while_the_application_ends_is_closed_again()
    {
        await (await _vault.CreateWithAsync("a")).DisposeAsync();
        using ManualResetEventSlim opening = new(), proceed = new();
        var options = new StrongroomOptions();
        _vault.Configure(options);
        options.Unlock = () =>
        {
            opening.Set();
            proceed.Wait(Ct);
            return Unlock.KeyFile(_vault.KeyPath);
        };
        var handle = new VaultHandle(options);
        Task<SecretsManager> opened = Task.Run(async () => await handle.OpenAsync(Ct), Ct);
        opening.Wait(Ct);

        handle.Dispose();
        proceed.Set();

        await Assert.ThrowsAsync<ObjectDisposedException>(() => opened);
        Assert.Null(handle.Manager);
        Assert.Throws<ObjectDisposedException>(handle.Open);
    }

    [Fact]
    public async Task A_key_service_that_fails_is_tried_again_and_ends_nothing()
    {
        await using SecretsManager writer = await _vault.CreateWithAsync("a");
        int attempts = 0;
        using IHost host = Application((HostApplicationBuilder builder) =>
        {
            builder.Configuration.AddStrongroom(options =>
            {
                _vault.Configure(options);
                (options.Prefix, options.Optional) = ("", true);
                options.Unlock = () => Interlocked.Increment(ref attempts) <= 3 ? throw new HttpRequestException("no answer") : Unlock.KeyFile(_vault.KeyPath);
            });
        });

        await host.StartAsync(Ct);

        await Until(() => host.Services.GetRequiredService<IConfiguration>()["a"] == "value of a");
        await host.StopAsync(Ct);
    }

    [Fact]
    public async Task Options_can_be_made_while_the_vault_is_away()
    {
        // A read that is not in the audit log yet could not be written at the end.
        _vault.Options = _vault.Options with { Audit = new AuditOptions { Enabled = false } };
        await using (SecretsManager writer = await _vault.CreateAsync())
        using (SecretValue value = SecretValue.FromFields([new("key", SecretValue.FromBytes("one"u8))]))
            await writer.SetAsync("broker", value, ct: Ct);
        using IHost host = Application(services =>
        {
            services.AddStrongroom(_vault.Configure);
            services.AddOptions<Broker>().BindStrongroom("broker");
        });
        await host.StartAsync(Ct);
        Assert.Equal("one", host.Services.GetRequiredService<IOptionsMonitor<Broker>>().CurrentValue.Key);

        File.Move(_vault.VaultPath, _vault.VaultPath + ".away");

        Assert.Equal("one", host.Services.GetRequiredService<IOptionsFactory<Broker>>().Create("").Key);
        await host.StopAsync(Ct);
    }

    [Fact]
    public async Task Options_follow_a_vault_without_synchronous_ways()
    {
        await using var memory = new InMemoryBackend();
        VaultOptions options = _vault.Options with { Path = null, Backend = new Asynchronous(memory), Audit = new AuditOptions { Enabled = false } };
        await using SecretsManager writer = await SecretsManager.CreateAsync(options, _vault.Unlock, Ct);
        await SetAsync("one");
        using IHost host = Application(services =>
        {
            services.AddStrongroom(given => (given.KeyFile, given.ConfigureVault) = (_vault.KeyPath, _ => options with { Backend = new Asynchronous(memory.OpenAnother()), StateDirectory = Path.Combine(_vault.Folder, "other") }));
            services.AddOptions<Broker>().BindStrongroom("broker");
        });
        await host.StartAsync(Ct);
        IOptionsMonitor<Broker> monitor = host.Services.GetRequiredService<IOptionsMonitor<Broker>>();
        Assert.Equal("one", monitor.CurrentValue.Key);

        await SetAsync("two");

        await Until(() => monitor.CurrentValue.Key == "two");
        await host.StopAsync(Ct);

        async Task SetAsync(string key)
        {
            using SecretValue value = SecretValue.FromFields([new("key", SecretValue.DangerousFromString(key))]);
            await writer.SetAsync("broker", value, ct: Ct);
        }
    }

    [Theory]
    [InlineData("required", 3, "[SR1704]", "strongroom set db/oms")]
    [InlineData("referred", 3, "[SR1716]", "strongroom set broker/exchange")]
    [InlineData("no-vault", 8, "[SR1410]", "")]
    [InlineData("unnamed", 11, "[SR1701]", "STRONGROOM_VAULT")]
    public async Task A_program_that_can_not_start_ends_with_the_code_of_its_cause_and_says_what_to_do(string what, int code, string error, string remedy)
    {
        await using (SecretsManager writer = await _vault.CreateAsync())
        using (SecretValue value = SecretValue.FromFields([new("key", SecretValue.FromBytes("one"u8)), new("secret", SecretValue.FromBytes("two"u8))]))
            await writer.SetAsync(what == "required" ? "broker/exchange" : "other", value, ct: Ct);
        string vault = what switch { "no-vault" => Path.Combine(_vault.Folder, "nowhere.json"), "unnamed" => "", _ => _vault.VaultPath };

        using Process process = Programs.Start(Programs.Built("samples/AotSmoke"), [], ("STRONGROOM_VAULT", vault), ("STRONGROOM_KEY_FILE", _vault.KeyPath), ("STRONGROOM_STATE_DIR", Path.Combine(_vault.Folder, "state")));
        process.StandardInput.Close();
        Task<string> output = process.StandardOutput.ReadToEndAsync(Ct);
        string errors = await process.StandardError.ReadToEndAsync(Ct);
        await process.WaitForExitAsync(Ct);

        Assert.True(process.ExitCode == code, $"{process.ExitCode}: {await output} {errors}");
        Assert.Contains(error, errors, StringComparison.Ordinal);
        Assert.Contains(remedy, errors, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", errors, StringComparison.Ordinal);
        Assert.DoesNotContain("listening", await output, StringComparison.Ordinal);
    }

    [Fact]
    public void The_code_of_an_error_is_found_behind_what_hosts_wrap_around_it()
    {
        var error = new SecretNotFoundException("SR1417", "none", "write it");

        Assert.Equal(3, StrongroomExit.CodeOf(new AggregateException(new InvalidOperationException("x", error))));
        Assert.Equal(11, StrongroomExit.CodeOf(new VaultConfigurationException("SR1701", "none", "set it")));
        Assert.Null(StrongroomExit.CodeOf(new InvalidOperationException("x")));
    }

    private sealed class Broker
    {
        public string? Key { get; set; }
    }

    /// <summary>A store that has none of the capabilities of the one behind it.</summary>
    private sealed class Asynchronous(InMemoryBackend inner) : IVaultBackend
    {
        public string Location => inner.Location;

        public BackendLimits Limits => inner.Limits;

        public async ValueTask<VaultRead?> ReadAsync(IReadOnlyList<RowKey> rows, CancellationToken ct = default)
        {
            await Task.Yield();
            return await inner.ReadAsync(rows, ct);
        }

        public IAsyncEnumerable<StoredRow> ScanAsync(ScanRequest scan, CancellationToken ct = default) => inner.ScanAsync(scan, ct);

        public ValueTask<ChangeSet> ChangesSinceAsync(long revision, CancellationToken ct = default) => inner.ChangesSinceAsync(revision, ct);

        public async ValueTask<CommitOutcome> TryCommitAsync(VaultCommit commit, CancellationToken ct = default)
        {
            await Task.Yield();
            return await inner.TryCommitAsync(commit, ct);
        }

        public IAsyncEnumerable<long> WatchAsync(long after, CancellationToken ct = default) => inner.WatchAsync(after, ct);

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
