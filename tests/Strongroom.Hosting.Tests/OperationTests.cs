using System.Diagnostics.Metrics;
using Microsoft.Extensions.Compliance.Redaction;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Testing;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;
using Strongroom.Tests.House;
using Strongroom.Tests.Vault;
using static Strongroom.Hosting.Tests.Support;

namespace Strongroom.Hosting.Tests;

/// <summary>Health, expiry, metrics, logs and masks of an application.</summary>
public sealed class OperationTests : IDisposable
{
    private readonly TestVault _vault = new();

    public void Dispose() => _vault.Dispose();

    [Fact]
    public async Task Health_names_what_is_wrong_and_no_secret_unless_asked()
    {
        var time = new FakeTimeProvider(DateTimeOffset.UnixEpoch.AddYears(60));
        _vault.Options = _vault.Options with { Time = time };
        await using SecretsManager manager = await _vault.CreateWithAsync("a", "b");
        using IHost host = Application((IServiceCollection services) =>
        {
            services.AddSingleton<TimeProvider>(time);
            services.AddStrongroom(_vault.Configure).Require("a");
            services.AddHealthChecks().AddStrongroom(tags: ["ready"]).AddStrongroom("named", configure: static options => options.IncludeNames = true);
        });
        HealthCheckService health = host.Services.GetRequiredService<HealthCheckService>();
        Assert.Equal(HealthStatus.Healthy, (await health.CheckHealthAsync(Ct)).Status);

        await manager.UpdateMetadataAsync("b", new MetadataChange { ExpiresAt = time.GetUtcNow().AddDays(3) }, ct: Ct);
        HealthReport soon = await health.CheckHealthAsync(Ct);
        Assert.Equal(HealthStatus.Degraded, soon.Status);
        Assert.Equal("a secret expires soon.", soon.Entries["strongroom"].Description);
        Assert.False(soon.Entries["strongroom"].Data.ContainsKey("names"));
        Assert.Equal("b", soon.Entries["named"].Data["names"]);

        await manager.DeleteAsync("a", ct: Ct);
        HealthReport missing = await health.CheckHealthAsync(Ct);
        Assert.Equal(HealthStatus.Unhealthy, missing.Status);
        Assert.Contains("a required secret is missing", missing.Entries["strongroom"].Description, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_vault_that_can_not_be_opened_is_unhealthy_with_its_code()
    {
        using IHost host = Application((IServiceCollection services) =>
        {
            services.AddStrongroom(_vault.Configure);
            services.AddHealthChecks().AddStrongroom();
        });

        HealthReport report = await host.Services.GetRequiredService<HealthCheckService>().CheckHealthAsync(Ct);

        Assert.Equal(HealthStatus.Unhealthy, report.Status);
        Assert.Contains("SR1410", report.Entries["strongroom"].Description, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Expiry_is_told_at_each_distance_in_log_handler_and_metric()
    {
        // Seconds, not days: the vault looks for changes four times in each second of this clock.
        var time = new FakeTimeProvider(DateTimeOffset.UnixEpoch.AddYears(60));
        _vault.Options = _vault.Options with { Time = time, ExpiryWarnings = [TimeSpan.FromSeconds(140), TimeSpan.FromSeconds(70), TimeSpan.FromSeconds(10)] };
        await using SecretsManager manager = await _vault.CreateAsync();
        await manager.SetAsync("a", "value", new SetOptions { ExpiresAt = time.GetUtcNow().AddSeconds(100.25) });
        var log = new FakeLoggerProvider();
        var notices = new System.Collections.Concurrent.ConcurrentQueue<ExpiryNotice>();
        using IHost host = Application((IServiceCollection services) =>
        {
            services.AddSingleton<TimeProvider>(time);
            services.AddSingleton<ILoggerProvider>(log);
            services.AddStrongroom(options =>
            {
                _vault.Configure(options);
                options.NameSecretsInTelemetry = true;
            }).OnExpiry((_, notice, _) =>
            {
                notices.Enqueue(notice);
                return ValueTask.CompletedTask;
            }).OnExpiry(static (_, _, _) => throw new InvalidOperationException("a handler that fails"));
        });
        await host.StartAsync(Ct);
        await Until(() => notices.Count == 1);
        Assert.Equal(TimeSpan.FromSeconds(140), notices.First().Threshold);
        await Until(() => Measure("strongroom.secret.time_to_expiry", "a") is > 90 and <= 100.25);

        await Until(() =>
        {
            time.Advance(TimeSpan.FromSeconds(1));
            return notices.Any(static notice => notice.Remaining <= TimeSpan.Zero);
        });

        Assert.Equal([140, 70, 10, 0], notices.Select(static notice => (int)notice.Threshold.TotalSeconds));
        await Until(() => log.Collector.GetSnapshot().Count(static record => record.Id.Id is 1020 or 1021) == 4 && log.Collector.GetSnapshot().Count(static record => record.Id.Id == 1023) == 4);
        Assert.All(log.Collector.GetSnapshot().Where(static record => record.Id.Id == 1020), static record => Assert.Matches("expires in 00:[0-9]{2}:[0-9]{2} at ", record.Message));
        await host.StopAsync(Ct);
    }

    [Fact]
    public async Task Reads_commits_and_open_vaults_are_measured()
    {
        var seen = new System.Collections.Concurrent.ConcurrentDictionary<string, int>(StringComparer.Ordinal);
        using var listener = new MeterListener();
        listener.InstrumentPublished = static (instrument, listener) =>
        {
            if (instrument.Meter.Name == StrongroomTelemetry.Name)
                listener.EnableMeasurementEvents(instrument);
        };
        listener.SetMeasurementEventCallback<double>((instrument, _, _, _) => seen.AddOrUpdate(instrument.Name, 1, static (_, count) => count + 1));
        listener.SetMeasurementEventCallback<long>((instrument, _, _, _) => seen.AddOrUpdate(instrument.Name, 1, static (_, count) => count + 1));
        listener.Start();

        await using (SecretsManager manager = await _vault.CreateWithAsync("a"))
            await manager.TextAsync("a");

        Assert.Superset(new HashSet<string> { "strongroom.secret.read.duration", "strongroom.cache.requests", "strongroom.commit.duration", "strongroom.store.open" }, seen.Keys.ToHashSet(StringComparer.Ordinal));
        string table = Repository.Read("docs/telemetry.md");
        Assert.All(seen.Keys, name => Assert.Contains($"`{name}`", table, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Logs_mask_what_was_read_in_every_form_and_place()
    {
        await using SecretsManager manager = await _vault.CreateAsync();
        await manager.SetAsync("token", "s3cr3t/value+\"1\"");
        using var login = new DatabaseCredentials("db.internal", null, "orders", "oms", "pa55word-long"u8);
        await new SecretsHelper(manager).StoreDatabaseCredentialsAsync("db", login, ct: Ct);
        var log = new FakeLoggerProvider();
        using IHost host = Application((IServiceCollection services) =>
        {
            services.AddSingleton<ILoggerProvider>(log);
            services.AddStrongroom(_vault.Configure).Require("token", "db").MaskLogs();
        });
        await host.StartAsync(Ct);
        ILogger<OperationTests> logger = host.Services.GetRequiredService<ILogger<OperationTests>>();
        log.Collector.Clear();

        string base64 = Convert.ToBase64String("s3cr3t/value+\"1\""u8), url = "https://x/?t=" + Uri.EscapeDataString("s3cr3t/value+\"1\""), json = System.Text.Json.JsonSerializer.Serialize("s3cr3t/value+\"1\"");
        var failure = new InvalidOperationException("login with pa55word-long failed");
#pragma warning disable CA1873 // The arguments are what is tested.
        logger.LogInformation("plain {Value} and {Other}", "s3cr3t/value+\"1\"", 12);
        logger.LogInformation("base64 {Value}", base64);
        logger.LogInformation("url {Value}", url);
        logger.LogInformation("json {Value}", json);
#pragma warning restore CA1873
        logger.LogError(failure, "failed");
        using (logger.BeginScope("scope pa55word-long"))
            logger.LogInformation("twice pa55word-long pa55word-long, host db.internal");

        string all = string.Join('\n', log.Collector.GetSnapshot().Select(static record => $"{record.Message} {record.Exception} {string.Join(' ', record.StructuredState ?? [])} {string.Join(' ', record.Scopes)}"));
        Assert.DoesNotContain("s3cr3t", all, StringComparison.Ordinal);
        Assert.DoesNotContain("pa55word", all, StringComparison.Ordinal);
        Assert.DoesNotContain(Convert.ToBase64String("s3cr3t/value+\"1\""u8)[..10], all, StringComparison.Ordinal);
        Assert.Contains("plain *** and 12", all, StringComparison.Ordinal);
        Assert.Contains("twice *** ***, host db.internal", all, StringComparison.Ordinal);
        Assert.Contains("https://x/?t=***", host.Services.GetRequiredService<ISecretMask>().Mask("https://x/?t=" + Uri.EscapeDataString("s3cr3t/value+\"1\"")), StringComparison.Ordinal);
        await host.StopAsync(Ct);
    }

    [Fact]
    public void A_mask_agrees_with_replacing_strings()
    {
        var random = new Random(4711);
        for (int round = 0; round < 300; round++)
        {
            var mask = new SecretMask();
            string[] secrets = [.. Enumerable.Range(0, 4).Select(_ => Text(random, random.Next(6, 12)))];
            for (int i = 0; i < secrets.Length; i++)
            {
                using SecretValue value = SecretValue.DangerousFromString(secrets[i]);
                mask.OnRead($"s{i}", new SecretMetadata { CreatedAt = default, UpdatedAt = default }, value);
            }

            string text = string.Concat(Enumerable.Range(0, 20).Select(_ => random.Next(3) == 0 ? secrets[random.Next(4)] : Text(random, random.Next(0, 5))));
            string masked = mask.Mask(text);

            Assert.All(secrets, secret => Assert.DoesNotContain(secret, masked, StringComparison.Ordinal));
            if (!secrets.Any(secret => text.Contains(secret, StringComparison.Ordinal)))
                Assert.Same(text, masked);
        }

        static string Text(Random random, int length) => string.Concat(Enumerable.Range(0, length).Select(_ => "abc"[random.Next(3)]));
    }

    [Fact]
    public void What_is_classified_as_a_secret_is_redacted()
    {
        var services = new ServiceCollection();
        services.AddRedaction(static redaction => redaction.SetStrongroomRedactor());
        using ServiceProvider provider = services.BuildServiceProvider();

        Redactor redactor = provider.GetRequiredService<IRedactorProvider>().GetRedactor(new Microsoft.Extensions.Compliance.Classification.DataClassificationSet(new SecretAttribute().Classification));

        Assert.Equal("***", redactor.Redact("anything"));
    }

    [Fact]
    public async Task Options_of_a_secret_follow_it()
    {
        await using SecretsManager manager = await _vault.CreateAsync();
        await Set(manager, "1", "k1");
        using IHost host = Application((IServiceCollection services) =>
        {
            services.AddStrongroom(_vault.Configure);
            services.AddOptions<BrokerOptions>().BindStrongroom("broker").ValidateOnStart();
            services.AddOptions<BrokerOptions>("own").BindStrongroom("broker", static (options, data) => options.ApiKey = "own v" + data.Metadata.Version);
        });
        await host.StartAsync(Ct);
        IOptionsMonitor<BrokerOptions> monitor = host.Services.GetRequiredService<IOptionsMonitor<BrokerOptions>>();
        Assert.Equal(("k1", 1, new Uri("https://api.example.com"), BrokerMode.Live), (monitor.CurrentValue.ApiKey, monitor.CurrentValue.Retries, monitor.CurrentValue.Endpoint, monitor.CurrentValue.Mode));
        Assert.Equal("own v1", monitor.Get("own").ApiKey);

        await Set(manager, "2", "k2");
        await Until(() => monitor.CurrentValue.ApiKey == "k2" && monitor.Get("own").ApiKey == "own v2");
        Assert.Equal(2, monitor.CurrentValue.Retries);
        await host.StopAsync(Ct);
        Assert.Equal("SR1721", await Assert.ThrowsAsync<VaultConfigurationException>(async () =>
        {
            await Set(manager, "many", "k3");
            using SecretData data = manager.Get("broker");
            FieldBinder<BrokerOptions>.Bind(new BrokerOptions(), data);
        }) is var error ? error.Code : "");

        static async Task Set(SecretsManager manager, string retries, string key)
        {
            using SecretValue value = SecretValue.FromFields(
            [
                new("api-key", SecretValue.DangerousFromString(key)),
                new("retries", SecretValue.DangerousFromString(retries)),
                new("endpoint", SecretValue.DangerousFromString("https://api.example.com")),
                new("mode", SecretValue.DangerousFromString("live")),
                new("unknown", SecretValue.DangerousFromString("x")),
            ]);
            await manager.SetAsync("broker", value, ct: Ct);
        }
    }

    [Fact]
    public async Task A_client_in_the_manner_of_aspire_has_its_health_check()
    {
        await (await _vault.CreateWithAsync("a")).DisposeAsync();
        using IHost host = Application((HostApplicationBuilder builder) =>
        {
            builder.Configuration["ConnectionStrings:strongroom"] = _vault.VaultPath;
            builder.Configuration["Aspire:Strongroom:Client:KeyFile"] = _vault.KeyPath;
            builder.AddStrongroomClient("strongroom");
            builder.AddKeyedStrongroomClient("second", settings => settings.Vault = _vault.VaultPath);
        });

        HealthReport report = await host.Services.GetRequiredService<HealthCheckService>().CheckHealthAsync(Ct);

        Assert.Equal(["strongroom", "strongroom_second"], report.Entries.Keys.Order(StringComparer.Ordinal));
        Assert.Equal(HealthStatus.Healthy, report.Status);
    }

    [Fact]
    public void The_table_of_log_messages_is_the_code()
    {
        string code = Repository.Read("src/Strongroom.Hosting/Diagnostics/Log.cs"), table = Repository.Read("docs/logging.md");
        var messages = System.Text.RegularExpressions.Regex.Matches(code, "LoggerMessage\\(([0-9]+), LogLevel\\.([A-Za-z]+), \"([^\"]*)\"\\)").Select(static match => $"| {match.Groups[1].Value} | {match.Groups[2].Value} | {match.Groups[3].Value} |");

        Assert.All(messages, row => Assert.Contains(row, table, StringComparison.Ordinal));
        Assert.Equal(messages.Count(), table.Split('\n').Count(static line => line.StartsWith("| 1", StringComparison.Ordinal)));
    }

    private static double? Measure(string name, string secret)
    {
        double? found = null;
        using var listener = new MeterListener();
        listener.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Meter.Name == StrongroomTelemetry.Name && instrument.Name == name)
                listener.EnableMeasurementEvents(instrument);
        };
        listener.SetMeasurementEventCallback<double>((_, value, tags, _) =>
        {
            foreach (KeyValuePair<string, object?> tag in tags)
            {
                if (tag is { Key: "strongroom.secret.name", Value: string text } && text == secret)
                    found = value;
            }
        });
        listener.Start();
        listener.RecordObservableInstruments();
        return found;
    }

    private sealed class BrokerOptions
    {
        public string? ApiKey { get; set; }

        public int Retries { get; set; }

        public Uri? Endpoint { get; set; }

        public BrokerMode Mode { get; set; }
    }

    private enum BrokerMode
    {
        Paper,
        Live,
    }
}
