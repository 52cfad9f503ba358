using System.Diagnostics;
using Strongroom.Bench.Harness;

namespace Strongroom.Bench.Rows;

/// <summary>As soon as another process has been told that its write is durable, a read here gives the new value.</summary>
internal static class FreshRow
{
    public static IEnumerable<Measured> Measure()
    {
        using Workspace workspace = new();
        using SecretsManager manager = workspace.CreateVault(100);
        using Process writer = Children.Start("writer", workspace.Folder);
        int rounds = Rounds.Of(1_500), stale = 0;
        SecretName name = Samples.Name(7);
        List<double> reads = [];
        for (int round = 0; round < rounds; round++)
        {
            writer.StandardInput.WriteLine(round);
            if (writer.StandardOutput.ReadLine() != "done")
                throw new InvalidOperationException("The writing process has ended.");
            long start = Stopwatch.GetTimestamp();
            using SecretData secret = manager.Get(name);
            reads.Add(Stopwatch.GetElapsedTime(start).TotalSeconds);
            if (BitConverter.ToInt32(secret.Value.Span) != round)
                stale++;
        }

        writer.StandardInput.Close();
        writer.WaitForExit();
        yield return new Measured($"get of what another process has just written, {rounds} times", $"{stale} stale, {Units.Time(Units.Median(reads))} each", "", null, "0 stale", stale == 0);
    }
}
