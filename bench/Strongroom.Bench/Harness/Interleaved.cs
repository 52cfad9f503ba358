using System.Diagnostics;

namespace Strongroom.Bench.Harness;

/// <summary>
/// Runs two things in turn, A B A B …, so that a machine that is slow for a while is slow for both. The first rounds warm up and are not counted; the figure is the median of the others.
/// </summary>
internal static class Interleaved
{
    /// <summary>Seconds for one operation of each side.</summary>
    /// <param name="rounds">Rounds that count.</param>
    /// <param name="operations">Operations in one round, for what is too short for the clock.</param>
    /// <param name="ours">Does so many operations.</param>
    /// <param name="against">Does so many operations.</param>
    /// <param name="warmUp">Rounds before.</param>
    public static Pair Run(int rounds, int operations, Action<int> ours, Action<int> against, int warmUp = 2)
    {
        List<double> a = [], b = [];
        for (int round = -warmUp; round < rounds; round++)
        {
            double first = Seconds(ours, operations), second = Seconds(against, operations);
            if (round < 0)
                continue;
            a.Add(first);
            b.Add(second);
        }

        return new Pair(Units.Median(a), Units.Median(b));
    }

    /// <summary>The same where a round has to be prepared: preparing and clearing up are not timed, and neither side collects the garbage of another.</summary>
    public static Pair Run(int rounds, Func<Action> ours, Func<Action> against, Action? after = null, int warmUp = 1)
    {
        List<double> a = [], b = [];
        for (int round = -warmUp; round < rounds; round++)
        {
            Action one = ours();
            GC.Collect();
            double first = Seconds(_ => one(), 1);
            Action other = against();
            GC.Collect();
            double second = Seconds(_ => other(), 1);
            after?.Invoke();
            if (round < 0)
                continue;
            a.Add(first);
            b.Add(second);
        }

        return new Pair(Units.Median(a), Units.Median(b));
    }

    /// <summary>Seconds for one operation, the median of rounds.</summary>
    public static double One(int rounds, int operations, Action<int> action, int warmUp = 2)
    {
        List<double> all = [];
        for (int round = -warmUp; round < rounds; round++)
        {
            double seconds = Seconds(action, operations);
            if (round >= 0)
                all.Add(seconds);
        }

        return Units.Median(all);
    }

    private static double Seconds(Action<int> action, int operations)
    {
        long start = Stopwatch.GetTimestamp();
        action(operations);
        return Stopwatch.GetElapsedTime(start).TotalSeconds / operations;
    }
}
