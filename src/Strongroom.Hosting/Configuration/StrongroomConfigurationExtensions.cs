using Microsoft.Extensions.Configuration;
using Strongroom.Hosting;

namespace Strongroom;

/// <summary>Adds a vault to configuration.</summary>
public static class StrongroomConfigurationExtensions
{
    /// <summary>
    /// Adds secrets of a vault, and replaces references to them in what was added before: so add it last. Loads at once; a failure of the first loading is an error that says what to do.
    /// </summary>
    public static IConfigurationBuilder AddStrongroom(this IConfigurationBuilder builder, Action<StrongroomConfigurationOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        var options = new StrongroomConfigurationOptions();
        configure?.Invoke(options);
        if (options.ReloadInterval <= TimeSpan.Zero || options.Debounce < TimeSpan.Zero)
            throw new VaultConfigurationException("SR1711", "ReloadInterval is above zero, and Debounce not below it.", "Set ReloadInterval to null to look for changes only when the vault tells of them.");
        return builder.Add(new StrongroomConfigurationSource(options));
    }

    /// <summary>The view of <c>GetDebugView</c> without the values that come from a vault.</summary>
    public static string GetRedactedDebugView(this IConfigurationRoot root)
    {
        ArgumentNullException.ThrowIfNull(root);
        return root.GetDebugView(static context => context.ConfigurationProvider is StrongroomConfigurationProvider ? "***" : context.Value ?? "");
    }
}
