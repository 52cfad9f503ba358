namespace Strongroom.Cryptography;

/// <summary>What JSON is refused with. Never shows content: it may not have been verified yet, and it may be a description that someone keeps private.</summary>
internal static class JsonErrors
{
    private const string RestoreHint = "Restore the file from a backup; do not edit or re-format it with other tools.";

    public static VaultIntegrityException Malformed(string what, int offset) =>
        new("SR1010", $"The text is not canonical JSON: {what} at byte {offset}.", RestoreHint);

    public static VaultIntegrityException Cap(string what) =>
        new("SR1010", $"The JSON text is over a cap: {what}.", RestoreHint);

    public static VaultIntegrityException Member(string what) =>
        new("SR1011", $"The JSON value is not what the format says: {what}.", RestoreHint);

    public static VaultLimitException TooDeep() =>
        new("SR1016", $"The value is nested deeper than {CanonicalJson.MaxDepth} levels.", "Flatten it.");

    public static VaultConfigurationException LoneSurrogate() =>
        new("SR1012", "A text holds half of a surrogate pair, so it has no UTF-8 form.", "Correct the text.");
}
