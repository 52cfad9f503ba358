using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace Strongroom.Hosting;

/// <summary>Finds the vaults in an application's configuration.</summary>
internal static class StrongroomConfigurationProviders
{
    public static IReadOnlyList<StrongroomConfigurationProvider> Of(IServiceProvider services) => Of(services.GetService<IConfiguration>());

    private static List<StrongroomConfigurationProvider> Of(IConfiguration? configuration)
    {
        var found = new List<StrongroomConfigurationProvider>();
        foreach (IConfigurationProvider provider in (configuration as IConfigurationRoot)?.Providers ?? [])
        {
            if (provider is StrongroomConfigurationProvider own)
                found.Add(own);
            else if (provider is ChainedConfigurationProvider chained)
                found.AddRange(Of(chained.Configuration));
        }

        return found;
    }
}
