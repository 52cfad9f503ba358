using System.Diagnostics;
using System.Globalization;
using Strongroom.Prove.Processes;

namespace Strongroom.Prove.Fuzzing;

/// <summary>
/// Inputs made from genuine ones by chance, into everything that reads what others wrote: only errors of ours, nothing over a second, and what is accepted is written again as it was. Guided by coverage: the libraries are
/// instrumented by SharpFuzz in a copy of this program, and an input that ran code which none before had run becomes one to make others from. Each reader has a process of its own, since what ran is counted for a process.
/// </summary>
internal sealed class FuzzCampaign : Campaign
{
    private const long Full = 10_000_000;
    private const long Short = 10_000;

    /// <summary>What a process of this campaign is started with.</summary>
    public const string Role = "fuzz";

    public override string Name => "fuzz";

    public override string Points => "inputs guided by coverage, each refused with an error of ours or read as it is";

    public override async Task RunAsync(CampaignRun run)
    {
        IReadOnlyList<FuzzTarget> targets = await FuzzTarget.AllAsync();
        if (run.Only is { } point)
        {
            FuzzTarget target = targets.FirstOrDefault(target => point.StartsWith(target.Name + "/", StringComparison.Ordinal)) ?? throw new ProofException(point, "There is no such reader.");
            FuzzLoop.Try(target, Convert.FromBase64String(point[(target.Name.Length + 1)..]));
            run.Count();
            return;
        }

        using var copy = InstrumentedCopy.Make();
        await Parallel.ForEachAsync(targets, new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount }, async (target, _) =>
        {
            if (!run.IsOver)
                await FuzzAsync(run, copy, target.Name);
        });
    }

    private static async Task FuzzAsync(CampaignRun run, InstrumentedCopy copy, string target)
    {
        long start = Stopwatch.GetTimestamp();
        FuzzResult result = await WorkAsync(copy, target, run.IsShort ? Short : Full, run.Seed);
        run.Count(result.Inputs);
        run.Note($"{target}: {result.Inputs:N0} inputs, {result.Inputs / Stopwatch.GetElapsedTime(start).TotalSeconds:N0}/s, {result.Edges:N0} branches seen, {result.Kept:N0} inputs kept");
    }

    private static async Task<FuzzResult> WorkAsync(InstrumentedCopy copy, string target, long inputs, int seed)
    {
        using Process worker = copy.Start(Child.Mark, Role, target, string.Create(CultureInfo.InvariantCulture, $"{inputs}"), string.Create(CultureInfo.InvariantCulture, $"{seed}"));
        Task<string> errors = worker.StandardError.ReadToEndAsync();
        string said = await worker.StandardOutput.ReadToEndAsync();
        await worker.WaitForExitAsync();
        string[] words = said.TrimEnd().Split('\t');
        return words switch
        {
            ["done", var done, var edges, var kept] => new FuzzResult(long.Parse(done, CultureInfo.InvariantCulture), int.Parse(edges, CultureInfo.InvariantCulture), int.Parse(kept, CultureInfo.InvariantCulture)),
            ["failed", var failed, var message] => throw new ProofException(failed, message),
            _ => throw new ProofException($"{target}/", $"A process of the campaign ended with {worker.ExitCode}: {await errors}"),
        };
    }

    private sealed record FuzzResult(long Inputs, int Edges, int Kept);
}
