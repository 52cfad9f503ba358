using System.Buffers;
using Strongroom.Cli.Input;
using Strongroom.Cryptography;

namespace Strongroom.Cli.Moving.Formats;

/// <summary>The CSV that 1Password exports: Title,Url,Username,Password,OTPAuth,Favorite,Archived,Tags,Notes.</summary>
internal sealed class OnePasswordFormat : MoveFormat
{
    private static readonly string[] Columns = ["Title", "Url", "Username", "Password", "OTPAuth", "Favorite", "Archived", "Tags", "Notes"];

    // The column of a field, and what the field is called here.
    private static readonly (string Column, string Field)[] Fields = [("Url", "url"), ("Username", "username"), ("Password", "password"), ("OTPAuth", "otp"), ("Notes", "notes")];

    public override string Name => "1password-csv";

    public override string Summary => "the CSV that 1Password exports (logins and passwords)";

    public override void Read(ReadOnlySpan<byte> content, ImportSink sink)
    {
        using var table = CsvTable.Read(content, sink.Problems);
        if (table is null)
            return;
        var header = table.Rows[0].Cells.Select(static cell => Utf8.Strict.GetString(cell.Span).Trim()).ToArray();
        var columns = Columns.ToDictionary(static column => column, column => Array.FindIndex(header, name => name.Equals(column, StringComparison.OrdinalIgnoreCase)), StringComparer.Ordinal);
        foreach (var unknown in header.Where(static name => !Columns.Contains(name, StringComparer.OrdinalIgnoreCase)))
            sink.Problems.Add(1, $"1Password has no column '{unknown}'; for other tables there is the format csv");
        if (columns["Title"] < 0 || columns["Password"] < 0)
            sink.Problems.Add(1, "the columns Title and Password are needed");
        if (sink.Problems.Any)
            return;
        foreach (var row in table.Rows.Skip(1))
            ReadRow(row, columns, sink);
    }

    public override void Write(IReadOnlyList<MovedSecret> secrets, WipedBuffer output, Problems problems)
    {
        CsvTable.Write(output, Columns);
        foreach (var secret in secrets)
        {
            var cells = Logins.Of(secret, Fields.Select(static field => field.Field), problems);
            if (cells is null)
                continue;
            CsvTable.Cell(output, Utf8.Strict.GetBytes(secret.Name), isFirst: true);
            foreach (var column in Columns.Skip(1))
            {
                if (column is "Favorite" or "Archived")
                    CsvTable.Cell(output, "false"u8);
                else if (column == "Tags")
                    CsvTable.Cell(output, Utf8.Strict.GetBytes(string.Join(';', (secret.Tags ?? SecretMetadata.EmptyTags).Where(static tag => tag.Value.Length == 0).Select(static tag => tag.Key))));
                else
                    CsvTable.Cell(output, cells.TryGetValue(Fields.First(field => field.Column == column).Field, out var value) ? value.Span : []);
            }

            output.Write("\r\n"u8);
        }
    }

    private static void ReadRow(CsvTable.Row row, Dictionary<string, int> columns, ImportSink sink)
    {
        var secret = sink.Begin(Text(row, columns["Title"]), row.Line);
        foreach (var (column, field) in Fields)
        {
            if (columns[column] is >= 0 and var at && row.Cells[at].Length > 0)
                secret.Add(field, row.Cells[at].Span);
        }

        if (secret.Fields.Any(static field => field.Key == "password"))
            secret.Type = SecretType.Password;
        var tags = Text(row, columns["Tags"]).Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Distinct(StringComparer.Ordinal);
        secret.Tags = tags.ToDictionary(static tag => tag, static _ => "", StringComparer.Ordinal);
        if (Text(row, columns["Archived"]).Equals("true", StringComparison.OrdinalIgnoreCase))
            sink.Note($"line {row.Line}: '{secret.Source}' is archived in 1Password; it was taken nevertheless");
    }

    private static string Text(CsvTable.Row row, int column) => column < 0 ? "" : Utf8.Strict.GetString(row.Cells[column].Span).Trim();
}
