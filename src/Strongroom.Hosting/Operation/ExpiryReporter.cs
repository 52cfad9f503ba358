using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Strongroom.Hosting;

/// <summary>Tells of expiry ahead of time, for each vault: in the log, as a metric, and to the application's handlers. Goes on when the vault is away for a while.</summary>
internal sealed class ExpiryReporter(IServiceProvider services, IEnumerable<VaultRegistration> vaults, IEnumerable<ExpiryHandler> handlers, TimeProvider time, ILogger<ExpiryReporter> logger) : BackgroundService
{
    private static readonly TimeSpan Again = TimeSpan.FromSeconds(5), Collect = TimeSpan.FromMilliseconds(200);

    protected override Task ExecuteAsync(CancellationToken stoppingToken) =>
        Task.WhenAll(vaults.SelectMany(vault => new[] { Loop(manager => NoticesAsync(vault, manager, stoppingToken), vault, stoppingToken), Loop(manager => TableAsync(vault, manager, stoppingToken), vault, stoppingToken) }));

    private async Task Loop(Func<SecretsManager, Task> run, VaultRegistration vault, CancellationToken stop)
    {
        await Task.Yield();
        while (!stop.IsCancellationRequested)
        {
            try
            {
                await run(await vault.HandleIn(services).OpenAsync(stop).ConfigureAwait(false)).ConfigureAwait(false);
            }
            catch (Exception error) when (stop.IsCancellationRequested || error is ObjectDisposedException)
            {
                return;
            }
            catch (Exception error)
            {
                // What the application's own ConfigureVault or Unlock throws must not end the application either.
                logger.ExpiryNotWatched(error is StrongroomException ? error.Message : error.GetType().Name);
            }

            await Task.Delay(Again, time, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task NoticesAsync(VaultRegistration vault, SecretsManager manager, CancellationToken stop)
    {
        await foreach (ExpiryNotice notice in manager.WatchExpiryAsync(stop).ConfigureAwait(false))
        {
            bool expired = notice.Remaining <= TimeSpan.Zero;
            if (expired)
                logger.HasExpired(notice.Name.ToString(), notice.ExpiresAt);
            else
                logger.ExpiresSoon(notice.Name.ToString(), TimeSpan.FromSeconds((long)notice.Remaining.TotalSeconds), notice.ExpiresAt);
            Telemetry.Noticed(expired);
            foreach (ExpiryHandler handler in handlers.Where(handler => handler.Key == vault.Key))
            {
                try
                {
                    await handler.Handle(services, notice, stop).ConfigureAwait(false);
                }
                catch (Exception error) when (!stop.IsCancellationRequested)
                {
                    logger.ExpiryHandlerFailed(error.GetType().Name);
                }
            }
        }
    }

    private async Task TableAsync(VaultRegistration vault, SecretsManager manager, CancellationToken stop)
    {
        ExpiryTable table = vault.Table(services);
        Telemetry.Add(table);
        try
        {
            using ChangeSubscription changes = await manager.SubscribeAsync(stop).ConfigureAwait(false);
            while (true)
            {
                await table.ReadAsync(manager, stop).ConfigureAwait(false);
                await changes.NextAsync(stop).ConfigureAwait(false);
                await Task.Delay(Collect, time, stop).ConfigureAwait(false);
            }
        }
        finally
        {
            Telemetry.Remove(table);
        }
    }
}

/// <summary>What an application does with a notice of expiry.</summary>
internal sealed record ExpiryHandler(string? Key, Func<IServiceProvider, ExpiryNotice, CancellationToken, ValueTask> Handle);
