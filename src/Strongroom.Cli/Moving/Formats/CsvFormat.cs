using System.Buffers;
using Strongroom.Cli.Input;
using Strongroom.Cryptography;

namespace Strongroom.Cli.Moving.Formats;

/// <summary>
/// CSV with a header. With a column <c>value</c> a row is one value, of the field in <c>field</c> if there is one. Without it a row is one secret, and every other column is a field: what browsers and password managers write.
/// </summary>
internal sealed class CsvFormat : MoveFormat
{
    private static readonly string[] LongColumns = ["name", "field", "value", "encoding", "type", "description", "expires_at"];

    public override string Name => "csv";

    public override string Summary => "name,field,value rows; or a header with name (or title) and one column for each field, as browsers write it";

    public override void Read(ReadOnlySpan<byte> content, ImportSink sink)
    {
        using var table = CsvTable.Read(content, sink.Problems);
        if (table is null || table.Rows.Count == 0)
            return;
        var header = table.Rows[0].Cells.Select(static cell => Utf8.Strict.GetString(cell.Span).Trim()).ToArray();
        if (header.Contains("value", StringComparer.OrdinalIgnoreCase))
            ReadLong(table, header, sink);
        else
            ReadWide(table, header, sink);
    }

    public override void Write(IReadOnlyList<MovedSecret> secrets, WipedBuffer output, Problems problems)
    {
        CsvTable.Write(output, LongColumns);
        foreach (var secret in secrets)
        {
            if (secret.Plain is { } plain)
                WriteRow(output, secret, "", plain);
            foreach (var (field, value) in secret.Fields)
                WriteRow(output, secret, field, value);
        }
    }

    private static void WriteRow(WipedBuffer output, MovedSecret secret, string field, SecretValue value)
    {
        var isText = System.Text.Unicode.Utf8.IsValid(value.Span);
        CsvTable.Cell(output, Utf8.Strict.GetBytes(secret.Name), isFirst: true);
        CsvTable.Cell(output, Utf8.Strict.GetBytes(field));
        if (isText)
            CsvTable.Cell(output, value.Span);
        else
            CsvTable.Base64Cell(output, value.Span);
        CsvTable.Cell(output, isText ? [] : "base64"u8);
        CsvTable.Cell(output, Utf8.Strict.GetBytes(secret.Type?.ToString() ?? ""));
        CsvTable.Cell(output, Utf8.Strict.GetBytes(secret.Description ?? ""));
        CsvTable.Cell(output, secret.ExpiresAt is { } at ? Utf8.Strict.GetBytes(CanonicalTime.Format(at)) : []);
        output.Write("\r\n"u8);
    }

    private static void ReadLong(CsvTable table, string[] header, ImportSink sink)
    {
        var columns = LongColumns.Select(column => Array.FindIndex(header, name => name.Equals(column, StringComparison.OrdinalIgnoreCase))).ToArray();
        foreach (var unknown in header.Where(name => !LongColumns.Contains(name, StringComparer.OrdinalIgnoreCase)))
            sink.Problems.Add(1, $"the column '{unknown}' is unknown beside 'value'; there are {string.Join(", ", LongColumns)}");
        if (columns[0] < 0)
            sink.Problems.Add(1, "there is no column 'name'");
        if (sink.Problems.Any)
            return;
        var byName = new Dictionary<string, MovedSecret>(StringComparer.Ordinal);
        foreach (var row in table.Rows.Skip(1))
            new LongRow(row, columns).Take(byName, sink);
    }

    private static void ReadWide(CsvTable table, string[] header, ImportSink sink)
    {
        var name = Array.FindIndex(header, static column => column.ToLowerInvariant() is "name" or "title");
        if (name < 0)
            sink.Problems.Add(1, "there is no column 'name' or 'title'");
        foreach (var twice in header.GroupBy(static column => column, StringComparer.OrdinalIgnoreCase).Where(static group => group.Count() > 1))
            sink.Problems.Add(1, $"the column '{twice.Key}' occurs twice");
        if (sink.Problems.Any)
            return;
        foreach (var row in table.Rows.Skip(1))
        {
            var secret = sink.Begin(Utf8.Strict.GetString(row.Cells[name].Span).Trim(), row.Line);
            for (var i = 0; i < header.Length; i++)
            {
                if (i != name && row.Cells[i].Length > 0)
                    secret.Add(header[i].ToLowerInvariant(), row.Cells[i].Span);
            }
        }
    }

    private readonly struct LongRow(CsvTable.Row row, int[] columns)
    {
        public void Take(Dictionary<string, MovedSecret> byName, ImportSink sink)
        {
            var (name, field) = (Text(0), Text(1));
            using var decoded = Text(3) == "base64" ? StrictBase64.TryDecode(Bytes(2)) : null;
            if (Text(3) is not ("" or "utf-8" or "base64") || (Text(3) == "base64" && decoded is null))
            {
                sink.Problems.Add(row.Line, $"{name}: encoding is utf-8 or base64, and the value has to be of it");
                return;
            }

            var value = decoded is null ? Bytes(2) : decoded.Span;
            if (!byName.TryGetValue(name, out var secret))
            {
                secret = byName[name] = sink.Begin(name, row.Line);
                Metadata(secret, sink.Problems);
            }
            else if (field.Length == 0 || secret.Plain is not null)
            {
                sink.Problems.Add(row.Line, $"{name} occurs twice, the first time in line {secret.Line}");
                return;
            }

            if (field.Length == 0)
                secret.Set(value);
            else
                secret.Add(field, value);
        }

        private void Metadata(MovedSecret secret, Problems problems)
        {
            if (Text(4) is { Length: > 0 } type)
            {
                if (SecretType.TryParse(type, out var parsed))
                    secret.Type = parsed;
                else
                    problems.Add(row.Line, $"{secret.Source}: this type is not of the form [a-z][a-z0-9_]*");
            }

            secret.Description = Text(5) is { Length: > 0 } description ? description : null;
            if (Text(6) is { Length: > 0 } time)
            {
                if (CanonicalTime.TryParse(Utf8.Strict.GetBytes(time), out var at))
                    secret.ExpiresAt = at;
                else
                    problems.Add(row.Line, $"{secret.Source}: expires_at is not of the form 2027-01-01T00:00:00.000Z");
            }
        }

        private ReadOnlySpan<byte> Bytes(int column) => columns[column] < 0 ? [] : row.Cells[columns[column]].Span;

        private string Text(int column) => Utf8.Strict.GetString(Bytes(column));
    }
}
