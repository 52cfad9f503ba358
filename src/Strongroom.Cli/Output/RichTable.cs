using Spectre.Console;

namespace Strongroom.Cli.Output;

/// <summary>Tables on a terminal. The only place that touches Spectre.Console beside the demonstration, so nothing else pays for its start.</summary>
internal static class RichTable
{
    /// <summary>What a border takes: a line and a space at each side of a column, and one line more.</summary>
    public static int BorderWidth(int columns) => (3 * columns) + 1;

    /// <summary>The table as text with colours. Cells are plain text: brackets in them are no markup.</summary>
    /// <param name="columns">The headings.</param>
    /// <param name="rows">The cells.</param>
    /// <param name="widths">The widths of the columns.</param>
    public static string Render(IReadOnlyList<string> columns, IReadOnlyList<string[]> rows, int[] widths)
    {
        var table = new Table().Border(TableBorder.Rounded).BorderColor(Color.Grey);
        for (var i = 0; i < columns.Count; i++)
            table.AddColumn(new TableColumn(new Text(columns[i], new Style(decoration: Decoration.Bold))) { Width = widths[i] });
        foreach (var row in rows)
            table.AddRow(row.Select(cell => new Text(cell)));
        using var writer = new StringWriter();
        var console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Ansi = AnsiSupport.Yes,
            ColorSystem = ColorSystemSupport.Standard,
            Interactive = InteractionSupport.No,
            Out = new AnsiConsoleOutput(writer),
        });
        console.Profile.Width = widths.Sum() + BorderWidth(columns.Count);
        console.Write(table);
        return writer.ToString();
    }
}
