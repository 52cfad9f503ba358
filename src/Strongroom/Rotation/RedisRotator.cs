using System.Globalization;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using Strongroom.Cryptography;

namespace Strongroom.Rotation;

/// <summary>
/// Rotates the password of a user of Redis (6 or later) or Valkey: a user of an access control list may have two at once, so nothing is refused meanwhile. The secret has the fields <c>password</c> and, where they are not the
/// usual ones, <c>host</c>, <c>port</c>, <c>username</c>, <c>tls</c> (<c>true</c> or <c>false</c>). Redis is told hashes, so no password stands in its logs. Settings: <c>rotate.admin</c> names a secret with a login that may use
/// <c>ACL SETUSER</c> and what saves the list, else the user's own is used; <c>rotate.length</c> (32). The list is saved with <c>ACL SAVE</c> or, where the server has no file for it, <c>CONFIG REWRITE</c>; a step whose change
/// could not be saved has failed, for the next start of the server would take it back. A server without either file forgets its users anyway.
/// </summary>
public sealed class RedisRotator : IRotator
{
    private static readonly string[] Known = ["admin", "length"];

    /// <inheritdoc/>
    public string Kind => "redis";

    /// <inheritdoc/>
    public IReadOnlyCollection<string> Settings => Known;

    /// <inheritdoc/>
    public ValueTask<SecretValue> CreateAsync(RotationContext context, CancellationToken ct)
    {
        ArgumentNullException.ThrowIfNull(context);
        using SecretValue password = RotatedValues.Password(RotatedValues.Length(context, 16, 512));
        return new ValueTask<SecretValue>(RotatedValues.WithField(context.Old, "password", password.Span));
    }

    /// <inheritdoc/>
    public async ValueTask SetAsync(RotationContext context, CancellationToken ct)
    {
        ArgumentNullException.ThrowIfNull(context);
        using RedisConnection redis = await AdministratorAsync(context, context.Old, context.New, ct).ConfigureAwait(false);
        await redis.RequireAsync(ct, "ACL", "SETUSER", User(context.New), "#" + Hash(context.New)).ConfigureAwait(false);
        await SaveAsync(redis, ct).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async ValueTask VerifyAsync(RotationContext context, CancellationToken ct)
    {
        ArgumentNullException.ThrowIfNull(context);
        using RedisConnection redis = await RedisConnection.OpenAsync(context.New, ct).ConfigureAwait(false);
        if (await redis.AuthenticateAsync(User(context.New), Password(context.New), ct).ConfigureAwait(false) is { } refusal)
            throw RedisConnection.Failed(refusal);
    }

    /// <inheritdoc/>
    public async ValueTask RevokeAsync(RotationContext context, CancellationToken ct)
    {
        ArgumentNullException.ThrowIfNull(context);
        // Somebody has written the old password back meanwhile, beside other fields: it is in use again.
        using (SecretData? current = await context.ReadCurrentAsync(ct).ConfigureAwait(false))
        {
            if (current?.Value.FieldNames.Contains("password") == true && User(current.Value) == User(context.Old) && Hash(current.Value) == Hash(context.Old))
                return;
        }

        using RedisConnection redis = await AdministratorAsync(context, context.New, context.New, ct).ConfigureAwait(false);
        string? error = await redis.SendAsync(ct, "ACL", "SETUSER", User(context.Old), "!" + Hash(context.Old)).ConfigureAwait(false);
        // It was removed before a crash.
        if (error is not null && !error.Contains("does not exist", StringComparison.Ordinal))
            throw RedisConnection.Failed(error);
        await SaveAsync(redis, ct).ConfigureAwait(false);
    }

    private static async ValueTask<RedisConnection> AdministratorAsync(RotationContext context, SecretValue first, SecretValue second, CancellationToken ct)
    {
        if (context.Setting("admin") is { } admin)
        {
            using SecretData login = await context.ReadAsync(admin, ct).ConfigureAwait(false);
            return await LoginAsync(context.New, login.Value, login.Value, ct).ConfigureAwait(false);
        }

        return await LoginAsync(context.New, first, second, ct).ConfigureAwait(false);
    }

    private static async ValueTask<RedisConnection> LoginAsync(SecretValue place, SecretValue first, SecretValue second, CancellationToken ct)
    {
        RedisConnection redis = await RedisConnection.OpenAsync(place, ct).ConfigureAwait(false);
        try
        {
            string? refusal = await redis.AuthenticateAsync(User(first), Password(first), ct).ConfigureAwait(false);
            if (refusal is not null && !ReferenceEquals(first, second))
                refusal = await redis.AuthenticateAsync(User(second), Password(second), ct).ConfigureAwait(false);
            return refusal is null ? redis : throw RedisConnection.Failed(refusal);
        }
        catch
        {
            redis.Dispose();
            throw;
        }
    }

    private static async ValueTask SaveAsync(RedisConnection redis, CancellationToken ct)
    {
        string? error = await redis.SendAsync(ct, "ACL", "SAVE").ConfigureAwait(false);
        if (error?.Contains("not configured to use an ACL file", StringComparison.Ordinal) == true)
            error = await redis.SendAsync(ct, "CONFIG", "REWRITE").ConfigureAwait(false);
        // A server without either file forgets its list at the next start by its own choice. Any other error leaves the password before in a file: it would be accepted again after a restart.
        if (error?.Contains("running without a config file", StringComparison.Ordinal) == false)
            throw RedisConnection.Unsaved(error);
    }

    private static string User(SecretValue value) => value.FieldNames.Contains("username") ? value.DangerousRevealString("username") : "default";

    private static byte[] Password(SecretValue value) => value.TryGetField("password", out ReadOnlySpan<byte> bytes)
        ? bytes.ToArray()
        : throw new VaultConfigurationException("SR1802", "The login of Redis has no field 'password'.", "Write it with the fields host, port, username and password.");

    private static string Hash(SecretValue value)
    {
        byte[] password = Password(value);
        string hash = Convert.ToHexStringLower(SHA256.HashData(password));
        CryptographicOperations.ZeroMemory(password);
        return hash;
    }
}

/// <summary>A connection that speaks as much of Redis' protocol as changing a password needs.</summary>
internal sealed class RedisConnection : IDisposable
{
    private readonly TcpClient _client;
    private readonly Stream _stream;

