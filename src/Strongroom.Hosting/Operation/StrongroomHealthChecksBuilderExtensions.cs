using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Strongroom.Hosting;

namespace Strongroom;

/// <summary>When a vault is not healthy.</summary>
public sealed class StrongroomHealthOptions
{
    /// <summary>A secret that expires within this time makes it degraded.</summary>
    public TimeSpan ExpiryWindow { get; set; } = TimeSpan.FromDays(7);

    /// <summary>Configuration that could not be brought up to date for so long makes it degraded.</summary>
    public TimeSpan StaleAfter { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>Whether names of secrets are told. Health is often readable by many: off by default.</summary>
    public bool IncludeNames { get; set; }
}

/// <summary>Adds vaults to health checks.</summary>
public static class StrongroomHealthChecksBuilderExtensions
{
    /// <summary>Adds the vault's health: see <c>docs/hosting.md</c> for what is unhealthy and what degraded.</summary>
    /// <param name="builder">The checks.</param>
    /// <param name="name">The name of the check.</param>
    /// <param name="failureStatus">What unhealthy is reported as; unhealthy when null.</param>
    /// <param name="tags">Tags.</param>
    /// <param name="timeout">How long a check may take.</param>
    /// <param name="configure">When it is not healthy.</param>
    /// <param name="key">The key of the vault; null for the one without.</param>
    public static IHealthChecksBuilder AddStrongroom(
        this IHealthChecksBuilder builder, string name = "strongroom", HealthStatus? failureStatus = null, IEnumerable<string>? tags = null, TimeSpan? timeout = null, Action<StrongroomHealthOptions>? configure = null, string? key = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        var options = new StrongroomHealthOptions();
        configure?.Invoke(options);
        return builder.Add(new HealthCheckRegistration(name, services => new StrongroomHealthCheck(services, options, key), failureStatus, tags, timeout));
    }
}
