using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Testing;
using Strongroom.Rotation;
using Strongroom.Tests.Vault;
using static Strongroom.Hosting.Tests.Support;

namespace Strongroom.Hosting.Tests;

public sealed class RotationTests : IDisposable
{
    private readonly TestVault _vault = new();

    public void Dispose() => _vault.Dispose();

    [Fact]
    public async Task A_service_rotates_on_schedule_when_nobody_holds_the_old_value_and_stops()
    {
        await using SecretsManager manager = await _vault.CreateAsync();
        await manager.SetAsync("app/key", "first", Policy(("with", "generated"), ("every", "1h"), ("deadline", "1h"), ("grace", "0s")));
        await manager.SetAsync("app/other", "not rotated");
        var log = new FakeLoggerProvider();
        var notices = new System.Collections.Concurrent.ConcurrentQueue<RotationNotice>();
        var clock = new ShiftedTime();
        using IHost host = Application((IServiceCollection services) =>
        {
            services.AddSingleton<TimeProvider>(clock);
            services.AddSingleton<ILoggerProvider>(log);
            services.AddLogging(logging => logging.SetMinimumLevel(LogLevel.Debug));
            services.AddStrongroom(options =>
            {
                _vault.Configure(options);
                options.ConfigureVault = given => _vault.Options with { Path = given.Path, Time = clock };
            }).AddRotation(options => options.Interval = TimeSpan.FromMilliseconds(50)).ReportVersions("desk").OnRotation((_, notice) => notices.Enqueue(notice)).OnRotation(static (_, _) => throw new InvalidOperationException());
            services.AddHealthChecks().AddStrongroom();
        });
        await host.StartAsync(Ct);
        SecretsManager inApplication = host.Services.GetRequiredService<SecretsManager>();
        using LiveSecret live = await inApplication.LiveAsync("app/key", ct: Ct);
        using LiveSecret other = await inApplication.LiveAsync("app/other", ct: Ct);
        using var engine = new RotationEngine(inApplication);
        await Until(() => engine.ConsumersAsync("app/key", Ct).AsTask().Result is [{ Program: "desk", Version: 1 }]);
        Assert.Empty(await engine.ConsumersAsync("app/other", Ct));

        clock.Shift = TimeSpan.FromMinutes(61);

        // Long before the deadline: the application's own live secret has moved on.
        await Until(() => notices.Any(static notice => notice.Kind == RotationNoticeKind.Completed));
        Assert.Equal(2, live.Version);
        await Until(() => log.Collector.GetSnapshot().Count(static record => record.Id.Id == 1041) == 2 && log.Collector.GetSnapshot().Any(static record => record.Id.Id == 1045));
        Assert.Equal(3, log.Collector.GetSnapshot().Count(static record => record.Id.Id == 1040));
        await manager.UpdateMetadataAsync("app/key", new MetadataChange { Tags = new Dictionary<string, string?> { ["rotate.every"] = "whenever" } }, ct: Ct);
        await UntilHealthAsync(host, "a rotation is overdue");
        await host.StopAsync(Ct);
        Assert.Empty(await new RotationEngine(manager).ConsumersAsync("app/key", Ct));
    }

    [Fact]
    public async Task What_the_application_has_set_up_may_fail_and_neither_ends_it_nor_shows_in_the_log()
    {
        await using SecretsManager manager = await _vault.CreateAsync();
        await manager.SetAsync("app/key", "first", Policy(("with", "generated"), ("every", "1h")));
        var log = new FakeLoggerProvider();
        int rotators = 0, consumers = 0;
        using IHost host = Application((IServiceCollection services) =>
        {
            services.AddSingleton<ILoggerProvider>(log);
            services.AddStrongroom(_vault.Configure)
                .AddRotation(options =>
                {
                    options.Interval = TimeSpan.FromMilliseconds(20);
                    options.Add(_ => rotators++ switch
                    {
                        0 => throw new InvalidOperationException("planted"),
                        1 => throw new ObjectDisposedException("planted"),
                        _ => new RedisRotator(),
                    });
                })
                .ReportVersions("desk", (_, consumer) => consumer.Track("app/key", () => consumers++ == 0 ? throw new InvalidOperationException("planted") : 1));
        });
        await host.StartAsync(Ct);
        using var engine = new RotationEngine(manager);

        await Until(() => rotators > 2);
        await Until(() => engine.ConsumersAsync("app/key", Ct).AsTask().Result is [{ Program: "desk", Version: 1 }]);

        Assert.False(host.Services.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping.IsCancellationRequested);
        FakeLogRecord[] told = [.. log.Collector.GetSnapshot()];
        Assert.Equal(3, told.Count(static record => record.Id.Id == 1044));
        Assert.All(told, static record => Assert.DoesNotContain("planted", record.Message + record.Exception, StringComparison.Ordinal));
        await host.StopAsync(Ct);
    }

    private static async Task UntilHealthAsync(IHost host, string says)
    {
        for (int i = 0; i < 600; i++)
        {
            HealthReport report = await host.Services.GetRequiredService<HealthCheckService>().CheckHealthAsync(Ct);
            if (report.Status == HealthStatus.Degraded && report.Entries["strongroom"].Description!.Contains(says, StringComparison.Ordinal))
                return;
            await Task.Delay(50, Ct);
        }

        Assert.Fail($"Health did not say: {says}.");
    }

    private static SetOptions Policy(params (string Key, string Value)[] policy) => new() { Tags = policy.ToDictionary(static tag => "rotate." + tag.Key, static tag => tag.Value) };

    /// <summary>The system's clock, put forward.</summary>
    private sealed class ShiftedTime : TimeProvider
    {
        private long _ticks;

        public TimeSpan Shift { set => Volatile.Write(ref _ticks, value.Ticks); }

        public override DateTimeOffset GetUtcNow() => System.GetUtcNow().AddTicks(Volatile.Read(ref _ticks));
    }
}
