using System.Globalization;
using Npgsql;
using Strongroom.Storage;

namespace Strongroom.Backends.PostgreSql;

/// <summary>Reads addresses: what libpq reads, and <c>schema</c>. A setting that is not known is an error.</summary>
internal static class Addresses
{
    public const string DefaultSchema = "strongroom";

    /// <summary>The names of the modes of encryption, for messages.</summary>
    public const string Modes = "disable, allow, prefer, require, verify-ca or verify-full";

    private const int MaxIdentifier = 40;

    public static (NpgsqlConnectionStringBuilder Settings, string Schema) Read(VaultAddress address, TimeSpan timeout)
    {
        string rest = address.DangerousRest;
        if (!rest.StartsWith("//", StringComparison.Ordinal))
            throw Unfit(address.ToString(), "it has no host");
        int question = rest.IndexOf('?', StringComparison.Ordinal);
        string place = question < 0 ? rest[2..] : rest[2..question];
        int slash = place.IndexOf('/', StringComparison.Ordinal);
        string authority = slash < 0 ? place : place[..slash];
        int at = authority.LastIndexOf('@');
        var settings = new NpgsqlConnectionStringBuilder
        {
            Host = authority[(at + 1)..] is { Length: > 0 } hosts ? Decode(hosts) : "localhost",
            ApplicationName = "strongroom",
            Timeout = Seconds(timeout, 5),
            CommandTimeout = Seconds(timeout, 60),
            CancellationTimeout = 2000,
            KeepAlive = 10,
            // After a fail-over the standby is the primary: it is asked again after a second whether it is.
            HostRecheckSeconds = 1,
            NoResetOnClose = true,
            MaxAutoPrepare = 16,
            AutoPrepareMinUsages = 2,
            IncludeErrorDetail = false,
            GssEncryptionMode = GssEncryptionMode.Disable,
        };
        if (slash >= 0 && slash + 1 < place.Length)
            settings.Database = Decode(place[(slash + 1)..]);
        if (at >= 0)
        {
            string[] user = authority[..at].Split(':', 2);
            settings.Username = Decode(user[0]);
            if (user.Length == 2)
                settings.Password = Decode(user[1]);
        }

        string schema = DefaultSchema;
        foreach (string setting in question < 0 ? [] : rest[(question + 1)..].Split('&', StringSplitOptions.RemoveEmptyEntries))
        {
            string[] pair = setting.Split('=', 2);
            string value = pair.Length == 2 ? Decode(pair[1]) : "";
            if (pair[0] == "schema")
                schema = RequireIdentifier(value);
            else
                Apply(settings, pair[0], value, address);
        }

        // Unless the address says otherwise.
        if (!settings.ContainsKey("SSL Mode") || !rest.Contains("sslmode=", StringComparison.Ordinal))
            settings.SslMode = DefaultMode(settings.Host);
        return (settings, schema);
    }

    public static string LocationOf(NpgsqlConnectionStringBuilder settings, string schema)
    {
        string port = settings.Port == NpgsqlConnection.DefaultPort ? "" : string.Create(CultureInfo.InvariantCulture, $":{settings.Port}");
        return $"postgres://{settings.Host}{port}/{settings.Database ?? settings.Username}?schema={schema}";
    }

    /// <summary>Names go into statements as they are, so only plain ones are taken.</summary>
    public static string RequireIdentifier(string name) =>
        name.Length is > 0 and <= MaxIdentifier && (char.IsAsciiLetterLower(name[0]) || name[0] == '_') && name.All(static c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c == '_')
            ? name
            : throw new VaultConfigurationException("SR1293", "The name of a schema or role does not fit.", $"Use lower-case letters, digits and _, at most {MaxIdentifier}.");

    public static VaultConfigurationException Unfit(string address, string why) =>
        new("SR1293", $"The address {VaultAddress.Describe(address)} can't be used: {why}.", "Write postgres://USER@HOST/DATABASE, with ?schema=NAME for one of several vaults; docs/databases.md has all settings.");

    /// <summary>What crosses a network is encrypted and the server proves its name.</summary>
    public static SslMode DefaultMode(string hosts) => hosts.Split(',').All(IsLocal) ? SslMode.Prefer : SslMode.VerifyFull;

    /// <summary>A mode by the name that libpq has for it; null when there is none.</summary>
    public static SslMode? ModeOf(string name) => name switch
    {
        "disable" => SslMode.Disable,
        "allow" => SslMode.Allow,
        "prefer" => SslMode.Prefer,
        "require" => SslMode.Require,
        "verify-ca" => SslMode.VerifyCA,
        "verify-full" => SslMode.VerifyFull,
        _ => null,
    };

    private static void Apply(NpgsqlConnectionStringBuilder settings, string key, string value, VaultAddress address)
    {
        switch (key)
        {
            case "host": settings.Host = value; break;
            case "port": settings.Port = Number(value, address); break;
            case "user": settings.Username = value; break;
            case "password": settings.Password = value; break;
            case "passfile": settings.Passfile = value; break;
            case "dbname": settings.Database = value; break;
            case "application_name": settings.ApplicationName = value; break;
            case "connect_timeout": settings.Timeout = Number(value, address); break;
            case "pool_size": settings.MaxPoolSize = Number(value, address); break;
            case "sslrootcert": settings.RootCertificate = value; break;
            case "sslcert": settings.SslCertificate = value; break;
            case "sslkey": settings.SslKey = value; break;
            case "sslmode":
                settings.SslMode = ModeOf(value) ?? throw Unfit(address.ToString(), $"sslmode is {Modes}");
                break;
            default:
                throw Unfit(address.ToString(), $"the setting '{(key.All(char.IsAsciiLetter) || key.Contains('_', StringComparison.Ordinal) ? key : "?")}' is not known");
        }
    }

    private static bool IsLocal(string host)
    {
        string name = host.Split(':')[0];
        return name is "localhost" or "127.0.0.1" or "" || host.StartsWith('/') || host.StartsWith("[::1]", StringComparison.Ordinal);
    }

    private static int Number(string value, VaultAddress address) =>
        int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out int number) && number > 0 ? number : throw Unfit(address.ToString(), "a number does not fit");

    private static int Seconds(TimeSpan timeout, int most) => (int)Math.Clamp(Math.Ceiling(timeout.TotalSeconds), 1, most);

    private static string Decode(string text) => Uri.UnescapeDataString(text);
}
