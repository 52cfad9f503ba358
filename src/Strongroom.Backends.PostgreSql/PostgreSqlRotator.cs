using System.Globalization;
using Npgsql;
using Strongroom.Rotation;

namespace Strongroom.Backends.PostgreSql;

/// <summary>
/// Rotates logins of PostgreSQL. The secret has the fields of <see cref="DatabaseCredentials"/>. With <c>rotate.users</c> (<c>oms_a,oms_b</c>) two users take turns: the one that rests gets a new password and is current after that, and
/// the former one is closed when its sessions have gone; nothing is ever refused. Without it the one user gets a new password: from then until a consumer has read it, new connections with the old one are refused.
/// The server is told a SCRAM verifier, never the password. Settings: <c>rotate.admin</c> names a secret with a login that may alter the users (with two users it is needed; one user alters itself), <c>rotate.users</c>,
/// <c>rotate.length</c> (32), <c>rotate.terminate</c> (<c>true</c>: sessions of the former user that are left at the deadline are ended), <c>rotate.ssl</c> (<c>disable</c> to <c>verify-full</c> as in libpq; without it
/// <c>verify-full</c> for hosts elsewhere and <c>prefer</c> for this machine). A server whose certificate was not verified gets no password in clear, whatever it asks for.
/// </summary>
public sealed class PostgreSqlRotator : IDrainingRotator
{
    private static readonly string[] Known = ["admin", "users", "length", "terminate", "ssl"];

    /// <inheritdoc/>
    public string Kind => "postgresql";

    /// <inheritdoc/>
    public IReadOnlyCollection<string> Settings => Known;

    /// <inheritdoc/>
    public ValueTask<SecretValue> CreateAsync(RotationContext context, CancellationToken ct)
    {
        ArgumentNullException.ThrowIfNull(context);
        using SecretValue password = RotatedValues.Password(RotatedValues.Length(context, 16, 512));
        SecretValue changed = RotatedValues.WithField(context.Old, "password", password.Span);
        if (context.Setting("users") is null)
            return new ValueTask<SecretValue>(changed);
        using (changed)
            return new ValueTask<SecretValue>(RotatedValues.WithField(changed, "username", System.Text.Encoding.ASCII.GetBytes(Resting(context))));
    }

