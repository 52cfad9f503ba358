using System.Security.Cryptography;
using Strongroom.Cli.Input;
using Strongroom.Cryptography;

namespace Strongroom.Cli.Credentials;

/// <summary>
/// Credentials of git in a vault: secrets with the fields <c>username</c> and <c>password</c>, named <c>git/HOST</c>, <c>git/HOST/PATH</c> or <c>git/HOST/USER</c>. One that was kept for a protocol and host is never given to another.
/// </summary>
internal sealed class GitCredentials(IVersionedSecretStore vault, string prefix, CancellationToken ct)
{
    private const string UsernameField = "username";
    private const string PasswordField = "password";
    private const string ProtocolField = "protocol";

    /// <summary>The secret that answers a request, or null. The caller owns it.</summary>
    public async ValueTask<SecretData?> FindAsync(GitRequest request)
    {
        foreach (var name in Names(request))
        {
            var secret = await vault.TryGetAsync(name, null, ct);
            if (secret is null)
                continue;
            if (Answers(secret, request) && !(secret.Metadata.ExpiresAt <= TimeProvider.System.GetUtcNow()))
                return secret;
            secret.Dispose();
        }

        return null;
    }

    /// <summary>Keeps what git has found to work; nothing is written when it is known already.</summary>
    public async ValueTask StoreAsync(GitRequest request)
    {
        if (request.Host is null || request.Username is null || request.Password is not { Length: > 0 } password)
            return;
        using (var known = await FindAsync(request))
        {
            if (known is not null && known.Value.TryGetField(PasswordField, out var old) && CryptographicOperations.FixedTimeEquals(old, password.Span))
                return;
        }

        var fields = new Dictionary<string, SecretValue>(StringComparer.Ordinal)
        {
            [UsernameField] = SecretValue.DangerousFromString(request.Username),
            [PasswordField] = SecretValue.FromBytes(password.Span),
            [ProtocolField] = SecretValue.DangerousFromString(request.Protocol),
        };
        using var value = SecretValue.FromFields(fields);
        var expiry = request.ExpiresAt is { } seconds ? DateTimeOffset.FromUnixTimeSeconds(seconds) : (DateTimeOffset?)null;
        await vault.SetAsync(await NameForAsync(request), value, new SetOptions { Type = SecretType.Password, ExpiresAt = expiry, ClearExpiry = expiry is null, Description = $"{request.Protocol}://{request.Host}" }, ct);
    }

    /// <summary>Deletes what git has found to be refused; it can be restored. Something else kept for the same host stays.</summary>
    public async ValueTask EraseAsync(GitRequest request)
    {
        using var known = await FindAsync(request);
        if (known is null)
            return;
        var isSame = request.Password is not { } password || (known.Value.TryGetField(PasswordField, out var old) && CryptographicOperations.FixedTimeEquals(old, password.Span));
        if (isSame)
            await vault.DeleteAsync(known.Name, WriteCondition.Version(known.Metadata.Version), ct);
    }

    /// <summary>Writes the answer to a request.</summary>
    public static WipedBuffer Answer(SecretData secret)
    {
        var answer = new WipedBuffer(512);
        foreach (var field in (string[])[UsernameField, PasswordField])
        {
            var bytes = SecretFields.Select(secret, field);
            if (bytes.ContainsAny((byte)'\n', (byte)'\0'))
            {
                answer.Dispose();
                throw new CliException(ExitCodes.Usage, "SR2050", $"The field {field} of {secret.Name} has a newline or a zero byte, which git can't be given.", "Write it again without.");
            }

            answer.Write(Utf8.Strict.GetBytes(field));
            answer.Write("="u8);
            answer.Write(bytes);
            answer.Write("\n"u8);
        }

        return answer;
    }

    // A name that is free or the same user's; a second user of a host gets a name of its own.
    private async ValueTask<SecretName> NameForAsync(GitRequest request)
    {
        var first = request.Path is { } path ? CredentialName.Of(prefix, request.Host!, path) : CredentialName.Of(prefix, request.Host!);
        using var there = await vault.TryGetAsync(first, null, ct);
        return there is null || Answers(there, request) ? first : CredentialName.Of(prefix, request.Host!, request.Username!);
    }

    private List<SecretName> Names(GitRequest request)
    {
        var names = new List<SecretName>();
        if (request.Host is not { } host)
            return names;
        if (request.Path is { } path)
            names.Add(CredentialName.Of(prefix, host, path));
        if (request.Username is { } user)
            names.Add(CredentialName.Of(prefix, host, user));
        names.Add(CredentialName.Of(prefix, host));
        return names;
    }

    private static bool Answers(SecretData secret, GitRequest request)
    {
        if (!secret.Value.TryGetField(PasswordField, out _) || !secret.Value.TryGetField(UsernameField, out var user))
            return false;
        // What a person has written has no protocol: then it is for https only.
        var protocol = secret.Value.TryGetField(ProtocolField, out var kept) ? kept : "https"u8;
        return protocol.SequenceCompareTo(Utf8.Strict.GetBytes(request.Protocol)) == 0
            && (request.Username is null || user.SequenceCompareTo(Utf8.Strict.GetBytes(request.Username)) == 0);
    }
}
