using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Strongroom.Rotation;

namespace Strongroom.Hosting;

/// <summary>Rotates what is due, for each vault. Goes on when the vault is away for a while; a rotation that is under way when the application stops is continued by the next node.</summary>
internal sealed class RotationService(IServiceProvider services, IEnumerable<RotationRegistration> registrations, IEnumerable<RotationHandler> handlers, TimeProvider time, ILogger<RotationService> logger) : BackgroundService
{
    protected override Task ExecuteAsync(CancellationToken stoppingToken) => Task.WhenAll(registrations.Select(registration => LoopAsync(registration, stoppingToken)));

    private async Task LoopAsync(RotationRegistration registration, CancellationToken stop)
    {
        await Task.Yield();
        Telemetry.Add(registration);
        try
        {
            while (!stop.IsCancellationRequested)
            {
                try
                {
                    SecretsManager manager = await new VaultRegistration(registration.Key).HandleIn(services).OpenAsync(stop).ConfigureAwait(false);
                    using var engine = new RotationEngine(manager, registration.Options.Build(services));
                    using IDisposable listening = engine.OnNotice(notice => Tell(registration.Key, notice));
                    await RunAsync(registration, engine, stop).ConfigureAwait(false);
                }
                catch (Exception) when (stop.IsCancellationRequested)
                {
                    return;
                }
                catch (Exception error)
                {
                    // Also what makes a rotator, which is the application's: an error that left this service would end the application.
                    (string code, string reason, string? remedy) = Log.Told(error);
                    logger.RotationNotRun(code, reason, remedy);
                }

                await Task.Delay(registration.Options.Interval, time, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
        finally
        {
            Telemetry.Remove(registration);
        }
    }

    private async Task RunAsync(RotationRegistration registration, RotationEngine engine, CancellationToken stop)
    {
        while (true)
        {
            // What failed at the far side has been told as a notice; what could not even begin is said here.
            foreach (RotationResult result in await engine.RunDueAsync(stop).ConfigureAwait(false))
            {
                if (result is { Kind: RotationResultKind.Failed, Error: { } error and not RotationException })
                    logger.RotationNotRun(error.Code, error.Message, error.Hint);
            }

            registration.Plans = await engine.PlanAsync(stop).ConfigureAwait(false);
            await Task.Delay(registration.Options.Interval, time, stop).ConfigureAwait(false);
        }
    }

    private void Tell(string? key, RotationNotice notice)
    {
        string secret = notice.Name.ToString();
        switch (notice.Kind)
        {
            case RotationNoticeKind.Failed or RotationNoticeKind.Refused:
                logger.RotationFailed(secret, notice.Error?.Code, notice.Error?.Message, notice.Error?.Hint);
                break;
            case RotationNoticeKind.Stuck:
                logger.RotationStuck(secret, notice.Error?.Code, notice.Error?.Message, notice.Error?.Hint);
                break;
            case RotationNoticeKind.Started or RotationNoticeKind.Set or RotationNoticeKind.Verified:
                logger.RotationProgress(secret, notice.Kind);
                break;
            default:
                logger.RotationReached(secret, notice.Kind, notice.Version);
                break;
        }

        foreach (RotationHandler handler in handlers.Where(handler => handler.Key == key))
        {
            try
            {
                handler.Handle(services, notice);
            }
            catch (Exception error)
            {
                logger.RotationHandlerFailed(error.GetType().Name);
            }
        }
    }
}

/// <summary>Keeps what this process says of the versions that it uses up to date.</summary>
internal sealed class ConsumerReporter(IServiceProvider services, IEnumerable<ConsumerRegistration> registrations, IHostEnvironment environment, TimeProvider time, ILogger<ConsumerReporter> logger) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    protected override Task ExecuteAsync(CancellationToken stoppingToken) => Task.WhenAll(registrations.Select(registration => LoopAsync(registration, stoppingToken)));

    private async Task LoopAsync(ConsumerRegistration registration, CancellationToken stop)
    {
        await Task.Yield();
        RotationConsumer? consumer = null;
        try
        {
            while (!stop.IsCancellationRequested)
            {
                try
                {
                    consumer ??= await MakeAsync(registration, stop).ConfigureAwait(false);
                    await consumer.ReportAsync(stop).ConfigureAwait(false);
                }
                catch (Exception error) when (!stop.IsCancellationRequested)
                {
                    (string code, string reason, string? remedy) = Log.Told(error);
                    logger.RotationNotRun(code, reason, remedy);
                }

                await Task.Delay(Interval, time, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
        catch (Exception) when (stop.IsCancellationRequested)
        {
            // The application stops.
        }

        try
        {
            if (consumer is not null)
                await consumer.DisposeAsync().ConfigureAwait(false);
        }
        catch (Exception error) when (error is StrongroomException or ObjectDisposedException)
        {
            // A report that can't be taken back runs out.
        }
    }

    private async ValueTask<RotationConsumer> MakeAsync(ConsumerRegistration registration, CancellationToken stop)
    {
        SecretsManager manager = await new VaultRegistration(registration.Key).HandleIn(services).OpenAsync(stop).ConfigureAwait(false);
        var consumer = new RotationConsumer(manager, registration.Program ?? environment.ApplicationName);
        consumer.TrackLiveSecrets();
        registration.Configure?.Invoke(services, consumer);
        return consumer;
    }
}

/// <summary>That an application rotates the secrets of a vault, and what it knows of that.</summary>
internal sealed class RotationRegistration(string? key, StrongroomRotationOptions options)
{
    private volatile IReadOnlyList<RotationPlan> _plans = [];

    public string? Key => key;

    public StrongroomRotationOptions Options => options;

    /// <summary>What was planned after the last run.</summary>
    public IReadOnlyList<RotationPlan> Plans
    {
        get => _plans;
        set => _plans = value;
    }
}

/// <summary>That an application reports what it uses of a vault.</summary>
internal sealed record ConsumerRegistration(string? Key, string? Program, Action<IServiceProvider, RotationConsumer>? Configure);

/// <summary>What an application does with a notice of rotation.</summary>
internal sealed record RotationHandler(string? Key, Action<IServiceProvider, RotationNotice> Handle);
