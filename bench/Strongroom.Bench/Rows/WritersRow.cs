using System.Diagnostics;
using Strongroom.Bench.Harness;

namespace Strongroom.Bench.Rows;

/// <summary>Many writers of one process share commits: their rate against that of one writer.</summary>
internal static class WritersRow
{
    private const int Secrets = 10_000, Writers = 64;

    public static IEnumerable<Measured> Measure()
    {
        using Workspace workspace = new();
        using SecretsManager manager = workspace.CreateVault(Secrets);
        TimeSpan time = TimeSpan.FromSeconds(Rounds.Quick ? 1 : 2);
        List<double> many = [], one = [];
        for (int round = -1; round < Rounds.Of(5); round++)
        {
            double all = Rate(manager, Writers, time), single = Rate(manager, 1, time);
            if (round < 0)
                continue;
            many.Add(all);
            one.Add(single);
        }

        double ratio = Units.Median(many) / Units.Median(one);
        yield return new Measured("64 concurrent writers, 10,000 secrets / one writer", $"{Units.Median(many):0} a second", $"{Units.Median(one):0} a second", ratio, "at least 20 ×", ratio >= 20);
    }

    private static double Rate(SecretsManager manager, int writers, TimeSpan time)
    {
        long start = Stopwatch.GetTimestamp();
        Task<int>[] tasks = [.. Enumerable.Range(0, writers).Select(writer => Task.Run(async () =>
        {
            int done = 0;
            while (Stopwatch.GetElapsedTime(start) < time)
            {
                using SecretValue value = SecretValue.FromBytes(Samples.Value(done));
                await manager.SetAsync(Samples.Name(((done * writers) + writer) % Secrets), value);
                done++;
            }

            return done;
        }))];
        int all = Task.WhenAll(tasks).GetAwaiter().GetResult().Sum();
        return all / Stopwatch.GetElapsedTime(start).TotalSeconds;
    }
}
