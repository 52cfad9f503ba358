using Microsoft.Extensions.Logging;
using Npgsql;

namespace Strongroom;

/// <summary>How connections are made, beside the login.</summary>
public sealed class StrongroomNpgsqlOptions
{
    /// <summary>Everything that the secret does not say: pool sizes, TLS, and host, database or user when the secret has no such field. A password in it is not used.</summary>
    public string ConnectionString { get; set; } = "";

    /// <summary>Sets up each data source: types, tracing, certificates. Called once for each user that the secret has named. The password is taken care of.</summary>
    public Action<NpgsqlDataSourceBuilder>? Configure { get; set; }

    /// <summary>
    /// After a refusal (SQLSTATE 28P01, 28000), how long to wait for the vault to have another version before giving up; then it is tried once more. Covers the moment between the change in the database and that in the
    /// vault when there is only one user. 2 seconds; zero looks once and does not wait.
    /// </summary>
    public TimeSpan WaitForChange { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>How long the data source of a former user is kept for connections that were created and not opened yet, when there are more than two users. 5 minutes.</summary>
    public TimeSpan Linger { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>The clock.</summary>
    public TimeProvider Time { get; set; } = TimeProvider.System;

    /// <summary>Where to log; set by dependency injection.</summary>
    public ILoggerFactory? LoggerFactory { get; set; }
}
