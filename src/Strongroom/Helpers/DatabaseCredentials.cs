using System.Data.Common;
using System.Globalization;

namespace Strongroom;

/// <summary>The login of a database. Fields in the vault: <c>host</c>, <c>port</c> (may be missing), <c>database</c>, <c>username</c>, <c>password</c>.</summary>
public sealed class DatabaseCredentials : IDisposable
{
    /// <summary>Credentials with a password of UTF-8 bytes, which are copied.</summary>
    /// <param name="host">The host.</param>
    /// <param name="port">1 to 65,535, or null for the database's own.</param>
    /// <param name="database">The database.</param>
    /// <param name="username">The user.</param>
    /// <param name="password">The password.</param>
    public DatabaseCredentials(string host, int? port, string database, string username, ReadOnlySpan<byte> password)
    {
        ArgumentException.ThrowIfNullOrEmpty(host);
        ArgumentException.ThrowIfNullOrEmpty(database);
        ArgumentException.ThrowIfNullOrEmpty(username);
        if (port is < 1 or > 65535)
            throw new ArgumentOutOfRangeException(nameof(port), "A port is 1 to 65,535.");
        (Host, Port, Database, Username) = (host, port, database, username);
        Password = SecretValue.FromBytes(password);
    }

    /// <summary>The host.</summary>
    public string Host { get; }

    /// <summary>The port, or null for the database's own.</summary>
    public int? Port { get; }

    /// <summary>The database.</summary>
    public string Database { get; }

    /// <summary>The user.</summary>
    public string Username { get; }

    /// <summary>The password, zeroed on dispose.</summary>
    public SecretValue Password { get; }

    /// <summary>A connection string for Npgsql. Dangerous: a string can't be wiped.</summary>
    public string DangerousPostgreSqlConnectionString()
    {
        var builder = new DbConnectionStringBuilder { ["Host"] = Host, ["Database"] = Database, ["Username"] = Username, ["Password"] = Password.DangerousRevealString() };
        if (Port is { } port)
            builder["Port"] = port.ToString(CultureInfo.InvariantCulture);
        return builder.ConnectionString;
    }

    /// <summary>A connection string for SqlClient. Dangerous: a string can't be wiped.</summary>
    public string DangerousSqlServerConnectionString() => new DbConnectionStringBuilder
    {
        ["Data Source"] = Port is { } port ? string.Create(CultureInfo.InvariantCulture, $"{Host},{port}") : Host,
        ["Initial Catalog"] = Database,
        ["User ID"] = Username,
        ["Password"] = Password.DangerousRevealString(),
    }.ConnectionString;

    /// <summary>Without the password.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Username}:***@{Host}{(Port is { } port ? $":{port}" : "")}/{Database}");

    /// <inheritdoc/>
    public void Dispose() => Password.Dispose();

    /// <summary>Reads the fields of a secret, for a <see cref="LiveSecret{T}"/>: <c>vault.Live("db/oms", DatabaseCredentials.Read)</c>. The caller owns the credentials.</summary>
    /// <exception cref="VaultConfigurationException">A field is missing or does not fit; the message names it.</exception>
    public static DatabaseCredentials Read(SecretData data)
    {
        ArgumentNullException.ThrowIfNull(data);
        var fields = new FieldReader(data, "database credentials");
        int? port = null;
        if (fields.Has("port"))
        {
            port = int.TryParse(fields.Bytes("port"), NumberStyles.None, CultureInfo.InvariantCulture, out int number) && number is >= 1 and <= 65535
                ? number
                : throw fields.Unfit("port", "a number from 1 to 65535");
        }

        return new DatabaseCredentials(fields.Text("host"), port, fields.Text("database"), fields.Text("username"), fields.Bytes("password"));
    }

    internal SecretValue ToValue()
    {
        var fields = new List<KeyValuePair<string, SecretValue>>
        {
            new("host", SecretValue.DangerousFromString(Host)),
            new("database", SecretValue.DangerousFromString(Database)),
            new("username", SecretValue.DangerousFromString(Username)),
            new("password", SecretValue.FromBytes(Password.Span)),
        };
        if (Port is { } port)
            fields.Add(new("port", SecretValue.DangerousFromString(port.ToString(CultureInfo.InvariantCulture))));
        return SecretValue.FromFields(fields);
    }
}
