using System.Security.Cryptography;

namespace Strongroom.Cryptography;

/// <summary>The framework's AES-GCM, for processors whose AES libsodium does not use. Its key lies in the memory of the system's library.</summary>
internal sealed class FrameworkAead(ReadOnlySpan<byte> key) : Aead
{
    // The tag size is stated: without it tags of 12 bytes would be taken.
    private readonly AesGcm _aes = new(key, TagSize);

    // The native context is not thread-safe.
    private readonly Lock _lock = new();

    public override void Encrypt(ReadOnlySpan<byte> iv, ReadOnlySpan<byte> aad, ReadOnlySpan<byte> plaintext, Span<byte> ciphertext)
    {
        lock (_lock)
            _aes.Encrypt(iv, plaintext, ciphertext[..plaintext.Length], ciphertext[plaintext.Length..], aad);
    }

    public override bool TryDecrypt(ReadOnlySpan<byte> iv, ReadOnlySpan<byte> aad, ReadOnlySpan<byte> ciphertext, Span<byte> plaintext)
    {
        try
        {
            lock (_lock)
                _aes.Decrypt(iv, ciphertext[..plaintext.Length], ciphertext[plaintext.Length..], plaintext, aad);
            return true;
        }
        catch (AuthenticationTagMismatchException)
        {
            return false;
        }
    }

    public override void Dispose()
    {
        lock (_lock)
            _aes.Dispose();
    }
}
