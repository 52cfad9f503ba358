using System.Data.Common;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Npgsql;
using Strongroom.Hosting;

namespace Strongroom;

/// <summary>PostgreSQL with logins from a vault.</summary>
public static class StrongroomNpgsqlExtensions
{
    /// <summary>
    /// Registers <see cref="StrongroomNpgsqlDataSource"/>, and as <see cref="DbDataSource"/> where there is none yet. The secret is read when the data source is first asked for; name it with <c>Require</c> to have it checked
    /// before the application serves.
    /// </summary>
    /// <param name="services">The services; <c>AddStrongroom</c> is called on them too.</param>
    /// <param name="name">The secret.</param>
    /// <param name="configure">How connections are made.</param>
    /// <param name="key">The key of the vault; null for the one without.</param>
    /// <param name="serviceKey">The key of the data source, when an application has several.</param>
    public static IServiceCollection AddStrongroomNpgsqlDataSource(this IServiceCollection services, string name, Action<StrongroomNpgsqlOptions>? configure = null, string? key = null, string? serviceKey = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        var secret = SecretName.Parse(name);
        if (serviceKey is null)
        {
            services.AddSingleton(Create);
            services.TryAddSingleton<DbDataSource>(static provider => provider.GetRequiredService<StrongroomNpgsqlDataSource>());
        }
        else
        {
            services.AddKeyedSingleton(serviceKey, (provider, _) => Create(provider));
            services.TryAddKeyedSingleton<DbDataSource>(serviceKey, static (provider, key) => provider.GetRequiredKeyedService<StrongroomNpgsqlDataSource>(key));
        }

        return services;

        StrongroomNpgsqlDataSource Create(IServiceProvider provider)
        {
            var options = new StrongroomNpgsqlOptions { LoggerFactory = provider.GetService<ILoggerFactory>(), Time = provider.GetRequiredService<TimeProvider>() };
            configure?.Invoke(options);
            return StrongroomNpgsqlDataSource.Create(Waiting.VaultOf(provider, key), secret, options);
        }
    }

    /// <summary>
    /// Takes the password of a data source of Npgsql's own from a vault: each new physical connection uses the newest. For one user; for two that alternate, and for a retry when the server refuses, there is
    /// <see cref="AddStrongroomNpgsqlDataSource"/>.
    /// </summary>
    /// <param name="builder">The data source.</param>
    /// <param name="vault">The vault.</param>
    /// <param name="name">The secret: a plain password, or one with a field <c>password</c>.</param>
    public static NpgsqlDataSourceBuilder UseStrongroomPassword(this NpgsqlDataSourceBuilder builder, SecretsManager vault, string name)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(vault);
        string connectionString = builder.ConnectionString;
        LiveSecret<DatabaseLogin> live = Waiting.Live(vault, SecretName.Parse(name), data => DatabaseLogin.Read(data, connectionString));
        return builder.UsePasswordProvider(_ => Reveal(), (_, _) => new ValueTask<string>(Reveal()));

        // The driver takes passwords as strings, for each connection that it really makes.
        string Reveal()
        {
            using SecretLease<DatabaseLogin> lease = live.Acquire();
            return lease.Value.Password.DangerousRevealString();
        }
    }
}
