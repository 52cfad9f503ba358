namespace Strongroom.Cli.Output;

/// <summary>The rows of a table one below the other, where the terminal is too narrow for columns.</summary>
internal static class RecordList
{
    public static void Write(OutputWriter output, IReadOnlyList<string> columns, IReadOnlyList<string[]> rows)
    {
        var width = columns.Max(column => column.Length);
        for (var row = 0; row < rows.Count; row++)
        {
            if (row > 0)
                output.Line();
            for (var i = 0; i < columns.Count; i++)
                output.Line($"{columns[i].PadRight(width)}  {rows[row][i]}");
        }
    }
}
