using System.Security.Cryptography;
using System.Text;
using NSec.Cryptography;

namespace Strongroom.Bench.Against;

/// <summary>The primitives by themselves.</summary>
internal static class BareCryptography
{
    public static readonly byte[] Passphrase = Encoding.ASCII.GetBytes("correct horse battery staple");
    private static readonly byte[] Salt = Encoding.ASCII.GetBytes("0123456789abcdef");
    private static readonly Argon2id Argon2 = new(new Argon2Parameters { MemorySize = 65536, NumberOfPasses = 3, DegreeOfParallelism = 1 });

    public static byte[] Argon2id() => Argon2.DeriveBytes(Passphrase, Salt, 32);

    public static byte[] Pbkdf2() => Rfc2898DeriveBytes.Pbkdf2(Passphrase, Salt, 600_000, HashAlgorithmName.SHA256, 32);

    /// <summary>Encrypts each value under one key, as a program without our bindings, commitments and digests would.</summary>
    public static byte[][] Encrypt(byte[] key, IReadOnlyList<byte[]> values)
    {
        using Key aes = Key.Import(AeadAlgorithm.Aes256Gcm, key, KeyBlobFormat.RawSymmetricKey);
        Span<byte> nonce = stackalloc byte[12];
        byte[][] all = new byte[values.Count][];
        for (int i = 0; i < values.Count; i++)
        {
            RandomNumberGenerator.Fill(nonce);
            all[i] = [.. nonce, .. AeadAlgorithm.Aes256Gcm.Encrypt(aes, nonce, [], values[i])];
        }

        return all;
    }
}
