namespace Strongroom.Cryptography;

/// <summary>The kinds of key slot (format, section 5).</summary>
public static class SlotKinds
{
    /// <summary>A passphrase.</summary>
    public const string Passphrase = "passphrase";

    /// <summary>A passphrase and a key file, needed together.</summary>
    public const string PassphraseAndKeyFile = "passphrase+key-file";

    /// <summary>A key file.</summary>
    public const string KeyFile = "key-file";

    /// <summary>A printed recovery key.</summary>
    public const string RecoveryKey = "recovery-key";

    internal static bool IsKnown(string kind) => HasKdf(kind) || kind is KeyFile or RecoveryKey;

    internal static bool HasKdf(string kind) => kind is Passphrase or PassphraseAndKeyFile;
}