    private RedisConnection(TcpClient client, Stream stream) => (_client, _stream) = (client, stream);

    public static RotationException Failed(string error) => new("SR1825", $"Redis refused: {Code(error)}.", "Look whether the login of the rotation may use ACL SETUSER.");

    public static RotationException Unsaved(string error) =>
        new("SR1825", $"Redis has not saved its list of users: {Code(error)}.", "Let the login of the rotation use ACL SAVE, or CONFIG REWRITE, and look whether the server can write its file; it is tried again.");

    public static async ValueTask<RedisConnection> OpenAsync(SecretValue value, CancellationToken ct)
    {
        string host = Text(value, "host") ?? "localhost";
        int port = 6379;
        // A guess would send the password elsewhere, or in the open.
        if (Text(value, "port") is { } digits && !(int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out port) && port is > 0 and <= 65535))
            throw Unfit("port", "a number from 1 to 65535");
        bool secured = Text(value, "tls") switch
        {
            null or "false" => false,
            "true" => true,
            _ => throw Unfit("tls", "'true' or 'false'"),
        };
        var client = new TcpClient { NoDelay = true };
        try
        {
            await client.ConnectAsync(host, port, ct).ConfigureAwait(false);
            Stream stream = client.GetStream();
            if (secured)
            {
                var tls = new SslStream(stream);
                await tls.AuthenticateAsClientAsync(new SslClientAuthenticationOptions { TargetHost = host }, ct).ConfigureAwait(false);
                stream = tls;
            }

            return new RedisConnection(client, stream);
        }
        catch (Exception error) when (error is SocketException or IOException or System.Security.Authentication.AuthenticationException)
        {
            client.Dispose();
            throw new RotationException("SR1825", $"Redis can't be reached: {error.GetType().Name}.", "Look whether the server runs, and at host, port and tls of the secret.");
        }
    }

    /// <summary>Null, or why not. The password is wiped.</summary>
    public async ValueTask<string?> AuthenticateAsync(string user, byte[] password, CancellationToken ct)
    {
        try
        {
            return await SendAsync(ct, "AUTH"u8.ToArray(), Utf8.Strict.GetBytes(user), password).ConfigureAwait(false);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(password);
        }
    }

    public async ValueTask RequireAsync(CancellationToken ct, params string[] words)
    {
        if (await SendAsync(ct, words).ConfigureAwait(false) is { } error)
            throw Failed(error);
    }

    /// <summary>Null, or the error that was answered.</summary>
    public ValueTask<string?> SendAsync(CancellationToken ct, params string[] words) => SendAsync(ct, Array.ConvertAll(words, static word => Utf8.Strict.GetBytes(word)));

    public void Dispose()
    {
        _stream.Dispose();
        _client.Dispose();
    }

    // "WRONGPASS …", "NOPERM …": the first word says what it is, the rest may name what was sent.
    private static string Code(string error) => error.Split(' ')[0] is { Length: <= 32 } code ? code : "an unknown error";

    private static string? Text(SecretValue value, string field) => value.FieldNames.Contains(field) ? value.DangerousRevealString(field) : null;

    private static VaultConfigurationException Unfit(string field, string what) => new("SR1802", $"The field '{field}' of the login of Redis is not {what}.", "Correct the field, or leave it away.");

    private async ValueTask<string?> SendAsync(CancellationToken ct, params byte[][] words)
    {
        byte[] request = GC.AllocateArray<byte>(words.Sum(static word => word.Length + 32) + 32, pinned: true);
        try
        {
            int length = Write(request, words);
            await _stream.WriteAsync(request.AsMemory(0, length), ct).ConfigureAwait(false);
            string line = await LineAsync(ct).ConfigureAwait(false);
            return line.StartsWith('-') ? line[1..] : null;
        }
        catch (IOException)
        {
            throw new RotationException("SR1825", "The connection to Redis broke.", "Look whether the server runs; it is tried again.");
        }
        finally
        {
            CryptographicOperations.ZeroMemory(request);
        }
    }

    private static int Write(Span<byte> destination, byte[][] words)
    {
        int at = Encoding.ASCII.GetBytes($"*{words.Length}\r\n", destination);
        foreach (byte[] word in words)
        {
            at += Encoding.ASCII.GetBytes($"${word.Length}\r\n", destination[at..]);
            word.CopyTo(destination[at..]);
            at += word.Length;
            at += Encoding.ASCII.GetBytes("\r\n", destination[at..]);
        }

        return at;
    }

    // All that is sent here is answered with one line.
    private async ValueTask<string> LineAsync(CancellationToken ct)
    {
        var line = new StringBuilder();
        byte[] one = new byte[1];
        while (line.Length < 1024)
        {
            if (await _stream.ReadAsync(one, ct).ConfigureAwait(false) == 0)
                throw new IOException("the server closed the connection");
            if (one[0] == '\n')
                return line.ToString().TrimEnd('\r');
            line.Append((char)one[0]);
        }

        return line.ToString();
    }
}
