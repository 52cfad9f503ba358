using System.Collections.Concurrent;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using NSec.Cryptography;
using Strongroom;
using TradingDesk.Exchange;

namespace TradingDesk.Story;

/// <summary>What a deployment does once: users in the database, first keys at the exchange, and all of it in the vault, with the policies by which it is rotated from then on.</summary>
internal sealed class Setup(Place place, SecretsManager vault, HttpClient exchange)
{
    private readonly SecretsHelper _secrets = new(vault);

    /// <summary>Two users that take turns, who have their rights through a role, and a login that may alter them.</summary>
    public async Task DatabaseAsync()
    {
        string first = NewPassword(), rotator = NewPassword();
        await place.QueryAsync($"""
            ALTER ROLE vault PASSWORD '{place.Superuser}';
            CREATE TABLE orders (id uuid PRIMARY KEY, symbol text NOT NULL, quantity int NOT NULL, price numeric NOT NULL, filled bool NOT NULL DEFAULT false);
            CREATE ROLE desk NOLOGIN;
            GRANT SELECT, INSERT, UPDATE ON orders TO desk;
            CREATE ROLE desk_a LOGIN PASSWORD '{first}' IN ROLE desk;
            CREATE ROLE desk_b NOLOGIN IN ROLE desk;
            CREATE ROLE rotator LOGIN CREATEROLE PASSWORD '{rotator}';
            GRANT desk_a, desk_b TO rotator WITH ADMIN OPTION;
            """);
        // The server for trying lets everybody in; from here on it asks for passwords.
        await File.WriteAllTextAsync((string)(await place.QueryAsync("SHOW hba_file"))!, "host all all 127.0.0.1/32 scram-sha-256\n");
        await place.QueryAsync("SELECT pg_reload_conf()");

        using var admin = new DatabaseCredentials("127.0.0.1", place.DatabasePort, "postgres", "rotator", Bytes(rotator));
        await _secrets.StoreDatabaseCredentialsAsync("db/rotator", admin);
        using var desk = new DatabaseCredentials("127.0.0.1", place.DatabasePort, "postgres", "desk_a", Bytes(first));
        // Every 30 days in earnest; here as often as it goes.
        await _secrets.StoreDatabaseCredentialsAsync("db/desk", desk, Policy(("with", "postgresql"), ("users", "desk_a,desk_b"), ("admin", "db/rotator"), ("every", "2s")));
    }

    /// <summary>An HMAC key for orders and an Ed25519 key for quotes, both for an hour only, so that they are due at once; the login of a FIX session whose password expires in nine days.</summary>
    public async Task ExchangeAsync()
    {
        IssuedKey orders = await IssueAsync(null, TimeSpan.FromHours(1));
        await StoreAsync("broker/orders", orders, Policy(("with", "exchange-key"), ("before-expiry", "7d"), ("grace", "1s")) with { ExpiresAt = orders.Expires });

        using var pair = new Key(SignatureAlgorithm.Ed25519, new KeyCreationParameters { ExportPolicy = KeyExportPolicies.AllowPlaintextExport });
        IssuedKey quotes = await IssueAsync(pair.PublicKey.Export(KeyBlobFormat.RawPublicKey), TimeSpan.FromHours(1));
        await StoreAsync("broker/quotes", quotes with { Secret = System.Text.Encoding.ASCII.GetString(pair.Export(KeyBlobFormat.PkixPrivateKeyText)) }, Policy(("with", "exchange-key"), ("before-expiry", "7d"), ("every", "10s")) with { ExpiresAt = quotes.Expires });

        string password = NewPassword();
        await exchange.PostAsJsonAsync("/simulation/fix", new { password });
        using SecretValue session = SecretValue.FromFields([new("username", SecretValue.FromBytes("DESK1"u8)), new("password", SecretValue.FromBytes(Bytes(password)))]);
        await vault.SetAsync("fix/session", session, Policy(("with", "fix-logon"), ("before-expiry", "10d")) with { ExpiresAt = TimeProvider.System.GetUtcNow().AddDays(9) });
    }

    /// <summary>A key at the exchange that lives for so long.</summary>
    public async Task<IssuedKey> IssueAsync(byte[]? publicKey, TimeSpan lifetime)
    {
        using HttpResponseMessage response = await exchange.PostAsJsonAsync($"/simulation/keys?seconds={(int)lifetime.TotalSeconds}", new { publicKey });
        return (await response.EnsureSuccessStatusCode().Content.ReadFromJsonAsync<IssuedKey>())!;
    }

    /// <summary>Writes a key of the exchange.</summary>
    public async Task StoreAsync(string name, IssuedKey issued, SetOptions options)
    {
        using var key = new ApiKey(Bytes(issued.Key), Bytes(issued.Secret!), endpoint: exchange.BaseAddress);
        await _secrets.StoreApiKeyAsync(name, key, options);
    }

    /// <summary>The thumbprints of the certificates that were made.</summary>
    public ConcurrentBag<string> Certificates { get; } = [];

    /// <summary>A new certificate of the desk. Returns its thumbprint.</summary>
    public async Task<string> CertificateAsync()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=desk", key, HashAlgorithmName.SHA256);
        using X509Certificate2 certificate = request.CreateSelfSigned(TimeProvider.System.GetUtcNow().AddMinutes(-1), TimeProvider.System.GetUtcNow().AddDays(90));
        Certificates.Add(certificate.Thumbprint);
        await _secrets.StoreCertificateAsync("tls/desk", Bytes(certificate.ExportCertificatePem()), Bytes(key.ExportPkcs8PrivateKeyPem()));
        return certificate.Thumbprint;
    }

    private static SetOptions Policy(params (string Key, string Value)[] policy) => new() { Tags = policy.ToDictionary(static tag => "rotate." + tag.Key, static tag => tag.Value) };

    private static string NewPassword() => Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16));

    private static byte[] Bytes(string text) => System.Text.Encoding.ASCII.GetBytes(text);
}
