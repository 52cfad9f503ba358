using System.Diagnostics.CodeAnalysis;
using NSec.Cryptography;

namespace Strongroom.Cryptography;

/// <summary>What the native library can do on this machine, found out once.</summary>
[ExcludeFromCodeCoverage(Justification = "Depends on the processor and on the native library being there.")]
internal static class Libsodium
{
    /// <summary>Whether the library is there at all.</summary>
    public static bool IsAvailable { get; } = Try(static () => PasswordBasedKeyDerivationAlgorithm.Argon2id(new Argon2Parameters { DegreeOfParallelism = 1, MemorySize = 8192, NumberOfPasses = 1 }) is not null);

    /// <summary>Whether it has AES-GCM, which needs AES instructions.</summary>
    public static bool HasAesGcm { get; } = IsAvailable && Try(static () => Aes256Gcm.IsSupported);

    private static bool Try(Func<bool> probe)
    {
        try
        {
            return probe();
        }
        catch (Exception e) when (e is DllNotFoundException or TypeInitializationException or PlatformNotSupportedException or EntryPointNotFoundException)
        {
            return false;
        }
    }
}
