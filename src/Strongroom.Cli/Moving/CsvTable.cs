using System.Buffers;
using System.Buffers.Text;
using Strongroom.Cli.Input;
using Strongroom.Cryptography;

namespace Strongroom.Cli.Moving;

/// <summary>RFC 4180, read strictly: every row has as many cells as the header, quotes stand around a whole cell or not at all.</summary>
internal sealed class CsvTable : IDisposable
{
    private const int MaxColumns = 256;

    private CsvTable()
    {
    }

    public List<Row> Rows { get; } = [];

    /// <summary>Reads a table, or gives null after adding the problem. The caller owns it.</summary>
    public static CsvTable? Read(ReadOnlySpan<byte> content, Problems problems)
    {
        var table = new CsvTable();
        var (line, at) = (1, 0);
        while (at < content.Length)
        {
            if (table.ReadRow(content, ref at, ref line) is not { } problem)
                continue;
            problems.Add(line, problem);
            table.Dispose();
            return null;
        }

        if (table.Rows.Count > 0)
            return table;
        problems.Add(1, "there is no header");
        table.Dispose();
        return null;
    }

    public static void Write(WipedBuffer output, IEnumerable<string> cells)
    {
        var isFirst = true;
        foreach (var cell in cells)
        {
            Cell(output, Utf8.Strict.GetBytes(cell), isFirst);
            isFirst = false;
        }

        output.Write("\r\n"u8);
    }

    public static void Cell(WipedBuffer output, ReadOnlySpan<byte> value, bool isFirst = false)
    {
        if (!isFirst)
            output.Write(","u8);
        if (!value.ContainsAny(",\"\r\n"u8) && (value.IsEmpty || (value[0] > ' ' && value[^1] > ' ')))
        {
            output.Write(value);
            return;
        }

        output.Write("\""u8);
        for (var quote = value.IndexOf((byte)'"'); quote >= 0; quote = value.IndexOf((byte)'"'))
        {
            output.Write(value[..(quote + 1)]);
            output.Write("\""u8);
            value = value[(quote + 1)..];
        }

        output.Write(value);
        output.Write("\""u8);
    }

    public static void Base64Cell(WipedBuffer output, ReadOnlySpan<byte> value)
    {
        output.Write(","u8);
        Base64.EncodeToUtf8(value, output.GetSpan(Base64.GetMaxEncodedToUtf8Length(value.Length)), out _, out var written);
        output.Advance(written);
    }

    public void Dispose()
    {
        foreach (var row in Rows)
            foreach (var cell in row.Cells)
                cell.Dispose();
    }

    private string? ReadRow(ReadOnlySpan<byte> content, ref int at, ref int line)
    {
        var row = new Row(line, []);
        Rows.Add(row);
        while (true)
        {
            var cell = new WipedBuffer(64);
            row.Cells.Add(cell);
            if (row.Cells.Count > MaxColumns)
                return $"there are more than {MaxColumns} columns";
            if (ReadCell(content, ref at, ref line, cell) is { } problem)
                return problem;
            if (at < content.Length && content[at] == (byte)',')
            {
                at++;
                continue;
            }

            if (at < content.Length && content[at] == (byte)'\r')
                at++;
            if (at < content.Length && content[at++] != (byte)'\n')
                return "a line ends in CR alone";
            line++;
            break;
        }

        // An empty line is no row.
        if (row.Cells is [{ Length: 0 }] && (Rows.Count == 1 || Rows[0].Cells.Count > 1))
        {
            row.Cells[0].Dispose();
            Rows.RemoveAt(Rows.Count - 1);
            return null;
        }

        line -= row.Cells.Count == Rows[0].Cells.Count ? 0 : 1;
        return row.Cells.Count == Rows[0].Cells.Count ? null : $"there are {row.Cells.Count} cells here and {Rows[0].Cells.Count} in the header";
    }

    private static string? ReadCell(ReadOnlySpan<byte> content, ref int at, ref int line, WipedBuffer cell)
    {
        if (at == content.Length || content[at] != (byte)'"')
        {
            var length = content[at..].IndexOfAny(",\r\n"u8);
            var bare = length < 0 ? content[at..] : content.Slice(at, length);
            at += bare.Length;
            if (bare.Contains((byte)'"'))
                return "a quote stands inside a cell that does not begin with one";
            cell.Write(bare);
            return null;
        }

        at++;
        while (true)
        {
            var quote = content[at..].IndexOf((byte)'"');
            if (quote < 0)
                return "the closing quote is missing";
            cell.Write(content.Slice(at, quote));
            line += content.Slice(at, quote).Count((byte)'\n');
            at += quote + 1;
            if (at == content.Length || content[at] != (byte)'"')
                break;
            cell.Write("\""u8);
            at++;
        }

        return at == content.Length || content[at] is (byte)',' or (byte)'\r' or (byte)'\n' ? null : "something follows the closing quote of a cell";
    }

    /// <summary>A row and the line it begins in.</summary>
    internal sealed record Row(int Line, List<WipedBuffer> Cells);
}
