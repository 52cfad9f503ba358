using System.Security.Cryptography;
using Strongroom.Cryptography;

namespace Strongroom.Cli.Credentials;

/// <summary>Makes names of secrets out of hosts, paths and users that other programs know credentials by.</summary>
internal static class CredentialName
{
    private const int MaxSegment = 64;

    /// <summary>A name below a prefix. What no name can hold is replaced, with a digest of the original behind it, so that two never meet.</summary>
    public static SecretName Of(string prefix, params ReadOnlySpan<string> parts)
    {
        var name = prefix.TrimEnd('/');
        foreach (var part in parts)
            name += "/" + Segment(part);
        return SecretName.Parse(name);
    }

    private static string Segment(string text)
    {
        var fits = string.Concat(text.Select(character => char.IsAsciiLetterOrDigit(character) || character is '.' or '_' or '-' ? character : '_'));
        if (fits == text && fits.Length is > 0 and <= MaxSegment && char.IsAsciiLetterOrDigit(fits[0]))
            return fits;
        var digest = Convert.ToHexStringLower(SHA256.HashData(Utf8.Strict.GetBytes(text)).AsSpan(0, 4));
        var start = fits.TrimStart('.', '_', '-');
        return start.Length == 0 ? digest : $"{start[..Math.Min(start.Length, MaxSegment - 9)]}-{digest}";
    }
}
