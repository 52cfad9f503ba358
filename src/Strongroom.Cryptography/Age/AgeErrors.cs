namespace Strongroom.Cryptography.Age;

internal static class AgeErrors
{
    public static VaultIntegrityException Header(string why) =>
        new("SR1020", $"The header of the age file is malformed or was changed: {why}.", "Fetch the file again; it was damaged on its way, or it is none of age's.");

    public static VaultLockedException NoMatch() =>
        new("SR1021", "Nothing that was given opens this age file.", "Give the identity file or passphrase of one of its recipients.");

    public static VaultIntegrityException Payload() =>
        new("SR1022", "The content of the age file is cut off or was changed.", "Fetch the file again.");

    public static VaultIntegrityException Armor(string why) =>
        new("SR1023", $"The armor of the age file is malformed: {why}.", "Fetch the file again, from its BEGIN line to its END line.");

    public static VaultConfigurationException Recipient() =>
        new("SR1024", "A recipient is not an age public key of X25519.", "Give what 'age-keygen -y' prints: age1 and 58 more characters.");

    public static VaultConfigurationException Identity() =>
        new("SR1025", "A line is not an age identity of X25519, or there is none.", "Give the file that 'age-keygen' writes.");

    public static VaultConfigurationException Recipients() =>
        new("SR1026", "An age file needs recipients: one or more public keys, or one passphrase alone.", "Give public keys, or a passphrase, not both.");

    public static VaultConfigurationException WorkFactor(int factor, int most) =>
        new("SR1027", $"The passphrase of the age file has the work factor {factor}; 1 to {most} are taken.", "A higher one needs more than a GiB of memory. Open the file with age itself.");

    public static VaultConfigurationException NoLibsodium() =>
        new("SR1028", "age files need libsodium, which is not to be had on this platform.", "Encrypt with the tool age itself.");
}
