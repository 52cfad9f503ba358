using System.Text.Json;
using Strongroom.Cli.Input;
using Strongroom.Cryptography;

namespace Strongroom.Cli.Credentials;

/// <summary>Credentials of container tools in a vault: secrets with the fields <c>server</c>, <c>username</c> and <c>password</c>, named <c>docker/HOST</c>.</summary>
internal sealed class DockerCredentials(IVersionedSecretStore vault, string prefix, CancellationToken ct)
{
    /// <summary>What docker looks for in the answer when there is nothing: it then asks the user.</summary>
    public const string NotFound = "credentials not found in native keychain";

    /// <summary>The credential of a server, or null. The caller owns it.</summary>
    public async ValueTask<SecretData?> FindAsync(string server)
    {
        var secret = await vault.TryGetAsync(Name(server), null, ct);
        if (secret is null || (secret.Value.TryGetField("username", out _) && secret.Value.TryGetField("password", out _)))
            return secret;
        secret.Dispose();
        return null;
    }

    /// <summary>Keeps <c>{"ServerURL", "Username", "Secret"}</c>.</summary>
    public async ValueTask StoreAsync(ReadOnlyMemory<byte> json)
    {
        using var document = Parse(json);
        var (server, user, secret) = (Member(document, "ServerURL"), Member(document, "Username"), Member(document, "Secret"));
        using var value = SecretValue.FromFields(new Dictionary<string, SecretValue>(StringComparer.Ordinal)
        {
            ["server"] = SecretValue.DangerousFromString(server),
            ["username"] = SecretValue.DangerousFromString(user),
            ["password"] = SecretValue.DangerousFromString(secret),
        });
        await vault.SetAsync(Name(server), value, new SetOptions { Type = SecretType.Password, Description = server }, ct);
    }

    /// <summary>Deletes; it can be restored.</summary>
    public async ValueTask EraseAsync(string server) => await vault.DeleteAsync(Name(server), default, ct);

    /// <summary>The servers and users that are known.</summary>
    public async ValueTask<IReadOnlyList<(string Server, string User)>> ListAsync()
    {
        var known = new List<(string, string)>();
        await foreach (var entry in vault.ListAsync(new SecretQuery { Prefix = prefix.TrimEnd('/') + "/" }, ct))
        {
            using var secret = await vault.TryGetAsync(entry.Name, null, ct);
            if (secret is not null && secret.Value.TryGetField("server", out var server) && secret.Value.TryGetField("username", out var user))
                known.Add((Utf8.Strict.GetString(server), Utf8.Strict.GetString(user)));
        }

        return known;
    }

    /// <summary><c>{"ServerURL", "Username", "Secret"}</c>.</summary>
    public static WipedBuffer Answer(string server, SecretData secret)
    {
        var answer = new WipedBuffer(512);
        using var json = new Utf8JsonWriter(answer);
        json.WriteStartObject();
        json.WriteString("ServerURL", server);
        json.WriteString("Username", SecretFields.Select(secret, "username"));
        json.WriteString("Secret", SecretFields.Select(secret, "password"));
        json.WriteEndObject();
        json.Flush();
        return answer;
    }

    // https://index.docker.io/v1/ is docker/index.docker.io/v1.
    private SecretName Name(string server)
    {
        var place = server.IndexOf("://", StringComparison.Ordinal) is >= 0 and var at ? server[(at + 3)..] : server;
        return CredentialName.Of(prefix, place.Split('/', StringSplitOptions.RemoveEmptyEntries));
    }

    private static JsonDocument Parse(ReadOnlyMemory<byte> json)
    {
        try
        {
            return JsonDocument.Parse(json);
        }
        catch (JsonException)
        {
            // The original error quotes what was given.
            throw NotTheProtocol();
        }
    }

    private static string Member(JsonDocument document, string name) =>
        document.RootElement.ValueKind == JsonValueKind.Object && document.RootElement.TryGetProperty(name, out var member) && member.ValueKind == JsonValueKind.String && member.GetString() is { Length: > 0 } text
            ? text
            : throw NotTheProtocol();

    private static CliException NotTheProtocol() =>
        new(ExitCodes.Usage, "SR2051", "Standard input is not what docker gives to a credential helper.", "It is a JSON object with ServerURL, Username and Secret.");
}
