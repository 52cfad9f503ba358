using System.Buffers;
using System.Text;
using System.Text.Json;
using Strongroom.Cli.Input;
using Strongroom.Cryptography;

namespace Strongroom.Cli.Output;

/// <summary>
/// The two streams. What was asked for goes to standard output, everything else to standard error. Text is escaped here, so that no caller can forget it.
/// With <c>--json</c> standard output is one JSON document and standard error is one JSON object a line.
/// </summary>
internal sealed class OutputWriter : IDisposable
{
    private const int BufferSize = 16 * 1024;
    private readonly Stream _stdout;
    private readonly Stream _stderr;
    private readonly bool _color;
    private readonly bool _colorErrors;
    private ArrayBufferWriter<byte>? _pending;

    public OutputWriter(OutputOptions options, Func<string, string?> variable)
        : this(options, Console.OpenStandardOutput(), Console.OpenStandardError(), !Console.IsOutputRedirected, !Console.IsErrorRedirected, variable)
    {
    }

    internal OutputWriter(OutputOptions options, Stream stdout, Stream stderr, bool stdoutIsTerminal, bool stderrIsTerminal, Func<string, string?> variable)
    {
        _stdout = stdout;
        _stderr = stderr;
        Options = options;
        IsTerminal = stdoutIsTerminal;
        _color = ColorMode.Decide(options.Color, stdoutIsTerminal, variable);
        _colorErrors = ColorMode.Decide(options.Color, stderrIsTerminal, variable);
        IsErrorTerminal = stderrIsTerminal;
    }

    public OutputOptions Options { get; }

    /// <summary>Whether standard output is JSON.</summary>
    public bool IsJson => Options.Json;

    /// <summary>Whether standard output is a terminal.</summary>
    public bool IsTerminal { get; }

    /// <summary>Whether standard error is a terminal.</summary>
    public bool IsErrorTerminal { get; }

    /// <summary>Whether standard output is coloured.</summary>
    public bool IsColored => _color;

    /// <summary>A line on standard output, escaped.</summary>
    public void Line(string text = "") => Raw(TerminalText.Escape(text) + "\n");

    /// <summary>Text of our own on standard output, as it is.</summary>
    public void Raw(string text)
    {
        _pending ??= new ArrayBufferWriter<byte>(BufferSize);
        Utf8.Strict.GetBytes(text.AsSpan(), _pending);
        if (_pending.WrittenCount >= BufferSize)
            Flush();
    }

    /// <summary>Exactly these bytes on standard output, without a copy that stays.</summary>
    public void Bytes(ReadOnlySpan<byte> bytes)
    {
        Flush();
        _stdout.Write(bytes);
        _stdout.Flush();
    }

    /// <summary>Columns: a table on a coloured terminal, aligned text elsewhere.</summary>
    public void Table(IReadOnlyList<string> columns, IReadOnlyList<string[]> rows)
    {
        foreach (var row in rows)
            for (var i = 0; i < row.Length; i++)
                row[i] = TerminalText.Escape(row[i]);
        if (!IsTerminal)
        {
            PlainTable.Write(this, columns, rows);
            return;
        }

        var width = TableLayout.TerminalWidth();
        if (_color && TableLayout.Fit(columns, rows, width - RichTable.BorderWidth(columns.Count), wraps: true) is { } widths)
            Raw(RichTable.Render(columns, rows, widths));
        else if (!_color && TableLayout.Fit(columns, rows, width - (2 * (columns.Count - 1)), wraps: false) is not null)
            PlainTable.Write(this, columns, rows);
        else
            RecordList.Write(this, columns, rows);
    }

    /// <summary>A JSON document on standard output, from its members on.</summary>
    /// <param name="members">Writes the members of the top object; <c>schema</c> is already there.</param>
    public void Json(Action<Utf8JsonWriter> members)
    {
        using var buffer = Render(json =>
        {
            json.WriteNumber("schema", 1);
            members(json);
        }, indented: IsTerminal);
        "\n"u8.CopyTo(buffer.GetSpan(1));
        buffer.Advance(1);
        Bytes(buffer.Span);
    }

    /// <summary>Progress and acknowledgements; nothing with <c>--quiet</c> or <c>--json</c>.</summary>
    public void Note(string text)
    {
        if (!Options.Quiet && !IsJson)
            WriteError(TerminalText.Escape(text) + "\n");
    }

    /// <summary>Like <see cref="Note"/>, only with <c>--verbose</c>.</summary>
    public void Detail(string text)
    {
        if (Options.Verbose)
            Note(text);
    }

    /// <summary>Something the user should know. Shown also with <c>--quiet</c>.</summary>
    public void Warning(string text)
    {
        if (IsJson)
            ErrorJson(json =>
            {
                json.WriteNumber("schema", 1);
                json.WriteString("warning", text);
            });
        else
            WriteError($"{Paint("warning:", "33;1")} {TerminalText.Escape(text)}\n");
    }

    /// <summary>An error: what and why, code, hint.</summary>
    public void Error(string code, string message, string? hint)
    {
        Flush();
        WriteError($"{Paint("error:", "31;1")} {TerminalText.EscapeLines(message)} [{code}]\n");
        if (hint is not null)
            WriteError($"{Paint("hint:", "36")} {TerminalText.EscapeLines(hint)}\n");
    }

    /// <summary>One JSON object on a line of standard error.</summary>
    public void ErrorJson(Action<Utf8JsonWriter> members)
    {
        Flush();
        using var buffer = Render(members, indented: false);
        "\n"u8.CopyTo(buffer.GetSpan(1));
        buffer.Advance(1);
        _stderr.Write(buffer.Span);
    }

    /// <summary>Text of our own on standard error, as it is.</summary>
    public void WriteError(string text)
    {
        Flush();
        _stderr.Write(Utf8.Strict.GetBytes(text));
    }

    /// <summary>Writes what is pending.</summary>
    public void Flush()
    {
        if (_pending is not { WrittenCount: > 0 } pending)
            return;
        // Emptied also when it can't be written: the error that tells of it comes through here again.
        try
        {
            _stdout.Write(pending.WrittenSpan);
            _stdout.Flush();
        }
        finally
        {
            pending.ResetWrittenCount();
        }
    }

    /// <inheritdoc/>
    public void Dispose() => Flush();

    // Zeroed afterwards: get --json and show --reveal --json have values in it.
    private static WipedBuffer Render(Action<Utf8JsonWriter> members, bool indented)
    {
        var buffer = new WipedBuffer(4096);
        using var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { Indented = indented });
        json.WriteStartObject();
        members(json);
        json.WriteEndObject();
        return buffer;
    }

    /// <summary>Our own text with an attribute for standard output, where that is coloured.</summary>
    public string Styled(string text, string attribute) => _color ? $"\e[{attribute}m{text}\e[0m" : text;

    private string Paint(string text, string color) => _colorErrors ? $"\e[{color}m{text}\e[0m" : text;
}
