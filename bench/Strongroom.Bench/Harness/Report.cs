using System.Runtime.InteropServices;

namespace Strongroom.Bench.Harness;

/// <summary>The table, as Markdown.</summary>
internal static class Report
{
    public static void Header()
    {
        Console.WriteLine($"{Processor()}, {Environment.ProcessorCount} cores, {RuntimeInformation.OSDescription}, {RuntimeInformation.FrameworkDescription}, {TimeProvider.System.GetUtcNow():yyyy-MM-dd}");
        Console.WriteLine();
        Console.WriteLine("| what | ours | against | ratio | limit | kept |");
        Console.WriteLine("| --- | --- | --- | --- | --- | --- |");
    }

    public static void Line(Measured line) =>
        Console.WriteLine($"| {line.What} | {line.Ours} | {line.Against} | {(line.Ratio is { } ratio ? $"{ratio:0.00} ×" : "")} | {line.Limit} | {line.Ok switch { true => "yes", false => "**no**", null => "" }} |");

    private static string Processor() =>
        File.Exists("/proc/cpuinfo") && File.ReadLines("/proc/cpuinfo").FirstOrDefault(line => line.StartsWith("model name", StringComparison.Ordinal)) is { } line
            ? line[(line.IndexOf(':') + 1)..].Trim()
            : RuntimeInformation.ProcessArchitecture.ToString();
}
