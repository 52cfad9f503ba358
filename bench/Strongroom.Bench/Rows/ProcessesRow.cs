using System.Diagnostics;
using Strongroom.Bench.Harness;

namespace Strongroom.Bench.Rows;

/// <summary>16 processes count up one secret, 200 times each, by compare-and-set.</summary>
internal static class ProcessesRow
{
    private const int Processes = 16, Each = 200;

    public static IEnumerable<Measured> Measure()
    {
        using Workspace workspace = new();
        using SecretsManager manager = workspace.CreateVault(10);
        using (SecretValue zero = SecretValue.FromBytes(BitConverter.GetBytes(0)))
            manager.Set(Children.Counter, zero);
        long start = Stopwatch.GetTimestamp();
        Process[] children = [.. Enumerable.Range(0, Processes).Select(_ => Children.Start("counter", workspace.Folder, Each.ToString()))];
        int failed = 0;
        foreach (Process child in children)
        {
            child.StandardInput.Close();
            child.WaitForExit();
            failed += child.ExitCode == 0 ? 0 : 1;
            child.Dispose();
        }

        double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        using SecretData secret = manager.Get(Children.Counter);
        int counted = BitConverter.ToInt32(secret.Value.Span);
        yield return new Measured($"16 processes × 200 read-modify-writes", $"{counted} counted in {Units.Time(seconds)}", "", null, "3200 counted, 0 lost", counted == Processes * Each && failed == 0);
    }
}
