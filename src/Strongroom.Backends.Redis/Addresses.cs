using System.Globalization;
using System.Net;
using StackExchange.Redis;
using Strongroom.Storage;

namespace Strongroom.Backends.Redis;

/// <summary>What an address says, and what is set besides. A setting that is not known is an error.</summary>
/// <param name="Options">For the driver.</param>
/// <param name="Sentinel">The service to ask the hosts for, who are sentinels then; else null.</param>
/// <param name="Name">The vault's name.</param>
/// <param name="Replicas">How many replicas have to confirm a commit.</param>
/// <param name="IsChecked">Whether the server has to show that it is durable.</param>
/// <param name="Location">Where the vault is, without credentials.</param>
internal sealed record Address(ConfigurationOptions Options, string? Sentinel, string Name, int Replicas, bool IsChecked, string Location);

/// <summary>Reads addresses: <c>redis://USER@HOST:PORT,HOST:PORT/NAME?settings</c>, <c>rediss</c> for TLS.</summary>
internal static class Addresses
{
    public const string DefaultName = "strongroom";

    // As redis-cli reads it.
    private const string PasswordVariable = "REDISCLI_AUTH";
    private const int DefaultPort = 6379, DefaultSentinelPort = 26379, MaxName = 64, MaxReplicas = 16;

    public static Address Read(VaultAddress address, TimeSpan timeout)
    {
        string rest = address.DangerousRest;
        if (!rest.StartsWith("//", StringComparison.Ordinal))
            throw Unfit(address.ToString(), "it has no host");
        int question = rest.IndexOf('?', StringComparison.Ordinal);
        string place = question < 0 ? rest[2..] : rest[2..question];
        int slash = place.IndexOf('/', StringComparison.Ordinal);
        string authority = slash < 0 ? place : place[..slash], name = slash < 0 || slash + 1 == place.Length ? DefaultName : place[(slash + 1)..];
        if (name.Length > MaxName || !name.All(static c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.'))
            throw Unfit(address.ToString(), $"the vault's name is letters, digits, '-', '_' and '.', at most {MaxName}");
        int milliseconds = (int)Math.Clamp(timeout.TotalMilliseconds, 1000, 60_000);
        var options = new ConfigurationOptions
        {
            ClientName = "strongroom",
            AbortOnConnectFail = true,
            ConnectTimeout = Math.Min(milliseconds, 5000),
            AsyncTimeout = milliseconds,
            SyncTimeout = milliseconds,
            // What could not be sent has certainly not been done: said at once, and the manager asks again.
            BacklogPolicy = BacklogPolicy.FailFast,
            // CONFIG GET counts as administration.
            AllowAdmin = true,
            Ssl = address.Scheme == "rediss",
            Password = Environment.GetEnvironmentVariable(PasswordVariable),
        };
        int at = authority.LastIndexOf('@');
        if (at >= 0)
        {
            string[] user = authority[..at].Split(':', 2);
            options.User = user[0].Length == 0 ? null : Decode(user[0]);
            options.Password = user.Length == 2 ? Decode(user[1]) : options.Password;
        }

        int replicas = 0;
        string? sentinel = null;
        bool isChecked = true;
        foreach (string setting in question < 0 ? [] : rest[(question + 1)..].Split('&', StringSplitOptions.RemoveEmptyEntries))
        {
            string[] pair = setting.Split('=', 2);
            string value = pair.Length == 2 ? Decode(pair[1]) : "";
            switch (pair[0])
            {
                case "sentinel" when value.Length > 0 && !options.Ssl: sentinel = value; break;
                case "user": options.User = value; break;
                case "password": options.Password = value; break;
                case "db": options.DefaultDatabase = Number(value, address, most: 65_535); break;
                case "replicas": replicas = Number(value, address, MaxReplicas); break;
                case "durability" when value is "checked" or "unchecked": isChecked = value == "checked"; break;
                case "sslrootcert" when options.Ssl: options.TrustIssuer(value); break;
                case "sslhost" when options.Ssl: options.SslHost = value; break;
                default: throw Unfit(address.ToString(), $"the setting '{(pair[0].All(char.IsAsciiLetter) ? pair[0] : "?")}' is not known, or its value does not fit");
            }
        }

        string hosts = authority[(at + 1)..];
        foreach (string host in (hosts.Length == 0 ? "localhost" : hosts).Split(','))
            options.EndPoints.Add(EndPointOf(Decode(host), sentinel is null ? DefaultPort : DefaultSentinelPort, address));
        string service = sentinel is null ? "" : $"?sentinel={sentinel}";
        string database = options.DefaultDatabase is > 0 and { } number ? string.Create(CultureInfo.InvariantCulture, $"{(service.Length == 0 ? '?' : '&')}db={number}") : "";
        return new Address(options, sentinel, name, replicas, isChecked, $"{address.Scheme}://{(hosts.Length == 0 ? "localhost" : hosts)}/{name}{service}{database}");
    }

    public static VaultConfigurationException Unfit(string address, string why) =>
        new("SR1274", $"The address {VaultAddress.Describe(address)} can't be used: {why}.", "Write redis://USER@HOST/NAME, or rediss:// for TLS; docs/databases.md has all settings.");

    private static EndPoint EndPointOf(string host, int port, VaultAddress address)
    {
        int colon = host.LastIndexOf(':');
        if (colon >= 0 && !host.EndsWith(']'))
            (host, port) = (host[..colon], Number(host[(colon + 1)..], address, 65_535));
        host = host.Trim('[', ']');
        if (host.Length == 0)
            throw Unfit(address.ToString(), "a host has no name");
        return IPAddress.TryParse(host, out IPAddress? ip) ? new IPEndPoint(ip, port) : new DnsEndPoint(host, port);
    }

    private static int Number(string value, VaultAddress address, int most) =>
        int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out int number) && number <= most ? number : throw Unfit(address.ToString(), "a number does not fit");

    private static string Decode(string text) => Uri.UnescapeDataString(text);
}
