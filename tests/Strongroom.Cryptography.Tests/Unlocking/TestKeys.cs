namespace Strongroom.Cryptography.Tests;

/// <summary>Keys for tests. Key files are fast; a passphrase is used where the derivation is what is tested.</summary>
internal static class TestKeys
{
    public const string CreatedAt = "2026-01-02T03:04:05.678Z";

    /// <summary>The cheapest that the bounds allow.</summary>
    public static readonly KdfParameters Cheap = KdfParameters.Argon2id(7_168, 6, 1);

    public static Credential NewKeyFile()
    {
        using var content = Credential.NewKeyFile();
        return Credential.KeyFile(content.Span);
    }

    public static KeySlot Slot(this HardenedEncryption keys, Credential credential, KdfParameters? kdf = null, string label = "") => keys.CreateSlot(credential, kdf, label, CreatedAt, null);

    public static HardenedEncryption Unlock(this HardenedEncryption keys, Credential credential, params KeySlot[] slots) =>
        HardenedEncryption.Unlock(keys.VaultId, keys.Generation, keys.RootCommitment, slots, credential, null, out _);

    /// <summary>A value that only the right root opens, and whether it does.</summary>
    public static bool HasTheRootOf(this HardenedEncryption keys, HardenedEncryption other) => keys.RootCommitment == other.RootCommitment && keys.MacHead("head"u8) == other.MacHead("head"u8);
}
