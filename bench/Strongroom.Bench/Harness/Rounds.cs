namespace Strongroom.Bench.Harness;

internal static class Rounds
{
    public static bool Quick { get; set; }

    /// <summary>So many rounds, or a third of them when a quick look is wanted.</summary>
    public static int Of(int rounds) => Quick ? Math.Max(3, rounds / 3) : rounds;
}
