using System.Security.Cryptography;

namespace Strongroom.Cryptography.Age;

/// <summary>
/// The file format of age (age-encryption.org/v1, C2SP): what is exported for others can be opened with their own tools. X25519 recipients and passphrases; files to plugins, SSH keys or post-quantum recipients
/// are not opened. A file is bound to nothing but its recipients: whoever holds a public key can make one, so what is read from it is input and not proof.
/// </summary>
public static class AgeFile
{
    private const int FileKeySize = 16;
    private const int NonceSize = 16;

    /// <summary>Whether the bytes begin as an age file does, binary or in armor.</summary>
    public static bool IsAge(ReadOnlySpan<byte> file) => file.StartsWith(AgeHeader.Intro) || AgeArmor.IsArmor(file);

    /// <summary>Encrypts to all recipients: each of them can open the file alone. A passphrase must be the only one.</summary>
    /// <exception cref="VaultConfigurationException">No recipient, or a passphrase together with others.</exception>
    public static byte[] Encrypt(ReadOnlySpan<byte> plaintext, IReadOnlyList<AgeRecipient> recipients)
    {
        ArgumentNullException.ThrowIfNull(recipients);
        if (recipients.Count == 0 || (recipients.Count > 1 && recipients.Any(static recipient => recipient.MustBeAlone)))
            throw AgeErrors.Recipients();
        using var fileKey = SecretBuffer.Random(FileKeySize);
        var header = new AgeHeader([.. recipients.Select(recipient => recipient.Wrap(fileKey.Span))]);
        var head = header.Encode(fileKey.Span);
        var file = new byte[head.Length + NonceSize + AgeStream.SealedLength(plaintext.Length)];
        head.CopyTo(file, 0);
        var nonce = file.AsSpan(head.Length, NonceSize);
        RandomNumberGenerator.Fill(nonce);
        using var stream = new AgeStream(fileKey.Span, nonce);
        stream.Seal(plaintext, file.AsSpan(head.Length + NonceSize));
        return file;
    }

    /// <summary>Opens a file, binary or in armor. The caller owns the plaintext. Nothing of it is given out before all of it is authenticated.</summary>
    /// <exception cref="VaultLockedException">None of the identities opens it.</exception>
    /// <exception cref="VaultIntegrityException">It is not a well-formed age file, or was changed.</exception>
    public static SecretBuffer Decrypt(ReadOnlySpan<byte> file, IReadOnlyList<AgeIdentity> identities)
    {
        ArgumentNullException.ThrowIfNull(identities);
        if (AgeArmor.IsArmor(file))
            file = AgeArmor.Decode(file);
        var header = AgeHeader.Parse(file, out var length);
        using var fileKey = Unwrap(header, identities);
        if (!header.IsAuthentic(fileKey.Span))
            throw AgeErrors.Header("its MAC does not fit");
        var payload = file[length..];
        if (payload.Length < NonceSize)
            throw AgeErrors.Header("nothing follows it");
        using var stream = new AgeStream(fileKey.Span, payload[..NonceSize]);
        return stream.Open(payload[NonceSize..]);
    }

    private static SecretBuffer Unwrap(AgeHeader header, IReadOnlyList<AgeIdentity> identities)
    {
        if (header.Stanzas.Count > 1 && header.Stanzas.Any(static stanza => stanza.Type == ScryptPassphrase.StanzaType))
            throw AgeErrors.Header("a passphrase stands beside other recipients");
        foreach (var stanza in header.Stanzas)
        {
            foreach (var identity in identities)
            {
                var key = SecretBuffer.Allocate(FileKeySize);
                if (identity.TryUnwrap(stanza, key.Span))
                    return key;
                key.Dispose();
            }
        }

        throw AgeErrors.NoMatch();
    }
}
