using System.Globalization;
using Strongroom.Cryptography;

namespace Strongroom.Audit;

/// <summary>Three lines to be kept elsewhere: origin, size, root (format, section 10).</summary>
/// <param name="VaultId">The vault.</param>
/// <param name="Chain">The chain.</param>
/// <param name="Size">How many entries the chain had.</param>
/// <param name="Root">SHA-256 of the last of them; zeros when there were none.</param>
public sealed record AuditCheckpoint(RandomId VaultId, RandomId Chain, long Size, Digest Root)
{
    private const string Origin = "strongroom/";

    /// <summary>Reads the three lines; the last LF may be missing, and CRLF is taken for LF.</summary>
    /// <param name="text">The lines.</param>
    /// <exception cref="VaultConfigurationException">It is not a checkpoint.</exception>
    public static AuditCheckpoint Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        string[] lines = text.Replace("\r\n", "\n", StringComparison.Ordinal).TrimEnd('\n').Split('\n');
        if (lines.Length != 3)
            throw AuditErrors.NotACheckpoint($"it has {lines.Length} lines, not 3");
        string origin = lines[0];
        if (origin.Length != Origin.Length + 65 || !origin.StartsWith(Origin, StringComparison.Ordinal) || origin[Origin.Length + 32] != '/'
            || !RandomId.TryParse(origin.Substring(Origin.Length, 32), out RandomId vault) || !RandomId.TryParse(origin[^32..], out RandomId chain))
        {
            throw AuditErrors.NotACheckpoint("the first line is not 'strongroom/', the vault's id, '/' and the chain's id");
        }

        if (!long.TryParse(lines[1], NumberStyles.None, CultureInfo.InvariantCulture, out long size) || size > AuditNumber.Max || (lines[1].Length > 1 && lines[1][0] == '0'))
            throw AuditErrors.NotACheckpoint("the second line is not a number of entries");
        if (!AuditNumber.TryDigest(Utf8.Strict.GetBytes(Printable(lines[2])), out Digest root))
            throw AuditErrors.NotACheckpoint("the third line is not a hash in base64");
        return new AuditCheckpoint(vault, chain, size, root);
    }

    /// <summary>The three lines, each ending in LF.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Origin}{VaultId}/{Chain}\n{Size}\n{Root}\n");

    // Strict UTF-8 throws on a lone surrogate; such a line is no hash anyway.
    private static string Printable(string line) => System.Text.Ascii.IsValid(line) ? line : "";
}
