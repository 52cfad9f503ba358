using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Strongroom.Hosting;

namespace Strongroom;

/// <summary>Keeps values of secrets out of logs.</summary>
public static class StrongroomMaskExtensions
{
    /// <summary>
    /// Masks, in everything that is logged through <see cref="ILogger"/>, every value that this process has read from a vault through this library: in messages, named values, scopes and exceptions.
    /// It is the last line and not the first: values of fewer than 6 characters, and what is cut or changed beforehand, pass. <see cref="ISecretMask"/> masks other output.
    /// </summary>
    public static IStrongroomBuilder MaskLogs(this IStrongroomBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        IServiceCollection services = builder.Services;
        if (services.Any(static service => service.ServiceType == typeof(ISecretMask)))
            return builder;
        ServiceDescriptor inner = services.LastOrDefault(static service => service.ServiceType == typeof(ILoggerFactory) && !service.IsKeyedService)
            ?? throw new VaultConfigurationException("SR1722", "MaskLogs is called before logging is set up.", "Call AddLogging before it; a host builder has done so.");
        services.AddSingleton<ISecretMask>(SecretMasks.Shared);
        services.Replace(ServiceDescriptor.Singleton<ILoggerFactory>(provider => new MaskingLoggerFactory(Create(provider, inner), SecretMasks.Shared)));
        return builder;
    }

    private static ILoggerFactory Create(IServiceProvider provider, ServiceDescriptor descriptor) =>
        (ILoggerFactory)(descriptor.ImplementationInstance
            ?? descriptor.ImplementationFactory?.Invoke(provider)
            ?? ActivatorUtilities.CreateInstance(provider, descriptor.ImplementationType!));
}
