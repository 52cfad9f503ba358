using System.Diagnostics.CodeAnalysis;
using NSec.Cryptography;

namespace Strongroom.Cryptography.Age;

/// <summary>Wraps and unwraps file keys. Each wrapping key is used once, so the nonce is zero (C2SP age.md).</summary>
internal static class AgeKeys
{
    public const int WrappedSize = 32;
    private const int NonceSize = 12;

    public static Key Import(ReadOnlySpan<byte> key)
    {
        RequireLibsodium();
        return Key.Import(AeadAlgorithm.ChaCha20Poly1305, key, KeyBlobFormat.RawSymmetricKey);
    }

    public static byte[] Wrap(ReadOnlySpan<byte> wrappingKey, ReadOnlySpan<byte> fileKey)
    {
        using var key = Import(wrappingKey);
        return AeadAlgorithm.ChaCha20Poly1305.Encrypt(key, stackalloc byte[NonceSize], [], fileKey);
    }

    /// <summary>Unwraps; false when the key is another's.</summary>
    /// <remarks>ChaCha20-Poly1305 does not commit to its key. The length of the body is fixed before, so no file key can be hidden in a body that opens under several.</remarks>
    public static bool TryUnwrap(ReadOnlySpan<byte> wrappingKey, AgeStanza stanza, Span<byte> fileKey)
    {
        if (stanza.Body.Length != WrappedSize)
            throw AgeErrors.Header("a wrapped key has the wrong length");
        using var key = Import(wrappingKey);
        return AeadAlgorithm.ChaCha20Poly1305.Decrypt(key, stackalloc byte[NonceSize], [], stanza.Body, fileKey);
    }

    [ExcludeFromCodeCoverage(Justification = "Depends on the native library being there.")]
    public static void RequireLibsodium()
    {
        if (!Libsodium.IsAvailable)
            throw AgeErrors.NoLibsodium();
    }
}
