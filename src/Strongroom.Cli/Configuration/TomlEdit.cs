using Tomlyn.Syntax;

namespace Strongroom.Cli.Configuration;

/// <summary>Changes one value in a TOML text and leaves the rest as it is, comments included.</summary>
internal static class TomlEdit
{
    /// <summary>The text with a value set in a table (empty: at the top).</summary>
    public static string Set(string path, string text, string table, string key, string value)
    {
        var line = $"{key} = {Quote(value)}\n";
        var document = ConfigurationFile.Syntax(path, text);
        if (Find(document, table, key) is { } item)
            return string.Concat(text.AsSpan(0, Begin(item)), line, text.AsSpan(End(item, text)));
        if (table.Length == 0)
        {
            var at = document.KeyValues.Any() ? End(document.KeyValues.Last(), text) : 0;
            return string.Concat(Lined(text[..at]), line, text.AsSpan(at));
        }

        if (document.Tables.FirstOrDefault(candidate => IsNamed(candidate, table)) is not { } found)
            return $"{Lined(text)}{(text.Length > 0 ? "\n" : "")}[{table}]\n{line}";
        var end = found.Items.Any() ? End(found.Items.Last(), text) : LineEnd(text, found.CloseBracket!.Span.End.Offset);
        return string.Concat(Lined(text[..end]), line, text.AsSpan(end));
    }

    /// <summary>The text without a value; null when it has none.</summary>
    public static string? Unset(string path, string text, string table, string key) => Find(ConfigurationFile.Syntax(path, text), table, key) is { } item
        ? string.Concat(text.AsSpan(0, Begin(item)), text.AsSpan(End(item, text)))
        : null;

    private static KeyValueSyntax? Find(DocumentSyntax document, string table, string key)
    {
        var items = table.Length == 0 ? document.KeyValues : document.Tables.FirstOrDefault(candidate => IsNamed(candidate, table))?.Items;
        return items?.FirstOrDefault(item => string.Join('.', ConfigurationFile.Parts(item.Key!)) == key);
    }

    private static bool IsNamed(TableSyntaxBase table, string name) => string.Join('.', ConfigurationFile.Parts(table.Name!)) == name;

    private static int Begin(KeyValueSyntax item) => item.Key!.Span.Start.Offset;

    private static int End(KeyValueSyntax item, string text) => LineEnd(text, item.Value!.Span.End.Offset);

    private static int LineEnd(string text, int at)
    {
        var newline = text.IndexOf('\n', Math.Min(at, text.Length));
        return newline < 0 ? text.Length : newline + 1;
    }

    private static string Lined(string text) => text.Length == 0 || text.EndsWith('\n') ? text : text + "\n";

    private static string Quote(string value) => value.Any(char.IsControl)
        ? throw CliException.Usage("The value has control characters.")
        : $"\"{value.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal)}\"";
}
