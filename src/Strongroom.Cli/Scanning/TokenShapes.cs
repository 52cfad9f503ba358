using System.Buffers;

namespace Strongroom.Cli.Scanning;

/// <summary>How the secrets of well-known services begin and go on. They are found whether the vault has them or not.</summary>
internal static class TokenShapes
{
    /// <summary>The longest text that decides about a match, with what stands before and behind it.</summary>
    public const int Reach = 512;

    private const string Letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    private static readonly SearchValues<char> Word = SearchValues.Create(Letters + "0123456789");
    private static readonly SearchValues<char> Text = SearchValues.Create(Letters + "0123456789_-");
    private static readonly SearchValues<char> Dotted = SearchValues.Create(Letters + "0123456789_-.=");
    private static readonly SearchValues<char> Base64 = SearchValues.Create(Letters + "0123456789+/=_-");
    private static readonly SearchValues<char> Capitals = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789");
    private static readonly SearchValues<char> Path = SearchValues.Create(Letters + "0123456789/");

    private static readonly Shape[] All =
    [
        new("AWS access key", "AKIA", Capitals, 16, 16),
        new("AWS temporary key", "ASIA", Capitals, 16, 16),
        new("GitHub token", "ghp_", Word, 36, 40),
        new("GitHub token", "gho_", Word, 36, 40),
        new("GitHub token", "ghs_", Word, 36, 40),
        new("GitHub token", "ghu_", Word, 36, 40),
        new("GitHub token", "ghr_", Word, 36, 80),
        new("GitHub token", "github_pat_", Text, 60, 100),
        new("GitLab token", "glpat-", Dotted, 20, 64),
        new("Slack token", "xoxb-", Text, 20, 100),
        new("Slack token", "xoxp-", Text, 20, 100),
        new("Slack token", "xapp-", Text, 20, 120),
        new("Slack webhook", "hooks.slack.com/services/", Path, 40, 60),
        new("Stripe key", "sk_live_", Word, 20, 120),
        new("Stripe key", "rk_live_", Word, 20, 120),
        new("Google API key", "AIza", Text, 35, 35),
        new("Google OAuth secret", "GOCSPX-", Text, 28, 28),
        new("npm token", "npm_", Word, 36, 36),
        new("PyPI token", "pypi-AgE", Text, 50, 300),
        new("Docker token", "dckr_pat_", Text, 27, 40),
        new("Anthropic key", "sk-ant-", Text, 60, 130),
        new("OpenAI key", "sk-proj-", Text, 40, 200),
        new("SendGrid key", "SG.", Dotted, 60, 72),
        new("DigitalOcean token", "dop_v1_", Word, 64, 64),
        new("Vault token", "hvs.", Text, 24, 200),
        new("Shopify token", "shpat_", Word, 32, 32),
        new("age secret key", "AGE-SECRET-KEY-1", Capitals, 58, 58),
        new("Strongroom key file", "strongroom-key-1", Base64, 0, 0) { IsHeading = true },
        new("private key", "-----BEGIN PRIVATE KEY-----", Base64, 0, 0) { IsHeading = true },
        new("private key", "-----BEGIN RSA PRIVATE KEY-----", Base64, 0, 0) { IsHeading = true },
        new("private key", "-----BEGIN EC PRIVATE KEY-----", Base64, 0, 0) { IsHeading = true },
        new("private key", "-----BEGIN OPENSSH PRIVATE KEY-----", Base64, 0, 0) { IsHeading = true },
        new("private key", "-----BEGIN PGP PRIVATE KEY BLOCK-----", Base64, 0, 0) { IsHeading = true },
    ];

    private static readonly SearchValues<string> Prefixes = SearchValues.Create([.. All.Select(shape => shape.Prefix)], StringComparison.Ordinal);

    /// <summary>Finds tokens.</summary>
    /// <param name="text">Bytes, each as one character.</param>
    /// <param name="found">Takes the place of each, and the word for it.</param>
    public static void Find(ReadOnlySpan<char> text, List<(int At, string What)> found)
    {
        for (var at = 0; at < text.Length && text[at..].IndexOfAny(Prefixes) is >= 0 and var next; at++)
        {
            at += next;
            foreach (var shape in All)
            {
                if (text[at..].StartsWith(shape.Prefix, StringComparison.Ordinal) && Fits(text, at, shape))
                {
                    found.Add((at, shape.Name));
                    break;
                }
            }
        }
    }

    private static bool Fits(ReadOnlySpan<char> text, int at, Shape shape)
    {
        if (at > 0 && !shape.IsHeading && char.IsAsciiLetterOrDigit(text[at - 1]))
            return false;
        var rest = text[(at + shape.Prefix.Length)..];
        if (shape.IsHeading)
            return HasKeyBehind(rest);
        var end = rest.IndexOfAnyExcept(shape.Characters);
        var body = end < 0 ? rest : rest[..end];
        return body.Length >= shape.Least && body.Length <= shape.Most && IsRandom(body);
    }

    // Code that only names the heading (a parser, a test of one) has no key behind it. A JSON text has its line break as two characters.
    private static bool HasKeyBehind(ReadOnlySpan<char> rest)
    {
        var key = rest.TrimStart(" \t\r\n:");
        if (key.StartsWith("\\n", StringComparison.Ordinal))
            key = key[2..];
        var end = key.IndexOfAnyExcept(Base64);
        return (end < 0 ? key.Length : end) >= 32 && IsRandom(key[..32]);
    }

    // Placeholders repeat a letter or say what they are.
    private static bool IsRandom(ReadOnlySpan<char> body)
    {
        var seen = 0UL;
        foreach (var character in body)
            seen |= 1UL << (character & 63);
        return System.Numerics.BitOperations.PopCount(seen) >= Math.Min(10, body.Length / 2) && !body.Contains("EXAMPLE", StringComparison.OrdinalIgnoreCase);
    }

    private sealed record Shape(string Name, string Prefix, SearchValues<char> Characters, int Least, int Most)
    {
        /// <summary>It is a line of its own, followed by a key in base64.</summary>
        public bool IsHeading { get; init; }
    }
}
