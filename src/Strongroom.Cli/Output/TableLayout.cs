namespace Strongroom.Cli.Output;

/// <summary>How wide the columns of a table are, so that it fits and no word is broken.</summary>
internal static class TableLayout
{
    /// <summary>The widths, or null when even the longest words do not fit side by side.</summary>
    /// <param name="columns">The headings.</param>
    /// <param name="rows">The cells.</param>
    /// <param name="available">For all columns together, without what stands between them.</param>
    /// <param name="wraps">Whether a cell may take several lines.</param>
    public static int[]? Fit(IReadOnlyList<string> columns, IReadOnlyList<string[]> rows, int available, bool wraps)
    {
        var widths = new int[columns.Count];
        var least = new int[columns.Count];
        for (var i = 0; i < widths.Length; i++)
        {
            foreach (var cell in rows.Select(row => row[i]).Prepend(columns[i]))
            {
                widths[i] = Math.Max(widths[i], cell.Length);
                least[i] = Math.Max(least[i], wraps ? cell.Split(' ').Max(word => word.Length) : cell.Length);
            }
        }

        if (least.Sum() > available)
            return null;
        // The column with most to give gives first.
        while (widths.Sum() > available)
        {
            var at = 0;
            for (var i = 1; i < widths.Length; i++)
            {
                if (widths[i] - least[i] > widths[at] - least[at])
                    at = i;
            }

            widths[at]--;
        }

        return widths;
    }

    /// <summary>The width of the terminal, in characters.</summary>
    public static int TerminalWidth()
    {
        try
        {
            return Console.WindowWidth is > 0 and var width ? Math.Min(width, 400) : 80;
        }
        catch (IOException)
        {
            return 80;
        }
    }
}
