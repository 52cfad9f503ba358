using System.Diagnostics;

namespace Strongroom.Prove.Fuzzing;

/// <summary>
/// Inputs made from genuine ones by chance, into everything that reads what others wrote: only errors of ours, nothing over a second, and what is accepted is written again as it was. The mutator does not see which code ran, so
/// it is no replacement for fuzzing that is guided by coverage; it is fast, and needs nothing but .NET.
/// </summary>
internal sealed class FuzzCampaign : Campaign
{
    private const long Full = 10_000_000;
    private const long Short = 20_000;

    public override string Name => "fuzz";

    public override string Points => "inputs made by chance, each refused with an error of ours or read as it is";

    public override async Task RunAsync(CampaignRun run)
    {
        foreach (FuzzTarget target in await FuzzTarget.AllAsync())
        {
            if (!run.WantsAnyOf(target.Name + "/"))
                continue;
            if (run.Only is { } point && point.StartsWith(target.Name + "/", StringComparison.Ordinal))
            {
                Try(target, Convert.FromBase64String(point[(target.Name.Length + 1)..]));
                run.Count();
                continue;
            }

            long start = Stopwatch.GetTimestamp(), before = run.Points, most = run.IsShort ? Short : Full;
            int wide = Environment.ProcessorCount;
            Parallel.For(0, wide, worker => Work(run, target, worker, most / wide));
            double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
            run.Note($"{target.Name}: {run.Points - before:N0} inputs, {(run.Points - before) / seconds:N0}/s");
        }
    }

    private static void Work(CampaignRun run, FuzzTarget target, int worker, long most)
    {
        var mutator = new Mutator(target.Seeds, run.Random($"{target.Name} {worker}"));
        for (long done = 0; done < most; done++)
        {
            if (done % 1024 == 1023)
            {
                run.Count(1024);
                if (run.IsOver)
                    return;
            }

            Try(target, mutator.Next().ToArray());
        }

        run.Count(most % 1024);
    }

    private static void Try(FuzzTarget target, byte[] input)
    {
        long start = Stopwatch.GetTimestamp();
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
            throw new ProofException($"{target.Name}/{Convert.ToBase64String(input)}", $"{target.Name} ended with {error.GetType().Name}: {error.Message}", error);
        }

        // A processor that was taken away for a while is no slow reader: such an input is read again.
        if (Stopwatch.GetElapsedTime(start) > TimeSpan.FromSeconds(1))
            Again(target, input);
    }

    private static void Again(FuzzTarget target, byte[] input)
    {
        TimeSpan start = Environment.CpuUsage.TotalTime;
        try
        {
            target.Read(input);
        }
        catch (StrongroomException)
        {
            // Refused, as before.
        }

        TimeSpan took = (Environment.CpuUsage.TotalTime - start) / Environment.ProcessorCount;
        CampaignRun.Require(took < TimeSpan.FromSeconds(1), $"{target.Name}/{Convert.ToBase64String(input)}", $"{target.Name} took {took.TotalMilliseconds:0} ms.");
    }
}
