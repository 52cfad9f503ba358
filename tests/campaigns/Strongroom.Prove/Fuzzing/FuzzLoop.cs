using System.Diagnostics;
using System.Globalization;

namespace Strongroom.Prove.Fuzzing;

/// <summary>One process of the campaign: one reader, one thread, so many inputs.</summary>
internal static class FuzzLoop
{
    private const int LongestKept = 64 * 1024;

    /// <summary>Runs it, and says on one line how it ended.</summary>
    public static async Task<int> RunAsync(string name, long inputs, int seed)
    {
        // First: instrumented code writes to its memory from the first call on.
        var coverage = new Coverage();
        FuzzTarget target = (await FuzzTarget.AllAsync()).Single(target => target.Name == name);
        var corpus = new List<byte[]>(target.Seeds);
        try
        {
            Run(target, corpus, coverage, inputs, seed);
        }
        catch (ProofException failure)
        {
            Console.WriteLine($"failed\t{failure.Point}\t{failure.Message.ReplaceLineEndings(" ").Replace('\t', ' ')}");
            return 1;
        }

        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"done\t{inputs}\t{coverage.Edges}\t{corpus.Count - target.Seeds.Count}"));
        return 0;
    }

    /// <summary>Reads one input; throws when it is not refused with an error of ours, or takes more than a second.</summary>
    public static void Try(FuzzTarget target, byte[] input)
    {
        long start = Stopwatch.GetTimestamp();
        Read(target, input);
        // A processor that was taken away for a while is no slow reader: such an input is read again.
        if (Stopwatch.GetElapsedTime(start) <= TimeSpan.FromSeconds(1))
            return;
        TimeSpan before = Environment.CpuUsage.TotalTime;
        Read(target, input);
        TimeSpan took = (Environment.CpuUsage.TotalTime - before) / Environment.ProcessorCount;
        CampaignRun.Require(took < TimeSpan.FromSeconds(1), PointOf(target, input), $"{target.Name} took {took.TotalMilliseconds:0} ms.");
    }

    private static void Run(FuzzTarget target, List<byte[]> corpus, Coverage coverage, long inputs, int seed)
    {
        foreach (byte[] genuine in target.Seeds)
        {
            coverage.Clear();
            Try(target, genuine);
            coverage.Learn();
        }

        var mutator = new Mutator(corpus, new Random(seed));
        for (long done = 0; done < inputs; done++)
        {
            byte[] input = mutator.Next().ToArray();
            coverage.Clear();
            Try(target, input);
            if (coverage.Learn() && input.Length <= LongestKept)
                corpus.Add(input);
        }
    }

    private static void Read(FuzzTarget target, byte[] input)
    {
        try
        {
            target.Read(input);
        }
        catch (StrongroomException)
        {
            // Refused.
        }
        catch (Exception error)
        {
            throw new ProofException(PointOf(target, input), $"{target.Name} ended with {error.GetType().Name}: {error.Message}", error);
        }
    }

    private static string PointOf(FuzzTarget target, byte[] input) => $"{target.Name}/{Convert.ToBase64String(input)}";
}
