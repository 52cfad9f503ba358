using System.Diagnostics;
using Strongroom.Bench.Harness;

namespace Strongroom.Bench.Rows;

/// <summary>Taking hold of a live secret and reading it, at rest and while another thread rotates it without a pause.</summary>
internal static class LiveRow
{
    private const int Operations = 1_000_000;
    private static int _seen;

    public static IEnumerable<Measured> Measure()
    {
        using Workspace workspace = new();
        using SecretsManager manager = workspace.CreateVault(10);
        using LiveSecret live = manager.Live(Samples.Name(0));
        yield return Measured.Time("live secret: acquire, read, release", Interleaved.One(Rounds.Of(31), Operations, count => Acquire(live, count)), 50e-9);
        long before = GC.GetAllocatedBytesForCurrentThread();
        Acquire(live, Operations);
        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        yield return new Measured("live secret: bytes allocated by a million", $"{allocated} B", "", null, "0 B", allocated == 0);
        (double time, int rotations) = WhileRotating(manager, live);
        yield return Measured.Time($"live secret: p99.9 of 2,000,000 during {rotations} rotations", time, 1e-6);
    }

    private static void Acquire(LiveSecret live, int count)
    {
        int bytes = 0;
        for (int i = 0; i < count; i++)
        {
            using SecretLease lease = live.Acquire();
            bytes += lease.Span[0];
        }

        _seen = bytes;
    }

    private static (double Seconds, int Rotations) WhileRotating(SecretsManager manager, LiveSecret live)
    {
        using CancellationTokenSource stop = new();
        int rotations = 0;
        var rotating = Task.Run(() =>
        {
            while (!stop.IsCancellationRequested)
            {
                using SecretValue next = SecretValue.FromBytes(Samples.Value(++rotations));
                manager.Set(Samples.Name(0), next);
            }
        });
        long[] ticks = new long[2_000_000];
        for (int i = 0; i < ticks.Length; i++)
        {
            long start = Stopwatch.GetTimestamp();
            using (SecretLease lease = live.Acquire())
                _seen += lease.Span[0];
            ticks[i] = Stopwatch.GetTimestamp() - start;
            // As a desk does it: signs between, and does not only acquire; also gives the run a length in which rotations happen.
            Thread.SpinWait(5);
        }

        stop.Cancel();
        rotating.GetAwaiter().GetResult();
        Array.Sort(ticks);
        return ((double)ticks[(int)(ticks.Length * 0.999)] / Stopwatch.Frequency, rotations);
    }
}
