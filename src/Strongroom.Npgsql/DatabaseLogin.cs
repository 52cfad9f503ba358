using System.Globalization;
using Npgsql;

namespace Strongroom;

/// <summary>A login as one version of a secret has it: where and as whom, and the password apart from that.</summary>
internal sealed class DatabaseLogin : IDisposable
{
    private DatabaseLogin(string connectionString, string user, SecretValue password) => (ConnectionString, User, Password) = (connectionString, user, password);

    /// <summary>Without the password.</summary>
    public string ConnectionString { get; }

    public string User { get; }

    public SecretValue Password { get; }

    /// <summary>Reads a password alone, or the fields of <see cref="DatabaseCredentials"/>; what the secret does not say stays as it stands in the connection string.</summary>
    public static DatabaseLogin Read(SecretData data, string connectionString)
    {
        var builder = new NpgsqlConnectionStringBuilder(connectionString) { Password = null };
        ReadOnlySpan<byte> password;
        if (data.Value.HasFields)
        {
            builder.Host = Text(data, "host") ?? builder.Host;
            builder.Database = Text(data, "database") ?? builder.Database;
            builder.Username = Text(data, "username") ?? builder.Username;
            if (Text(data, "port") is { } port)
                builder.Port = int.TryParse(port, NumberStyles.None, CultureInfo.InvariantCulture, out int number) && number is >= 1 and <= 65535 ? number : throw Unfit(data, "its field 'port' is not a number from 1 to 65535");
            if (!data.Value.TryGetField("password", out password))
                throw Unfit(data, "it has no field 'password'");
        }
        else
        {
            password = data.Value.Span;
        }

        if (string.IsNullOrEmpty(builder.Host) || string.IsNullOrEmpty(builder.Username))
            throw Unfit(data, "neither it nor the connection string names a host and a user");
        return System.Text.Unicode.Utf8.IsValid(password)
            ? new DatabaseLogin(builder.ConnectionString, builder.Username, SecretValue.FromBytes(password))
            : throw Unfit(data, "its password is not text");
    }

    public override string ToString() => $"{User} ***";

    public void Dispose() => Password.Dispose();

    private static string? Text(SecretData data, string field) => data.Value.FieldNames.Contains(field, StringComparer.Ordinal) ? data.Value.DangerousRevealString(field) : null;

    private static VaultConfigurationException Unfit(SecretData data, string reason) =>
        new("SR1750", $"The secret {data.Name} is no login of PostgreSQL: {reason}.", "Write it with the fields host, database, username and password, or a plain password with the rest in ConnectionString.");
}
