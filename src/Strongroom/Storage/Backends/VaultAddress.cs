using System.Buffers;

namespace Strongroom.Storage;

/// <summary>
/// Where a vault in a database is: <c>sqlite:PATH</c>, <c>postgres://HOST/DATABASE</c>. May hold a password, so <see cref="ToString"/> leaves that out; only a provider reads <see cref="DangerousText"/>.
/// </summary>
public sealed class VaultAddress
{
    private static readonly SearchValues<char> SchemeCharacters = SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+.-");

    private VaultAddress(string scheme, string text) => (Scheme, DangerousText) = (scheme, text);

    /// <summary>The scheme in lower case.</summary>
    public string Scheme { get; }

    /// <summary>The whole text as given, a password included.</summary>
    public string DangerousText { get; }

    /// <summary>What follows the scheme and its colon, a password included.</summary>
    public string DangerousRest => DangerousText[(Scheme.Length + 1)..];

    /// <summary>Whether there is a password in it.</summary>
    public bool HasPassword => !string.Equals(DangerousText, ToString(), StringComparison.Ordinal);

    /// <summary>Tells an address from the path of a file: a scheme of at least two letters and <c>://</c>, or the scheme of a known backend and a colon.</summary>
    /// <returns>Null for a path.</returns>
    public static VaultAddress? Of(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        int colon = text.IndexOf(':', StringComparison.Ordinal);
        if (colon < 2 || !IsScheme(text.AsSpan(0, colon)))
            return null;
        string scheme = text[..colon].ToLowerInvariant();
        return text.AsSpan(colon).StartsWith("://", StringComparison.Ordinal) || VaultBackends.IsKnown(scheme) ? new VaultAddress(scheme, text) : null;
    }

    /// <summary>A path as it is, an address without its password: for messages.</summary>
    public static string Describe(string text) => Of(text)?.ToString() ?? text;

    /// <summary>The address without a password.</summary>
    public override string ToString()
    {
        string text = DangerousText;
        int authority = text.IndexOf("://", StringComparison.Ordinal) + 3;
        if (authority > 2)
        {
            int end = text.IndexOfAny(['/', '?', '#'], authority);
            end = end < 0 ? text.Length : end;
            // Host lists have no @, so whatever stands before the last one belongs to the user.
            int at = text.LastIndexOf('@', end - 1, end - authority), colon = at < 0 ? -1 : text.IndexOf(':', authority, at - authority);
            if (colon >= 0)
                text = text.Remove(colon, at - colon);
        }

        int query = text.IndexOf('?', StringComparison.Ordinal);
        if (query < 0)
            return text;
        IEnumerable<string> settings = text[(query + 1)..].Split('&').Where(static setting => !IsSecret(setting.Split('=')[0]));
        string kept = string.Join('&', settings);
        return kept.Length == 0 ? text[..query] : $"{text[..query]}?{kept}";
    }

    private static bool IsSecret(string key) => key.Contains("password", StringComparison.OrdinalIgnoreCase) || key.Contains("pwd", StringComparison.OrdinalIgnoreCase) || key.Contains('%', StringComparison.Ordinal);

    private static bool IsScheme(ReadOnlySpan<char> text) => char.IsAsciiLetter(text[0]) && !text.ContainsAnyExcept(SchemeCharacters);
}
