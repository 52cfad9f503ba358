namespace Strongroom.Cryptography;

/// <summary>How a passphrase becomes a key. <see cref="Name"/> is <c>argon2id</c>, <c>pbkdf2-sha256</c> or <c>pbkdf2-sha512</c>.</summary>
/// <param name="Name">The algorithm.</param>
/// <param name="MemoryCost">Argon2id: KiB. PBKDF2: 0.</param>
/// <param name="TimeCost">Argon2id: passes. PBKDF2: iterations.</param>
/// <param name="Parallelism">Argon2id: lanes. PBKDF2: 1.</param>
public sealed record KdfParameters(string Name, int MemoryCost, int TimeCost, int Parallelism)
{
    internal const string Argon2idName = "argon2id";
    internal const string Pbkdf2Sha256Name = "pbkdf2-sha256";
    internal const string Pbkdf2Sha512Name = "pbkdf2-sha512";

    /// <summary>64 MiB, 3 passes, 1 lane.</summary>
    public static KdfParameters Default { get; } = Argon2id(65536, 3, 1);

    /// <summary>What a derivation costs: KiB × passes, or iterations. The sum over all slots of a vault has a ceiling.</summary>
    public long Cost => Math.Max(MemoryCost, 1L) * TimeCost;

    internal bool IsArgon2id => string.Equals(Name, Argon2idName, StringComparison.Ordinal);

    /// <summary>Argon2id.</summary>
    /// <param name="memoryCost">KiB.</param>
    /// <param name="timeCost">Passes.</param>
    /// <param name="parallelism">Lanes; above 1 needs an <see cref="IArgon2Provider"/>.</param>
    public static KdfParameters Argon2id(int memoryCost, int timeCost, int parallelism) => new(Argon2idName, memoryCost, timeCost, parallelism);

    /// <summary>PBKDF2 with HMAC-SHA256 (legacy).</summary>
    public static KdfParameters Pbkdf2Sha256(int iterations) => new(Pbkdf2Sha256Name, 0, iterations, 1);

    /// <summary>PBKDF2 with HMAC-SHA512 (legacy).</summary>
    public static KdfParameters Pbkdf2Sha512(int iterations) => new(Pbkdf2Sha512Name, 0, iterations, 1);

    /// <summary>Checks the bounds of one slot, for parameters that a caller asks for.</summary>
    /// <exception cref="VaultConfigurationException">Out of bounds; the message names the bound.</exception>
    public void Validate()
    {
        if (KdfBounds.Violation(this) is { } violation)
            throw new VaultConfigurationException("SR1007", $"The key derivation can't be used: {violation}.", "Choose parameters within the bounds; the default is argon2id with 65536 KiB, 3 passes, 1 lane.");
    }
}
