using System.Text.Json;
using Strongroom.Bench.Against;
using Strongroom.Bench.Harness;

namespace Strongroom.Bench.Rows;

/// <summary>Opening 100,000 secrets by key file, every row hashed and checked against the authenticated head, against deserialising the same file into types. And what it keeps in memory.</summary>
internal static class OpenRow
{
    private const int Secrets = 100_000;

    public static IEnumerable<Measured> Measure()
    {
        using Workspace workspace = new();
        workspace.CreateVault(Secrets).Dispose();
        PlainFile? plain = null;
        SecretsManager? opened = null;
        Pair pair = Interleaved.Run(Rounds.Of(9),
            () =>
            {
                Collect();
                return () => opened = workspace.Open();
            },
            () =>
            {
                opened!.Dispose();
                opened = null;
                Collect();
                return () => plain = JsonSerializer.Deserialize(File.ReadAllBytes(workspace.VaultFile), PlainJson.Default.PlainFile);
            },
            () => plain = plain!.Secrets.Count == Secrets ? null : throw new InvalidOperationException("Secrets are missing."));
        yield return Measured.Times("open of 100,000 secrets, verified / JsonSerializer.Deserialize of the file", pair, 1.50);

        double file = new FileInfo(workspace.VaultFile).Length;
        double before = Collect();
        opened = workspace.Open();
        double retained = Collect() - before;
        GC.KeepAlive(opened);
        opened.Dispose();
        yield return new Measured("bytes retained after opening them / bytes of the file", Units.Bytes(retained), Units.Bytes(file), retained / file, "at most 1.30 ×", retained <= 1.3 * file);
    }

    private static long Collect()
    {
        GC.Collect(2, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        GC.WaitForPendingFinalizers();
        return GC.GetTotalMemory(forceFullCollection: true);
    }
}
