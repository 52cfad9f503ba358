using Strongroom.Cli.Input;
using Strongroom.Cryptography;

namespace Strongroom.Cli.Credentials;

/// <summary>What git says to a credential helper: <c>key=value</c> lines up to an empty one. The password stays in a wiped buffer.</summary>
internal sealed class GitRequest : IDisposable
{
    private readonly Dictionary<string, string> _values = new(StringComparer.Ordinal);

    private GitRequest()
    {
    }

    public string Protocol => this["protocol"] ?? "https";

    public string? Host => this["host"];

    public string? Path => this["path"];

    public string? Username => this["username"];

    /// <summary>Unix seconds, or null.</summary>
    public long? ExpiresAt => long.TryParse(this["password_expiry_utc"], System.Globalization.NumberStyles.None, null, out var seconds) && seconds < 253402300799 ? seconds : null;

    public WipedBuffer? Password { get; private set; }

    private string? this[string key] => _values.TryGetValue(key, out var value) && value.Length > 0 ? value : null;

    /// <summary>Reads a request.</summary>
    /// <exception cref="CliException">It is none.</exception>
    public static GitRequest Parse(ReadOnlySpan<byte> bytes)
    {
        var request = new GitRequest();
        foreach (var range in bytes.Split((byte)'\n'))
        {
            var line = bytes[range].TrimEnd((byte)'\r');
            if (line.IsEmpty)
                break;
            var equals = line.IndexOf((byte)'=');
            if (equals <= 0 || !System.Text.Unicode.Utf8.IsValid(line))
            {
                request.Dispose();
                throw new CliException(ExitCodes.Usage, "SR2050", "Standard input is not what git gives to a credential helper.", "Let git call it: git config credential.helper '!strongroom git-credential'.");
            }

            request.Take(Utf8.Strict.GetString(line[..equals]), line[(equals + 1)..]);
        }

        return request;
    }

    /// <inheritdoc/>
    public void Dispose() => Password?.Dispose();

    private void Take(string key, ReadOnlySpan<byte> value)
    {
        if (key == "password")
        {
            Password?.Dispose();
            Password = new WipedBuffer(value.Length);
            Password.Write(value);
        }
        else if (!key.EndsWith("[]", StringComparison.Ordinal))
        {
            _values[key] = Utf8.Strict.GetString(value);
        }
    }
}
