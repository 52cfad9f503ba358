using System.Security.Cryptography;
using NSec.Cryptography;

namespace Strongroom.Cryptography;

/// <summary>S = KDF(passphrase, salt) of the format, section 5.</summary>
internal static class PassphraseKdf
{
    /// <summary>Whether only an <see cref="IArgon2Provider"/> can derive with these parameters.</summary>
    public static bool NeedsProvider(KdfParameters kdf, bool hasLibsodium) => kdf.IsArgon2id && (kdf.Parallelism > 1 || !hasLibsodium);

    public static VaultConfigurationException ProviderMissing() =>
        new("SR1003", "Argon2id with parallelism above 1, or on a platform without libsodium, needs a provider and none was given.", "Add the package Strongroom.Argon2.Managed and pass its ManagedArgon2.");

    /// <summary>Derives 32 bytes. The parameters are within their bounds.</summary>
    public static void Derive(ReadOnlySpan<byte> passphrase, ReadOnlySpan<byte> salt, KdfParameters kdf, IArgon2Provider? provider, bool hasLibsodium, Span<byte> key)
    {
        if (NeedsProvider(kdf, hasLibsodium))
            (provider ?? throw ProviderMissing()).DeriveKey(passphrase, salt, kdf, key);
        else if (kdf.IsArgon2id)
            Argon2id(passphrase, salt, kdf, key);
        else
            Rfc2898DeriveBytes.Pbkdf2(passphrase, salt, key, kdf.TimeCost, string.Equals(kdf.Name, KdfParameters.Pbkdf2Sha512Name, StringComparison.Ordinal) ? HashAlgorithmName.SHA512 : HashAlgorithmName.SHA256);
    }

    private static void Argon2id(ReadOnlySpan<byte> passphrase, ReadOnlySpan<byte> salt, KdfParameters kdf, Span<byte> key) =>
        PasswordBasedKeyDerivationAlgorithm
            .Argon2id(new Argon2Parameters { DegreeOfParallelism = kdf.Parallelism, MemorySize = kdf.MemoryCost, NumberOfPasses = kdf.TimeCost })
            .DeriveBytes(passphrase, salt, key);
}
