using Microsoft.Extensions.Diagnostics.HealthChecks;
using Npgsql;
using Strongroom;

namespace TradingDesk.Desk;

/// <summary>Whether the database answers.</summary>
internal sealed class DatabaseHealth(StrongroomNpgsqlDataSource database) : IHealthCheck
{
    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        try
        {
            await using NpgsqlConnection connection = await database.OpenConnectionAsync(cancellationToken);
            await using var command = new NpgsqlCommand("SELECT 1", connection);
            await command.ExecuteScalarAsync(cancellationToken);
            return HealthCheckResult.Healthy($"Answers {database.User}.");
        }
        catch (NpgsqlException error)
        {
            // The message may name hosts and users; its code says enough.
            return HealthCheckResult.Unhealthy($"Does not answer ({error.SqlState ?? error.GetType().Name}); orders wait.");
        }
    }
}
