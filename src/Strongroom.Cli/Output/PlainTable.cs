namespace Strongroom.Cli.Output;

/// <summary>Aligned columns with a heading, for pipes, files and simple terminals.</summary>
internal static class PlainTable
{
    public static void Write(OutputWriter output, IReadOnlyList<string> columns, IReadOnlyList<string[]> rows)
    {
        var widths = new int[columns.Count];
        for (var i = 0; i < widths.Length; i++)
            widths[i] = Math.Max(columns[i].Length, rows.Count == 0 ? 0 : rows.Max(row => row[i].Length));
        Row(output, widths, columns.Select(column => column.ToUpperInvariant()).ToArray());
        foreach (var row in rows)
            Row(output, widths, row);
    }

    private static void Row(OutputWriter output, int[] widths, string[] cells) =>
        output.Line(string.Join("  ", cells.Select((cell, i) => cell.PadRight(widths[i]))).TrimEnd());
}
