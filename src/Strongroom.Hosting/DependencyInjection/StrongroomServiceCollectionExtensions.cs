using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Strongroom.Hosting;

namespace Strongroom;

/// <summary>Registers vaults with dependency injection.</summary>
public static class StrongroomServiceCollectionExtensions
{
    /// <summary>
    /// Registers the application's vault: <see cref="SecretsManager"/>, <see cref="ISecretStore"/>, <see cref="IVersionedSecretStore"/> and <see cref="SecretsHelper"/>, all for one instance that is opened before the
    /// application starts to serve, and wiped when the container is disposed of. Without options it shares the vault of the configuration provider where there is one.
    /// </summary>
    public static IStrongroomBuilder AddStrongroom(this IServiceCollection services, Action<StrongroomOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        if (AddCommon(services, null))
        {
            services.AddSingleton(provider => HandleOf(provider, configure));
            services.AddSingleton(static provider => provider.GetRequiredService<VaultHandle>().Open());
            services.TryAddSingleton<ISecretStore>(static provider => provider.GetRequiredService<SecretsManager>());
            services.TryAddSingleton<IVersionedSecretStore>(static provider => provider.GetRequiredService<SecretsManager>());
            services.TryAddSingleton(static provider => new SecretsHelper(provider.GetRequiredService<SecretsManager>()));
        }
        else if (configure is not null)
        {
            throw new VaultConfigurationException("SR1703", "AddStrongroom is called a second time with options.", "Set all options in the first call, or give the second vault a key with AddKeyedStrongroom.");
        }

        return new StrongroomBuilder(services, null);
    }

    /// <summary>Registers another vault under a key: <c>[FromKeyedServices("hsm")] SecretsManager vault</c>.</summary>
    public static IStrongroomBuilder AddKeyedStrongroom(this IServiceCollection services, string key, Action<StrongroomOptions> configure)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentException.ThrowIfNullOrEmpty(key);
        ArgumentNullException.ThrowIfNull(configure);
        if (!AddCommon(services, key))
            throw new VaultConfigurationException("SR1703", $"AddKeyedStrongroom is called twice with the key '{key}'.", "Give each vault a key of its own.");
        services.AddKeyedSingleton(key, (_, _) => new VaultHandle(Configured(configure)));
        services.AddKeyedSingleton(key, static (provider, key) => provider.GetRequiredKeyedService<VaultHandle>(key).Open());
        services.AddKeyedSingleton<ISecretStore>(key, static (provider, key) => provider.GetRequiredKeyedService<SecretsManager>(key));
        services.AddKeyedSingleton<IVersionedSecretStore>(key, static (provider, key) => provider.GetRequiredKeyedService<SecretsManager>(key));
        services.AddKeyedSingleton(key, static (provider, key) => new SecretsHelper(provider.GetRequiredKeyedService<SecretsManager>(key)));
        return new StrongroomBuilder(services, key);
    }

    /// <summary>
    /// Names secrets that the application can't do without. They are read before any service starts, so before a port is open; when one is missing, expired under a policy that refuses it, or lacks a field, the start fails
    /// with an error that names all of them and what to do.
    /// </summary>
    /// <param name="builder">The vault.</param>
    /// <param name="names">Names, or names with a field: <c>db/oms#password</c>.</param>
    public static IStrongroomBuilder Require(this IStrongroomBuilder builder, params string[] names)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(names);
        foreach (string name in names)
            builder.Services.AddSingleton(RequiredSecret.Parse(builder.Key, name));
        return builder;
    }

    /// <summary>Calls a handler for every notice that a secret reaches a distance from its expiry (<see cref="VaultOptions.ExpiryWarnings"/>), or has expired. Notices are logged and counted besides.</summary>
    public static IStrongroomBuilder OnExpiry(this IStrongroomBuilder builder, Func<IServiceProvider, ExpiryNotice, CancellationToken, ValueTask> handler)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(handler);
        builder.Services.AddSingleton(new ExpiryHandler(builder.Key, handler));
        return builder;
    }

    private static bool AddCommon(IServiceCollection services, string? key)
    {
        if (services.Any(service => service.ServiceType == typeof(VaultRegistration) && ((VaultRegistration)service.ImplementationInstance!).Key == key))
            return false;
        services.AddSingleton(new VaultRegistration(key));
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IHostedService, StrongroomStartup>());
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IHostedService, ExpiryReporter>());
        return true;
    }

    private static VaultHandle HandleOf(IServiceProvider provider, Action<StrongroomOptions>? configure)
    {
        StrongroomConfigurationProvider? shared = configure is null ? StrongroomConfigurationProviders.Of(provider).FirstOrDefault(static found => found.Source.Options.Store is null) : null;
        return shared?.Vault ?? new VaultHandle(Configured(configure));
    }

    private static StrongroomOptions Configured(Action<StrongroomOptions>? configure)
    {
        var options = new StrongroomOptions();
        configure?.Invoke(options);
        return options;
    }

    private sealed record StrongroomBuilder(IServiceCollection Services, string? Key) : IStrongroomBuilder;
}
