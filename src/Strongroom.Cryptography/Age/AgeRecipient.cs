namespace Strongroom.Cryptography.Age;

/// <summary>Someone an age file is encrypted to.</summary>
public abstract class AgeRecipient
{
    private protected AgeRecipient()
    {
    }

    /// <summary>Whether no other recipient may stand beside it.</summary>
    internal virtual bool MustBeAlone => false;

    /// <summary>A public key: <c>age1…</c>.</summary>
    /// <exception cref="VaultConfigurationException">It is not one.</exception>
    public static AgeRecipient Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return X25519Recipient.Parse(text);
    }

    /// <summary>A passphrase, stretched with scrypt. The bytes are copied; the recipient is to be disposed of.</summary>
    /// <param name="passphrase">At least one byte.</param>
    /// <param name="workFactor">The binary logarithm of scrypt's cost, 1 to 20; age itself takes 18, which needs 256 MiB.</param>
    public static ScryptPassphrase Passphrase(ReadOnlySpan<byte> passphrase, int workFactor = 18) => new(passphrase, workFactor);

    /// <summary>Wraps the file key.</summary>
    internal abstract AgeStanza Wrap(ReadOnlySpan<byte> fileKey);
}

/// <summary>Something that opens age files.</summary>
public abstract class AgeIdentity : IDisposable
{
    private protected AgeIdentity()
    {
    }

    /// <summary>A private key: <c>AGE-SECRET-KEY-1…</c>. The text stays the caller's to wipe.</summary>
    /// <exception cref="VaultConfigurationException">It is not one.</exception>
    public static AgeIdentity Parse(ReadOnlySpan<byte> text) => X25519Identity.Parse(text);

    /// <summary>A passphrase. The bytes are copied.</summary>
    public static AgeIdentity Passphrase(ReadOnlySpan<byte> passphrase) => new ScryptIdentity(passphrase);

    /// <summary>The private keys of a file as <c>age-keygen</c> writes it: one a line, empty lines and comments (<c>#</c>) ignored. The caller owns them.</summary>
    /// <exception cref="VaultConfigurationException">A line is something else, or there is no key.</exception>
    public static IReadOnlyList<AgeIdentity> ParseFile(ReadOnlySpan<byte> file)
    {
        var identities = new List<AgeIdentity>();
        try
        {
            foreach (var range in file.Split((byte)'\n'))
            {
                var line = file[range].TrimEnd("\r"u8);
                if (!line.IsEmpty && line[0] != (byte)'#')
                    identities.Add(Parse(line));
            }
        }
        catch
        {
            foreach (var identity in identities)
                identity.Dispose();
            throw;
        }

        return identities.Count > 0 ? identities : throw AgeErrors.Identity();
    }

    /// <inheritdoc/>
    public abstract void Dispose();

    /// <summary>Unwraps the file key of a stanza that is meant for it; false when it is meant for another.</summary>
    /// <exception cref="VaultIntegrityException">The stanza is malformed.</exception>
    internal abstract bool TryUnwrap(AgeStanza stanza, Span<byte> fileKey);
}
