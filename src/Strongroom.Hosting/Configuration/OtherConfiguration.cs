using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Primitives;

namespace Strongroom.Hosting;

/// <summary>What was configured before a source: where references are looked for.</summary>
internal sealed class OtherConfiguration(StrongroomConfigurationSource source, IConfigurationBuilder builder) : IDisposable
{
    private IConfigurationProvider[]? _built;

    /// <summary>The values that count, by key: of two providers the later one.</summary>
    public Dictionary<string, string> Values()
    {
        var values = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (IConfigurationProvider provider in Providers())
            Collect(provider, null, values);
        return values;
    }

    /// <summary>Calls back when one of them reloads.</summary>
    public IReadOnlyList<IDisposable> OnReload(Action callback) => [.. Providers().Select(provider => ChangeToken.OnChange(provider.GetReloadToken, callback))];

    public void Dispose()
    {
        foreach (IConfigurationProvider provider in _built ?? [])
            (provider as IDisposable)?.Dispose();
    }

    private IEnumerable<IConfigurationProvider> Providers()
    {
        // ConfigurationManager is builder and root in one; another builder has no providers yet, so they are built here.
        IEnumerable<IConfigurationProvider> all = builder is IConfigurationRoot root ? root.Providers : _built ??= Build();
        return all.TakeWhile(provider => provider is not StrongroomConfigurationProvider own || !ReferenceEquals(own.Source, source)).Where(static provider => provider is not StrongroomConfigurationProvider);
    }

    private IConfigurationProvider[] Build()
    {
        IConfigurationProvider[] providers = [.. builder.Sources.TakeWhile(other => other != source).Where(static other => other is not StrongroomConfigurationSource).Select(other => other.Build(builder))];
        foreach (IConfigurationProvider provider in providers)
            provider.Load();
        return providers;
    }

    private static void Collect(IConfigurationProvider provider, string? path, Dictionary<string, string> values)
    {
        foreach (string child in provider.GetChildKeys([], path).Distinct(StringComparer.OrdinalIgnoreCase))
        {
            string key = path is null ? child : ConfigurationPath.Combine(path, child);
            if (provider.TryGet(key, out string? value) && value is not null)
                values[key] = value;
            Collect(provider, key, values);
        }
    }
}
