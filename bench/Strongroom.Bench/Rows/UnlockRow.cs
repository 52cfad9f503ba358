using Strongroom.Bench.Against;
using Strongroom.Bench.Harness;
using Strongroom.Cryptography;

namespace Strongroom.Bench.Rows;

/// <summary>Opening a vault by its passphrase, all that belongs to it included, against the bare key derivation.</summary>
internal static class UnlockRow
{
    public static IEnumerable<Measured> Measure()
    {
        yield return Measured.Times("unlock, Argon2id 64 MiB, 3, 1 / bare NSec Argon2id", Against(KdfParameters.Default, () => BareCryptography.Argon2id()), 1.10, 0.200);
        Pair pbkdf2 = Against(KdfParameters.Pbkdf2Sha256(600_000), () => BareCryptography.Pbkdf2());
        yield return new Measured("unlock, PBKDF2 600,000 × SHA-256 / bare Rfc2898DeriveBytes", Units.Time(pbkdf2.Ours), Units.Time(pbkdf2.Against), pbkdf2.Ratio, "", null);
    }

    private static Pair Against(KdfParameters kdf, Action bare)
    {
        using Workspace workspace = new();
        using Unlock unlock = Unlock.Passphrase(BareCryptography.Passphrase);
        VaultOptions options = workspace.Options() with { Encryption = kdf };
        using (SecretsManager manager = SecretsManager.Create(options, unlock))
            Samples.Fill(manager, 100);
        SecretsManager? opened = null;
        return Interleaved.Run(Rounds.Of(21), () => () => opened = SecretsManager.Open(options, unlock), () => bare, () => opened!.Dispose());
    }
}
