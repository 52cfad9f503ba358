namespace Strongroom.Cryptography;

/// <summary>
/// Floor and ceiling of the format, section 5. The floor stops a stored slot from being weakened until guessing is cheap, the ceiling stops it from being made so costly
/// that opening the vault takes the machine down. Both are checked before any derivation runs.
/// </summary>
internal static class KdfBounds
{
    public const long MaxTotalCost = 16_777_216;

    /// <summary>What is wrong with the parameters, or null. Argon2's own rule, 8 KiB for each lane, follows from the floor.</summary>
    public static string? Violation(KdfParameters kdf) => kdf.Name switch
    {
        KdfParameters.Argon2idName =>
            Range("memory_cost", kdf.MemoryCost, 7_168, 1_048_576)
            ?? Range("time_cost", kdf.TimeCost, 1, 256)
            ?? Range("parallelism", kdf.Parallelism, 1, 16)
            ?? Range("memory_cost x time_cost", kdf.Cost, 36_864, 4_194_304),
        KdfParameters.Pbkdf2Sha256Name or KdfParameters.Pbkdf2Sha512Name =>
            Range("memory_cost", kdf.MemoryCost, 0, 0)
            ?? Range("parallelism", kdf.Parallelism, 1, 1)
            ?? Range("iterations", kdf.TimeCost, 100_000, 10_000_000),
        _ => "its name is unknown",
    };

    private static string? Range(string what, long value, long floor, long ceiling) =>
        value < floor || value > ceiling ? $"{what} is {value}, allowed is {floor} to {ceiling}" : null;
}
