using System.Collections.Immutable;
using Strongroom.Storage;

namespace Strongroom;

/// <summary>
/// The kinds of storage that <see cref="VaultOptions.Path"/> may name by address. The library has the file; each database is a package, and a program registers those it uses when it starts:
/// <code>VaultBackends.Register(SqliteBackend.Provider);</code>
/// </summary>
public static class VaultBackends
{
    // What a user who forgot the package is told.
    private static readonly Dictionary<string, string> Packages = new(StringComparer.Ordinal)
    {
        ["sqlite"] = "Strongroom.Backends.Sqlite",
        ["postgres"] = "Strongroom.Backends.PostgreSql",
        ["postgresql"] = "Strongroom.Backends.PostgreSql",
        ["redis"] = "Strongroom.Backends.Redis",
        ["rediss"] = "Strongroom.Backends.Redis",
    };

    private static ImmutableDictionary<string, IVaultBackendProvider> _providers = ImmutableDictionary.Create<string, IVaultBackendProvider>(StringComparer.Ordinal);

    /// <summary>Makes the schemes of a provider usable in this process. Again, or another for the same scheme: the last one counts.</summary>
    public static void Register(IVaultBackendProvider provider)
    {
        ArgumentNullException.ThrowIfNull(provider);
        foreach (string scheme in provider.Schemes)
            ImmutableInterlocked.AddOrUpdate(ref _providers, scheme, provider, (_, _) => provider);
    }

    /// <summary>Opens the backend of an address; no I/O yet.</summary>
    /// <exception cref="VaultConfigurationException">Nobody is registered for the scheme, or the address does not fit.</exception>
    public static IVaultBackend Open(VaultAddress address, BackendSettings settings)
    {
        ArgumentNullException.ThrowIfNull(address);
        if (_providers.TryGetValue(address.Scheme, out IVaultBackendProvider? provider))
            return provider.Open(address, settings);
        throw Packages.TryGetValue(address.Scheme, out string? package)
            ? new VaultConfigurationException("SR1520", $"The vault's address begins with '{address.Scheme}:', and this program has no backend for that.", $"Add the package {package}, and register its provider with VaultBackends.Register when the program starts.")
            : new VaultConfigurationException("SR1520", $"The vault's address begins with '{address.Scheme}:', which is no kind of storage that is known here.", $"Give the path of a file, or an address that begins with one of: {string.Join(", ", Packages.Keys.Concat(_providers.Keys).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal).Select(static scheme => scheme + ":"))}.");
    }

    internal static bool IsKnown(string scheme) => Packages.ContainsKey(scheme) || _providers.ContainsKey(scheme);
}
