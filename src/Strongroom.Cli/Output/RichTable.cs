using Spectre.Console;

namespace Strongroom.Cli.Output;

/// <summary>Tables on a terminal. The only place that touches Spectre.Console beside the demonstration, so nothing else pays for its start.</summary>
internal static class RichTable
{
    /// <summary>The table as text with colours. Cells are plain text: brackets in them are no markup.</summary>
    public static string Render(IReadOnlyList<string> columns, IReadOnlyList<string[]> rows)
    {
        var table = new Table().Border(TableBorder.Rounded).BorderColor(Color.Grey);
        foreach (var column in columns)
            table.AddColumn(new TableColumn(new Text(column, new Style(decoration: Decoration.Bold))));
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
        console.Profile.Width = Width();
        console.Write(table);
        return writer.ToString();
    }

    private static int Width()
    {
        try
        {
            return Math.Clamp(Console.WindowWidth, 40, 400);
        }
        catch (IOException)
        {
            return 120;
        }
    }
}