    /// <inheritdoc/>
    public async ValueTask SetAsync(RotationContext context, CancellationToken ct)
    {
        ArgumentNullException.ThrowIfNull(context);
        string verifier = Verifier(context);
        string login = context.Setting("users") is null ? "" : " LOGIN";
        await RunAsync(context, context.Old, async connection =>
            await ExecuteAsync(connection, $"ALTER ROLE {Quoted(User(context.New))}{login} PASSWORD '{verifier}'", ct).ConfigureAwait(false), ct).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async ValueTask VerifyAsync(RotationContext context, CancellationToken ct)
    {
        ArgumentNullException.ThrowIfNull(context);
        try
        {
            NpgsqlConnection connection = await OpenAsync(context, context.New, ct).ConfigureAwait(false);
            await using (connection.ConfigureAwait(false))
                await ExecuteAsync(connection, "SELECT 1", ct).ConfigureAwait(false);
        }
        catch (NpgsqlException error)
        {
            throw Failed(error);
        }
    }

    /// <inheritdoc/>
    public async ValueTask RevokeAsync(RotationContext context, CancellationToken ct)
    {
        ArgumentNullException.ThrowIfNull(context);
        string former = User(context.Old);
        // One user: the server has known nothing but the new password since it was set.
        if (former == User(context.New))
            return;
        // Somebody has written the former user back meanwhile, perhaps with another password: it is in use again.
        using (SecretData? current = await context.ReadCurrentAsync(ct).ConfigureAwait(false))
        {
            if (current?.Value.FieldNames.Contains("username") == true && User(current.Value) == former)
                return;
        }

        await RunAsync(context, context.New, async connection =>
        {
            await ExecuteAsync(connection, $"ALTER ROLE {Quoted(former)} NOLOGIN PASSWORD NULL", ct).ConfigureAwait(false);
            if (context.Setting("terminate") == "true")
                await ExecuteAsync(connection, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = $1 AND pid <> pg_backend_pid()", ct, former).ConfigureAwait(false);
        }, ct).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async ValueTask<bool> IsOldInUseAsync(RotationContext context, CancellationToken ct)
    {
        ArgumentNullException.ThrowIfNull(context);
        string former = User(context.Old);
        bool inUse = false;
        if (former != User(context.New))
        {
            await RunAsync(context, context.New, async connection =>
                inUse = await ExecuteAsync(connection, "SELECT count(*) FROM pg_stat_activity WHERE usename = $1 AND pid <> pg_backend_pid()", ct, former).ConfigureAwait(false) is not 0L, ct).ConfigureAwait(false);
        }

        return inUse;
    }

    private static async ValueTask RunAsync(RotationContext context, SecretValue own, Func<NpgsqlConnection, ValueTask> act, CancellationToken ct)
    {
        try
        {
            NpgsqlConnection connection = await AdministratorAsync(context, own, ct).ConfigureAwait(false);
            await using (connection.ConfigureAwait(false))
                await act(connection).ConfigureAwait(false);
        }
        catch (NpgsqlException error)
        {
            throw Failed(error);
        }
    }

    private static async ValueTask<NpgsqlConnection> AdministratorAsync(RotationContext context, SecretValue own, CancellationToken ct)
    {
        if (context.Setting("admin") is { } admin)
        {
            using SecretData login = await context.ReadAsync(admin, ct).ConfigureAwait(false);
            return await OpenAsync(context, login.Value, ct).ConfigureAwait(false);
        }

        if (context.Setting("users") is not null)
            throw new VaultConfigurationException("SR1802", $"The rotation of {context.Name} needs the setting 'admin': of two users neither may alter the other.", $"Set it: strongroom meta {context.Name} --tag {RotationPolicy.TagPrefix}admin=NAME");
        try
        {
            return await OpenAsync(context, own, ct).ConfigureAwait(false);
        }
        catch (PostgresException error) when (error.SqlState is "28P01" or "28000")
        {
            // It was set before a crash.
            return await OpenAsync(context, context.New, ct).ConfigureAwait(false);
        }
    }

    // A connection of its own: a pool would keep one of the former login, and would not prove the new one.
    private static async ValueTask<NpgsqlConnection> OpenAsync(RotationContext context, SecretValue login, CancellationToken ct)
    {
        SecretValue place = context.New;
        var settings = new NpgsqlConnectionStringBuilder
        {
            Host = place.DangerousRevealString("host"),
            Database = place.FieldNames.Contains("database") ? place.DangerousRevealString("database") : "postgres",
            Username = User(login),
            Password = login.FieldNames.Contains("password") ? login.DangerousRevealString("password") : null,
            Pooling = false,
            Timeout = 10,
            CommandTimeout = 15,
            ApplicationName = "strongroom rotation",
            IncludeErrorDetail = false,
            GssEncryptionMode = GssEncryptionMode.Disable,
        };
        if (place.FieldNames.Contains("port"))
        {
            settings.Port = int.TryParse(place.DangerousRevealString("port"), NumberStyles.None, CultureInfo.InvariantCulture, out int port) && port is > 0 and <= 65535
                ? port
                : throw new VaultConfigurationException("SR1802", "The field 'port' of the login of PostgreSQL is not a number from 1 to 65535.", "Correct the field, or leave it away.");
        }

        settings.SslMode = context.Setting("ssl") is { } mode ? Addresses.ModeOf(mode) ?? throw Unfit(context, "ssl", $"it is not one of {Addresses.Modes}") : Addresses.DefaultMode(settings.Host);
        // Whoever sits on the network could ask for it in the server's place.
        if (settings.SslMode is not (SslMode.VerifyFull or SslMode.VerifyCA))
            settings.RequireAuth = "!Password";
        var connection = new NpgsqlConnection(settings.ConnectionString);
        try
        {
            await connection.OpenAsync(ct).ConfigureAwait(false);
            return connection;
        }
        catch
        {
            await connection.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    private static async ValueTask<object?> ExecuteAsync(NpgsqlConnection connection, string statement, CancellationToken ct, params string[] parameters)
    {
        var command = new NpgsqlCommand(statement, connection);
        await using (command.ConfigureAwait(false))
        {
            foreach (string parameter in parameters)
                command.Parameters.Add(new NpgsqlParameter { Value = parameter });
            return await command.ExecuteScalarAsync(ct).ConfigureAwait(false);
        }
    }

    private static string Verifier(RotationContext context) => context.New.TryGetField("password", out ReadOnlySpan<byte> password) && ScramVerifier.Fits(password)
        ? ScramVerifier.Make(password)
        : throw new VaultConfigurationException("SR1826", $"The new password of {context.Name} is empty or has characters beyond printable ASCII.", "Use printable ASCII, so that it need not be sent to the server in clear.");

    private static string Resting(RotationContext context)
    {
        string[] users = context.Required("users").Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        string current = User(context.Old);
        return users.Length == 2 && users[0] != users[1] && users.Contains(current)
            ? users.First(user => user != current)
            : throw Unfit(context, "users", "it does not name two users, of which the secret's is one");
    }

    private static string User(SecretValue value) => value.DangerousRevealString("username");

    private static string Quoted(string identifier) => "\"" + identifier.Replace("\"", "\"\"", StringComparison.Ordinal) + "\"";

    private static VaultConfigurationException Unfit(RotationContext context, string key, string why) =>
        new("SR1801", $"The tag '{RotationPolicy.TagPrefix}{key}' of {context.Name} can't be used: {why}.", $"Correct it: strongroom meta {context.Name} --tag {RotationPolicy.TagPrefix}{key}=…");

    // The server's message may name what was sent; its code says what it is.
    private static RotationException Failed(NpgsqlException error) =>
        new("SR1827", $"PostgreSQL failed: {(error as PostgresException)?.SqlState ?? error.GetType().Name}.", "Look whether the server runs, the users exist, and the login of the rotation may alter them.");
}
