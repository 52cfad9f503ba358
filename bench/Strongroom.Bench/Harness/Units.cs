namespace Strongroom.Bench.Harness;

internal static class Units
{
    public static string Time(double seconds) => seconds switch
    {
        < 1e-6 => $"{seconds * 1e9:0.#} ns",
        < 1e-3 => $"{seconds * 1e6:0.00} µs",
        < 1 => $"{seconds * 1e3:0.00} ms",
        _ => $"{seconds:0.00} s",
    };

    public static string Bytes(double bytes) => $"{bytes / (1024 * 1024):0.0} MiB";

    public static double Median(IReadOnlyList<double> values)
    {
        double[] sorted = [.. values.Order()];
        int middle = sorted.Length / 2;
        return sorted.Length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    }
}
