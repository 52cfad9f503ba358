using System.Buffers.Binary;
using System.Security.Cryptography;
using NSec.Cryptography;

namespace Strongroom.Cryptography.Age;

/// <summary>
/// STREAM (C2SP age.md, "Payload"): chunks of 64 KiB under ChaCha20-Poly1305, whose nonce is the chunk's number and whether it is the last. So chunks can't be dropped, swapped or added, and the end can't be cut off.
/// </summary>
internal sealed class AgeStream : IDisposable
{
    private const int ChunkSize = 64 * 1024;
    private const int TagSize = 16;
    private const int NonceSize = 12;
    private readonly Key _key;

    public AgeStream(ReadOnlySpan<byte> fileKey, ReadOnlySpan<byte> nonce)
    {
        using var key = SecretBuffer.Allocate(32);
        HKDF.DeriveKey(HashAlgorithmName.SHA256, fileKey, key.Span, nonce, "payload"u8);
        _key = AgeKeys.Import(key.Span);
    }

    /// <summary>How long the sealed form is. Even nothing is one chunk.</summary>
    public static int SealedLength(int length) => checked(length + Math.Max(1, (length + ChunkSize - 1) / ChunkSize) * TagSize);

    public void Seal(ReadOnlySpan<byte> plaintext, Span<byte> file)
    {
        Span<byte> nonce = stackalloc byte[NonceSize];
        for (ulong number = 0; ; number++)
        {
            var length = Math.Min(ChunkSize, plaintext.Length);
            var isLast = length == plaintext.Length;
            AeadAlgorithm.ChaCha20Poly1305.Encrypt(_key, Nonce(number, isLast, nonce), [], plaintext[..length], file[..(length + TagSize)]);
            if (isLast)
                return;
            plaintext = plaintext[length..];
            file = file[(length + TagSize)..];
        }
    }

    /// <summary>Opens all chunks. The caller owns the result.</summary>
    public SecretBuffer Open(ReadOnlySpan<byte> file)
    {
        var chunks = Math.Max(1, (file.Length + ChunkSize + TagSize - 1) / (ChunkSize + TagSize));
        // Only a payload of nothing has an empty last chunk.
        if (file.Length - chunks * TagSize < (chunks > 1 ? (chunks - 1) * ChunkSize + 1 : 0))
            throw AgeErrors.Payload();
        var plaintext = SecretBuffer.Allocate(file.Length - chunks * TagSize);
        try
        {
            Span<byte> nonce = stackalloc byte[NonceSize];
            var rest = plaintext.Span;
            for (ulong number = 0; number < (ulong)chunks; number++)
            {
                var length = Math.Min(ChunkSize, rest.Length);
                if (!AeadAlgorithm.ChaCha20Poly1305.Decrypt(_key, Nonce(number, number == (ulong)chunks - 1, nonce), [], file[..(length + TagSize)], rest[..length]))
                    throw AgeErrors.Payload();
                rest = rest[length..];
                file = file[(length + TagSize)..];
            }

            return plaintext;
        }
        catch
        {
            plaintext.Dispose();
            throw;
        }
    }

    public void Dispose() => _key.Dispose();

    private static Span<byte> Nonce(ulong number, bool isLast, Span<byte> nonce)
    {
        BinaryPrimitives.WriteUInt64BigEndian(nonce[3..], number);
        nonce[11] = isLast ? (byte)1 : (byte)0;
        return nonce;
    }
}
