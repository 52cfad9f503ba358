using System.Security.Cryptography;
using Org.BouncyCastle.Crypto.Generators;
using Org.BouncyCastle.Crypto.Parameters;
using Strongroom.Cryptography;
using KdfParameters = Strongroom.Cryptography.KdfParameters;

namespace Strongroom.Argon2.Managed;

/// <summary>Argon2id in managed code, by BouncyCastle: for parallelism above 1, which libsodium does not have, and for platforms without libsodium.</summary>
/// <remarks>The working memory lies on the managed heap and is not wiped: prefer parallelism 1, which runs in libsodium.</remarks>
public sealed class ManagedArgon2 : IArgon2Provider
{
    /// <inheritdoc/>
    public void DeriveKey(ReadOnlySpan<byte> passphrase, ReadOnlySpan<byte> salt, KdfParameters parameters, Span<byte> key)
    {
        ArgumentNullException.ThrowIfNull(parameters);
        // Pinned, so that the collector leaves no copies of them behind.
        var password = GC.AllocateUninitializedArray<byte>(passphrase.Length, pinned: true);
        var result = GC.AllocateUninitializedArray<byte>(key.Length, pinned: true);
        try
        {
            passphrase.CopyTo(password);
            var generator = new Argon2BytesGenerator();
            generator.Init(new Argon2Parameters.Builder(Argon2Parameters.Argon2id)
                .WithVersion(Argon2Parameters.Version13)
                .WithMemoryAsKB(parameters.MemoryCost)
                .WithIterations(parameters.TimeCost)
                .WithParallelism(parameters.Parallelism)
                .WithSalt(salt.ToArray())
                .Build());
            generator.GenerateBytes(password, result);
            result.CopyTo(key);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(password);
            CryptographicOperations.ZeroMemory(result);
        }
    }
}
