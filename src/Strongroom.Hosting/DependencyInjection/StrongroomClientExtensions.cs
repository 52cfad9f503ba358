using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Strongroom;

/// <summary>What a client of a vault is set up with.</summary>
public sealed class StrongroomClientSettings
{
    /// <summary>The vault's file or folder; from the connection string.</summary>
    public string? Vault { get; set; }

    /// <summary>A key file.</summary>
    public string? KeyFile { get; set; }

    /// <summary>A file with the passphrase.</summary>
    public string? PassphraseFile { get; set; }

    /// <summary>Whether to leave out the health check.</summary>
    public bool DisableHealthChecks { get; set; }
}

/// <summary>Registers a vault in the manner of Aspire clients.</summary>
public static class StrongroomClientExtensions
{
    private const string Section = "Aspire:Strongroom:Client";

    /// <summary>
    /// Registers the vault of a connection string, with its health check. Settings come from the section <c>Aspire:Strongroom:Client</c>, then from <c>Aspire:Strongroom:Client:NAME</c>, then from
    /// <c>ConnectionStrings:NAME</c> (the vault's path), then from code.
    /// </summary>
    public static IStrongroomBuilder AddStrongroomClient(this IHostApplicationBuilder builder, string connectionName, Action<StrongroomClientSettings>? configure = null) => Add(builder, connectionName, null, configure);

    /// <summary>The same under a key, which is the connection's name.</summary>
    public static IStrongroomBuilder AddKeyedStrongroomClient(this IHostApplicationBuilder builder, string name, Action<StrongroomClientSettings>? configure = null) => Add(builder, name, name, configure);

    private static IStrongroomBuilder Add(IHostApplicationBuilder builder, string name, string? key, Action<StrongroomClientSettings>? configure)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentException.ThrowIfNullOrEmpty(name);
        var settings = new StrongroomClientSettings();
        Read(builder.Configuration.GetSection(Section), settings);
        Read(builder.Configuration.GetSection($"{Section}:{name}"), settings);
        settings.Vault = builder.Configuration[$"ConnectionStrings:{name}"] ?? settings.Vault;
        configure?.Invoke(settings);
        if (!settings.DisableHealthChecks)
            builder.Services.AddHealthChecks().AddStrongroom(key is null ? "strongroom" : $"strongroom_{key}", key: key);
        return key is null ? builder.Services.AddStrongroom(Configure) : builder.Services.AddKeyedStrongroom(key, Configure);

        void Configure(StrongroomOptions options) => (options.Vault, options.KeyFile, options.PassphraseFile) = (settings.Vault, settings.KeyFile, settings.PassphraseFile);
    }

    private static void Read(IConfigurationSection section, StrongroomClientSettings settings)
    {
        settings.Vault = section[nameof(settings.Vault)] ?? settings.Vault;
        settings.KeyFile = section[nameof(settings.KeyFile)] ?? settings.KeyFile;
        settings.PassphraseFile = section[nameof(settings.PassphraseFile)] ?? settings.PassphraseFile;
        if (section[nameof(settings.DisableHealthChecks)] is { } text)
            settings.DisableHealthChecks = bool.TryParse(text, out bool disable) ? disable : throw new VaultConfigurationException("SR1723", $"{section.Path}:{nameof(settings.DisableHealthChecks)} is not true or false.", "Correct the setting.");
    }
}
