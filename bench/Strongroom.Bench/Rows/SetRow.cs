using Strongroom.Bench.Against;
using Strongroom.Bench.Harness;

namespace Strongroom.Bench.Rows;

/// <summary>A durable set (three syncs, a test counts them) against serialising equal records and replacing the file durably (two).</summary>
internal static class SetRow
{
    public static IEnumerable<Measured> Measure()
    {
        yield return Measured.Times("durable set, 1,000 secrets / serialise and replace", Against(1_000, Rounds.Of(120)), 1.25);
        yield return Measured.Times("durable set, 10,000 secrets / serialise and replace", Against(10_000, Rounds.Of(60)), 1.15);
    }

    private static Pair Against(int secrets, int rounds)
    {
        using Workspace workspace = new();
        using SecretsManager manager = workspace.CreateVault(secrets);
        PlainStore plain = PlainStore.CopyOf(workspace.VaultFile, Path.Combine(workspace.Folder, "plain.json"));
        int ours = 0, theirs = 0;
        return Interleaved.Run(rounds, 1,
            _ =>
            {
                using SecretValue value = SecretValue.FromBytes(Samples.Value(-ours));
                manager.Set(Samples.Name(ours++ * 7 % secrets), value);
            },
            _ =>
            {
                // As long as a sealed value: length, padding, IV and tag are added to what is kept.
                byte[] value = new byte[348];
                Samples.Value(-theirs).CopyTo(value, 0);
                plain.Set(Samples.Name(theirs++ * 7 % secrets).ToString(), value, "2026-01-01T00:00:00.000Z");
            },
            warmUp: 10);
    }
}
