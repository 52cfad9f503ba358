using System.Diagnostics.CodeAnalysis;
using NSec.Cryptography;

namespace Strongroom.Cryptography;

/// <summary>A new key pair of Curve25519: Ed25519 for signatures, X25519 for key agreement. The private half lies in guarded memory and is wiped on dispose.</summary>
public sealed class CurveKeyPair : IDisposable
{
    private const int KeySize = 32;
    private readonly Key _key;

    private CurveKeyPair(Algorithm algorithm)
    {
        RequireLibsodium();
        _key = Key.Create(algorithm, new KeyCreationParameters { ExportPolicy = KeyExportPolicies.AllowPlaintextExport });
    }

    /// <summary>A key pair for signatures (RFC 8032).</summary>
    /// <exception cref="VaultConfigurationException">libsodium is missing.</exception>
    public static CurveKeyPair Ed25519() => new(SignatureAlgorithm.Ed25519);

    /// <summary>A key pair for key agreement (RFC 7748).</summary>
    /// <exception cref="VaultConfigurationException">libsodium is missing.</exception>
    public static CurveKeyPair X25519() => new(KeyAgreementAlgorithm.X25519);

    /// <summary>The private key as PKCS #8 in PEM (RFC 8410). The caller owns the buffer.</summary>
    public SecretBuffer PrivatePem() => Export(KeyBlobFormat.PkixPrivateKeyText, _key.GetExportBlobSize(KeyBlobFormat.PkixPrivateKeyText));

    /// <summary>The public key as SubjectPublicKeyInfo in PEM (RFC 8410): ASCII text.</summary>
    public byte[] PublicPem() => _key.PublicKey.Export(KeyBlobFormat.PkixPublicKeyText);

    /// <summary>The 32 bytes of the private key. The caller owns the buffer.</summary>
    public SecretBuffer PrivateBytes() => Export(KeyBlobFormat.RawPrivateKey, KeySize);

    /// <summary>The 32 bytes of the public key.</summary>
    public byte[] PublicBytes() => _key.PublicKey.Export(KeyBlobFormat.RawPublicKey);

    /// <inheritdoc/>
    public void Dispose() => _key.Dispose();

    [ExcludeFromCodeCoverage(Justification = "Depends on the native library being there.")]
    private static void RequireLibsodium()
    {
        if (!Libsodium.IsAvailable)
            throw new VaultConfigurationException("SR1030", "Keys of Curve25519 need libsodium, which is not to be had on this platform.", "Make an RSA key, or make the key elsewhere and store it.");
    }

    [ExcludeFromCodeCoverage(Justification = "The library exports every key that it was allowed to export.")]
    private SecretBuffer Export(KeyBlobFormat format, int size)
    {
        var buffer = SecretBuffer.Allocate(size);
        if (_key.TryExport(format, buffer.Span, out var written) && written == size)
            return buffer;
        buffer.Dispose();
        throw new InvalidOperationException("The key can't be exported.");
    }
}
