namespace Strongroom.Cli.Output;

/// <summary>The lines of two texts as one list: taken away, added, kept.</summary>
internal static class LineDiff
{
    // The table of the longest common subsequence has a cell for every pair of lines.
    private const int MaxCells = 4_000_000;

    /// <summary>The lines with <c>-</c>, <c>+</c> or a space.</summary>
    public static IEnumerable<(char Sign, string Line)> Of(string[] before, string[] after)
    {
        if ((long)before.Length * after.Length > MaxCells)
            return [.. before.Select(line => ('-', line)), .. after.Select(line => ('+', line))];
        var common = Common(before, after);
        var lines = new List<(char, string)>();
        var (i, j) = (0, 0);
        while (i < before.Length || j < after.Length)
        {
            if (i < before.Length && j < after.Length && before[i] == after[j])
                (_, i, j) = (Add(' ', before[i]), i + 1, j + 1);
            else if (i < before.Length && (j == after.Length || common[i + 1, j] >= common[i, j + 1]))
                (_, i) = (Add('-', before[i]), i + 1);
            else
                (_, j) = (Add('+', after[j]), j + 1);
        }

        return lines;

        bool Add(char sign, string line)
        {
            lines.Add((sign, line));
            return true;
        }
    }

    // How many lines the rests from i and j on have in common.
    private static int[,] Common(string[] before, string[] after)
    {
        var common = new int[before.Length + 1, after.Length + 1];
        for (var i = before.Length - 1; i >= 0; i--)
        {
            for (var j = after.Length - 1; j >= 0; j--)
                common[i, j] = before[i] == after[j] ? common[i + 1, j + 1] + 1 : Math.Max(common[i + 1, j], common[i, j + 1]);
        }

        return common;
    }
}
