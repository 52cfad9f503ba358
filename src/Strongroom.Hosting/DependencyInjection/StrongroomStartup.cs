using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Strongroom.Hosting;

/// <summary>Opens every registered vault and reads what the application requires, before any other service starts.</summary>
internal sealed class StrongroomStartup(IServiceProvider services, IEnumerable<VaultRegistration> vaults, IEnumerable<RequiredSecret> required, ILogger<StrongroomStartup> logger) : IHostedLifecycleService
{
    public async Task StartingAsync(CancellationToken cancellationToken)
    {
        foreach (VaultRegistration vault in vaults)
        {
            SecretsManager manager = await OpenAsync(vault, cancellationToken).ConfigureAwait(false);
            logger.Opened(manager.Location, manager.Revision);
            foreach (string warning in manager.Warnings)
                logger.VaultWarning(warning);
            await RequireAsync(manager, [.. required.Where(secret => secret.Key == vault.Key).Select(static secret => secret.Name).Distinct(StringComparer.Ordinal)], cancellationToken).ConfigureAwait(false);
        }
    }

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private async ValueTask<SecretsManager> OpenAsync(VaultRegistration vault, CancellationToken ct)
    {
        try
        {
            return await vault.HandleIn(services).OpenAsync(ct).ConfigureAwait(false);
        }
        catch (StrongroomException error)
        {
            logger.NotOpened(error.Code, error.Message, error.Hint);
            throw;
        }
    }

    private async ValueTask RequireAsync(SecretsManager manager, IReadOnlyList<string> names, CancellationToken ct)
    {
        if (names.Count == 0)
            return;
        List<StrongroomException> missing = [];
        foreach (string name in names)
        {
            try
            {
                await CheckAsync(manager, name, ct).ConfigureAwait(false);
            }
            catch (Exception error) when (error is SecretNotFoundException or SecretExpiredException or VaultConfigurationException)
            {
                missing.Add((StrongroomException)error);
                logger.RequirementNotMet(((StrongroomException)error).Code, error.Message, ((StrongroomException)error).Hint);
            }
        }

        if (missing.Count == 0)
        {
            logger.RequirementsMet(names.Count);
            return;
        }

        string all = string.Join(" ", missing.Select(static error => $"[{error.Code}] {error.Message}"));
        string remedies = string.Join(" ", missing.Select(static error => error.Hint).Distinct(StringComparer.Ordinal));
        throw new SecretNotFoundException("SR1704", $"The application was not started: {missing.Count} of the {names.Count} secrets that it requires can't be used. {all}", remedies);
    }

    private static async ValueTask CheckAsync(SecretsManager manager, string text, CancellationToken ct)
    {
        int hash = text.IndexOf('#', StringComparison.Ordinal);
        var name = SecretName.Parse(hash < 0 ? text : text[..hash]);
        using SecretData data = await manager.TryGetAsync(name, ct: ct).ConfigureAwait(false)
            ?? throw new SecretNotFoundException("SR1705", $"The required secret '{name}' is missing.", $"Write it with: strongroom set {name}");
        if (hash >= 0 && !data.Value.TryGetField(text[(hash + 1)..], out _))
            throw new SecretNotFoundException("SR1706", $"The required secret '{name}' has no field '{text[(hash + 1)..]}'.", $"Write it with all fields: strongroom set {name} {text[(hash + 1)..]}=…");
    }
}
