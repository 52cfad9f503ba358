namespace Strongroom.Cryptography;

/// <summary>The errors of unlocking and opening. Each is one for all its causes: what exactly failed would help whoever is guessing.</summary>
internal static class CryptoErrors
{
    public static VaultLockedException Locked() =>
        new("SR1001", "No key slot of the vault could be opened with what was given.", "Check the passphrase, key file or recovery key; a damaged slot looks the same as a wrong passphrase.");

    public static VaultIntegrityException Value() =>
        new("SR1013", "A sealed value does not open: it was changed, or belongs to another place.", "Run 'strongroom verify', then restore the secret or the vault from a backup.");

    public static VaultIntegrityException Key(string purpose) =>
        new("SR1014", $"A key inside the head does not open ({purpose}): it was changed, or belongs to another vault.", "Restore the vault from a backup.");

    public static VaultIntegrityException Generation(long generation) =>
        new("SR1015", $"A value is sealed under root generation {generation}, which the head does not know.", "Read the vault again; if it stays, restore it from a backup.");

    public static VaultConfigurationException RekeyUnderWay() =>
        new("SR1008", "A rekey is under way, and the next one waits until it is over.", "Let the rekey finish first.");

    public static VaultLimitException Label() =>
        new("SR1009", $"A key slot's label is longer than {KeySlot.MaxLabelLength} bytes.", "Choose a shorter label.");

    public static VaultLimitException Payload() =>
        new("SR1018", $"A value is larger than {HardenedEncryption.MaxPayloadLength} bytes.", "Keep large data elsewhere, sealed under a key that is kept here.");
}
