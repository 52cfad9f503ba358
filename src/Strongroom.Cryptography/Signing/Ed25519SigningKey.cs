using NSec.Cryptography;

namespace Strongroom;

/// <summary>A private key of Ed25519 (RFC 8032), ready to sign: imported once, kept in guarded memory, wiped on dispose. Needs libsodium. Safe for use by several threads.</summary>
public sealed class Ed25519SigningKey : IDisposable
{
    /// <summary>The length of a signature in bytes.</summary>
    public const int SignatureSize = 64;

    /// <summary>The length of a public key in bytes.</summary>
    public const int PublicKeySize = 32;

    private static readonly KeyBlobFormat[] Formats = [KeyBlobFormat.PkixPrivateKeyText, KeyBlobFormat.PkixPrivateKey, KeyBlobFormat.RawPrivateKey];
    private readonly Key _key;

    private Ed25519SigningKey(Key key) => _key = key;

    /// <summary>Reads a private key: PEM (<c>BEGIN PRIVATE KEY</c>, PKCS #8), the same as DER, or the 32 bytes alone.</summary>
    /// <param name="key">The key; stays the caller's to wipe.</param>
    /// <exception cref="VaultConfigurationException">It is none of these.</exception>
    public static Ed25519SigningKey Import(ReadOnlySpan<byte> key)
    {
        ReadOnlySpan<byte> text = key.TrimEnd("\r\n"u8);
        foreach (KeyBlobFormat format in Formats)
        {
            if (Key.TryImport(SignatureAlgorithm.Ed25519, format == KeyBlobFormat.PkixPrivateKeyText ? text : key, format, out Key? imported))
                return new Ed25519SigningKey(imported!);
        }

        throw new VaultConfigurationException("SR1031", "It is not a private key of Ed25519.", "Give PEM as 'openssl genpkey -algorithm ed25519' writes it, DER, or the 32 bytes of the key.");
    }

    /// <summary>The public key, 32 bytes.</summary>
    public byte[] PublicKey => _key.PublicKey.Export(KeyBlobFormat.RawPublicKey);

    /// <summary>Signs.</summary>
    /// <param name="message">What is signed.</param>
    /// <param name="signature">Gets the signature; exactly <see cref="SignatureSize"/> bytes.</param>
    /// <exception cref="ObjectDisposedException">The key has been disposed of.</exception>
    public void Sign(ReadOnlySpan<byte> message, Span<byte> signature) => SignatureAlgorithm.Ed25519.Sign(_key, message, signature);

    /// <summary>Whether a signature is that of a public key.</summary>
    /// <param name="publicKey">32 bytes; of another length or no key: false.</param>
    /// <param name="message">What was signed.</param>
    /// <param name="signature">64 bytes; of another length: false.</param>
    public static bool Verify(ReadOnlySpan<byte> publicKey, ReadOnlySpan<byte> message, ReadOnlySpan<byte> signature) =>
        NSec.Cryptography.PublicKey.TryImport(SignatureAlgorithm.Ed25519, publicKey, KeyBlobFormat.RawPublicKey, out PublicKey? key) && SignatureAlgorithm.Ed25519.Verify(key!, message, signature);

    /// <summary>Always <c>***</c>.</summary>
    public override string ToString() => "***";

    /// <inheritdoc/>
    public void Dispose() => _key.Dispose();
}
