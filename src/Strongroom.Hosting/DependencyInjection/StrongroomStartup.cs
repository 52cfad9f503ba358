using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Strongroom.Hosting;

/// <summary>Opens every registered vault and reads what the application requires, before any other service starts.</summary>
internal sealed class StrongroomStartup(IServiceProvider services, IEnumerable<VaultRegistration> vaults, IEnumerable<RequiredSecret> required, ILogger<StrongroomStartup> logger) : IHostedLifecycleService
{
    public async Task StartingAsync(CancellationToken cancellationToken)
    {
        foreach (StrongroomConfigurationProvider provider in StrongroomConfigurationProviders.Of(services))
            provider.Attach(logger);
        Unresolved();
        foreach (VaultRegistration vault in vaults)
        {
            RequiredSecret[] secrets = [.. required.Where(secret => secret.Key == vault.Key).Distinct()];
            SecretsManager? manager = await OpenAsync(vault, secrets, cancellationToken).ConfigureAwait(false);
            if (manager is null)
                continue;
            logger.Opened(manager.Location, manager.Revision);
            foreach (string warning in manager.Warnings)
                logger.VaultWarning(warning);
            await RequireAsync(manager, secrets, cancellationToken).ConfigureAwait(false);
        }
    }

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    // Null when the vault is away and its configuration comes from the sealed copy, which had all that is required.
    private async ValueTask<SecretsManager?> OpenAsync(VaultRegistration vault, RequiredSecret[] secrets, CancellationToken ct)
    {
        VaultHandle handle = vault.HandleIn(services);
        try
        {
            return await handle.OpenAsync(ct).ConfigureAwait(false);
        }
        catch (VaultUnavailableException error) when (StrongroomConfigurationProviders.Of(services).FirstOrDefault(provider => provider.Vault == handle && provider.Status.FromSnapshot) is { } provider
            && secrets.All(secret => provider.HasInSnapshot(secret.SecretName)))
        {
            logger.StartedWithSnapshot(error.Code, error.Message, error.Hint);
            return null;
        }
        catch (StrongroomException error)
        {
            logger.NotOpened(error.Code, error.Message, error.Hint);
            throw;
        }
    }

    // A source that was added after AddStrongroom would hand references out as they stand.
    private void Unresolved()
    {
        if (StrongroomConfigurationProviders.Of(services).Count == 0 || services.GetService<IConfiguration>() is not { } configuration)
            return;
        string[] keys = [.. configuration.AsEnumerable().Where(static pair => pair.Value is { } value && ReferenceText.HasReferences(value)).Select(static pair => pair.Key).Order(StringComparer.Ordinal)];
        if (keys.Length == 0)
            return;
        logger.Unresolved(string.Join(", ", keys));
        throw new VaultConfigurationException("SR1710", $"Configuration holds references that were not resolved: {string.Join(", ", keys)}.", "Call AddStrongroom after the sources that they stand in, or set Store to the name that they use.");
    }

    private async ValueTask RequireAsync(SecretsManager manager, RequiredSecret[] secrets, CancellationToken ct)
    {
        if (secrets.Length == 0)
            return;
        List<StrongroomException> missing = [];
        foreach (RequiredSecret secret in secrets)
        {
            try
            {
                await CheckAsync(manager, secret, ct).ConfigureAwait(false);
            }
            catch (Exception error) when (error is SecretNotFoundException or SecretExpiredException or VaultConfigurationException)
            {
                missing.Add((StrongroomException)error);
                logger.RequirementNotMet(((StrongroomException)error).Code, error.Message, ((StrongroomException)error).Hint);
            }
        }

        if (missing.Count == 0)
        {
            logger.RequirementsMet(secrets.Length);
            return;
        }

        string all = string.Join(" ", missing.Select(static error => $"[{error.Code}] {error.Message}"));
        string remedies = string.Join(" ", missing.Select(static error => error.Hint).Distinct(StringComparer.Ordinal));
        throw new SecretNotFoundException("SR1704", $"The application was not started: {missing.Count} of the {secrets.Length} secrets that it requires can't be used. {all}", remedies);
    }

    private static async ValueTask CheckAsync(SecretsManager manager, RequiredSecret required, CancellationToken ct)
    {
        using SecretData data = await manager.TryGetAsync(required.SecretName, ct: ct).ConfigureAwait(false)
            ?? throw new SecretNotFoundException("SR1705", $"The required secret '{required.SecretName}' is missing.", $"Write it with: strongroom set {required.SecretName}");
        if (required.Field is { } field && !data.Value.TryGetField(field, out _))
            throw new SecretNotFoundException("SR1706", $"The required secret '{required.SecretName}' has no field '{field}'.", $"Write it with all fields: strongroom set {required.SecretName} {field}=…");
    }
}
