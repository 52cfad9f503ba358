namespace Strongroom.Cryptography;

/// <summary>Argon2id that the built-in library can't do: parallelism above 1, and platforms without libsodium.</summary>
public interface IArgon2Provider
{
    /// <summary>Derives a key by Argon2id, version 0x13.</summary>
    /// <param name="passphrase">The exact bytes.</param>
    /// <param name="salt">16 bytes.</param>
    /// <param name="parameters">Within the bounds of the format.</param>
    /// <param name="key">Receives the key; its length is the hash length.</param>
    void DeriveKey(ReadOnlySpan<byte> passphrase, ReadOnlySpan<byte> salt, KdfParameters parameters, Span<byte> key);
}
