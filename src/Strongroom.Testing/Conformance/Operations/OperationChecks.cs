using System.Diagnostics;

namespace Strongroom.Testing.Conformance;

/// <summary>The random cross test, its replay, and the search for a shorter list of operations that fails as well.</summary>
internal static class OperationChecks
{
    private const int MaxTries = 300;
    private static readonly TimeSpan MaxTime = TimeSpan.FromSeconds(20);

    public static async Task AgainstAModel(ConformanceRun run)
    {
        Storage.IVaultBackend backend = await run.OpenAsync().ConfigureAwait(false);
        await RunAsync(run, OperationGenerator.Generate(run.Random, run.Options.Operations, KitRows.Keys(backend))).ConfigureAwait(false);
    }

    public static Task Replay(ConformanceRun run, string log) => RunAsync(run, Operation.ParseLog(log));

    private static async Task RunAsync(ConformanceRun run, IReadOnlyList<Operation> operations)
    {
        if (await OperationModel.RunAsync(run, operations).ConfigureAwait(false) is not { } found)
            return;
        (IReadOnlyList<Operation> shortest, ConformanceFailure failure) = await ShortenAsync(run, [.. operations.Take(found.Begun)], found.Failure).ConfigureAwait(false);
        run.Log = string.Join(Environment.NewLine, shortest);
        throw new ConformanceFailure($"{failure.Message}, at the last of {shortest.Count} operations", failure.InnerException);
    }

    // Leaves out half of the operations, then quarters, and so on, as long as what is left still fails.
    private static async Task<(IReadOnlyList<Operation> Operations, ConformanceFailure Failure)> ShortenAsync(ConformanceRun run, IReadOnlyList<Operation> operations, ConformanceFailure failure)
    {
        long start = Stopwatch.GetTimestamp();
        int tries = 0;
        for (int size = operations.Count / 2; size > 0; size /= 2)
        {
            for (int at = 0; at < operations.Count;)
            {
                if (++tries > MaxTries || Stopwatch.GetElapsedTime(start) > MaxTime)
                    return (operations, failure);
                Operation[] candidate = [.. operations.Take(at), .. operations.Skip(at + size)];
                if (await OperationModel.RunAsync(run, candidate).ConfigureAwait(false) is { } found)
                    (operations, failure) = (candidate[..found.Begun], found.Failure);
                else
                    at += size;
            }
        }

        return (operations, failure);
    }
}
