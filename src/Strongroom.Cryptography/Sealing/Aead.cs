namespace Strongroom.Cryptography;

/// <summary>AES-256-GCM with a 96-bit IV and a 128-bit tag under one imported key. Thread-safe.</summary>
internal abstract class Aead : IDisposable
{
    public const int IvSize = 12;
    public const int TagSize = 16;

    /// <summary>Writes ciphertext ‖ tag.</summary>
    public abstract void Encrypt(ReadOnlySpan<byte> iv, ReadOnlySpan<byte> aad, ReadOnlySpan<byte> plaintext, Span<byte> ciphertext);

    /// <summary>Opens ciphertext ‖ tag; false, and nothing of use in the plaintext, when the tag is wrong.</summary>
    public abstract bool TryDecrypt(ReadOnlySpan<byte> iv, ReadOnlySpan<byte> aad, ReadOnlySpan<byte> ciphertext, Span<byte> plaintext);

    public abstract void Dispose();
}
