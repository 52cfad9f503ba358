using System.Buffers.Text;
using System.Text;
using Strongroom.Cli.Input;
using Strongroom.Cryptography;

namespace Strongroom.Cli.Editing;

/// <summary>
/// Fields as a text to be edited: <c>name: value</c>, or below <c>name: |</c> lines that are indented by two spaces (<c>|</c> ends in a newline, <c>|-</c> does not), or <c>name: !base64 …</c> for bytes that no editor keeps.
/// What is written can be read as YAML, but nothing of YAML is guessed at: a value is what stands there.
/// </summary>
internal static class FieldText
{
    private static ReadOnlySpan<byte> Binary => "!base64 "u8;

    /// <summary>Writes the fields. The caller owns the text.</summary>
    public static WipedBuffer Write(SecretValue value, string comment)
    {
        var text = new WipedBuffer(4096);
        foreach (var line in comment.Split('\n'))
            Append(text, $"# {line}\n");
        foreach (var name in value.FieldNames)
        {
            if (value.TryGetField(name, out var bytes))
                WriteField(text, name, bytes);
        }

        return text;
    }

    /// <summary>Reads fields. The caller owns the value.</summary>
    /// <exception cref="CliException">A line is neither of these; the message has its number, and nothing of it.</exception>
    /// <exception cref="VaultConfigurationException">A name does not fit, or occurs twice.</exception>
    public static SecretValue Parse(ReadOnlySpan<byte> text)
    {
        var fields = new List<KeyValuePair<string, SecretValue>>();
        try
        {
            using var block = new WipedBuffer();
            var number = 0;
            var rest = text;
            while (!rest.IsEmpty)
            {
                var line = Next(ref rest, ref number);
                if (IsBlank(line) || line[0] == '#')
                    continue;
                var colon = line.IndexOf((byte)':');
                if (colon <= 0 || line[0] is (byte)' ' or (byte)'\t')
                    throw Bad(number, "it is not 'name: value'");
                var name = Name(line[..colon], number);
                var value = line[(colon + 1)..].Trim(" \t"u8);
                if (value is [(byte)'|'] or [(byte)'|', (byte)'-'])
                    fields.Add(new(name, Block(ref rest, ref number, block, keepsNewline: value.Length == 1)));
                else
                    fields.Add(new(name, Line(value, number)));
            }

            if (fields.Count == 0)
                throw new CliException(ExitCodes.Usage, "SR2073", "The text has no field left.", "To delete the secret: strongroom remove.");
            return SecretValue.FromFields(fields);
        }
        finally
        {
            foreach (var (_, value) in fields)
                value.Dispose();
        }
    }

    private static void WriteField(WipedBuffer text, string name, ReadOnlySpan<byte> bytes)
    {
        Append(text, name + ":");
        if (bytes.IsEmpty)
        {
            Append(text, "\n");
        }
        else if (IsLine(bytes))
        {
            Append(text, " ");
            text.Write(bytes);
            Append(text, "\n");
        }
        else if (IsBlock(bytes))
        {
            WriteBlock(text, bytes);
        }
        else
        {
            Append(text, " ");
            text.Write(Binary);
            var length = Base64.GetMaxEncodedToUtf8Length(bytes.Length);
            _ = Base64.EncodeToUtf8(bytes, text.GetSpan(length), out _, out var written);
            text.Advance(written);
            Append(text, "\n");
        }
    }

    private static void WriteBlock(WipedBuffer text, ReadOnlySpan<byte> bytes)
    {
        var ends = bytes[^1] == '\n';
        Append(text, ends ? " |\n" : " |-\n");
        if (ends)
            bytes = bytes[..^1];
        foreach (var range in bytes.Split((byte)'\n'))
        {
            var line = bytes[range];
            if (!line.IsEmpty)
                Append(text, "  ");
            text.Write(line);
            Append(text, "\n");
        }
    }

    // A value that could be mistaken for a mark of ours, or lose its ends, is no line.
    private static bool IsLine(ReadOnlySpan<byte> bytes) =>
        bytes[0] is not ((byte)'|' or (byte)'!' or (byte)' ') && bytes[^1] != ' ' && !bytes.ContainsAny("\n\t"u8) && IsPlain(bytes);

    // Blank lines at the end are dropped when it is read, because people leave some between fields; and what is blank has no spaces, because editors remove them.
    private static bool IsBlock(ReadOnlySpan<byte> bytes)
    {
        if (!IsPlain(bytes))
            return false;
        var body = bytes[^1] == '\n' ? bytes[..^1] : bytes;
        foreach (var range in body.Split((byte)'\n'))
        {
            if (IsBlank(body[range]) && (!body[range].IsEmpty || range.End.Value == body.Length))
                return false;
        }

        return true;
    }

    private static bool IsBlank(ReadOnlySpan<byte> line) => line.Trim(" \t"u8).IsEmpty;

    private static bool IsPlain(ReadOnlySpan<byte> bytes) => Output.TerminalText.IsPrintable(bytes);

    private static SecretValue Block(ref ReadOnlySpan<byte> rest, ref int number, WipedBuffer block, bool keepsNewline)
    {
        block.Clear();
        var (blank, begun) = (0, false);
        while (!rest.IsEmpty)
        {
            var at = number;
            var after = rest;
            var content = Next(ref after, ref at);
            if (IsBlank(content))
            {
                blank++;
            }
            else if (content.StartsWith("  "u8))
            {
                for (; blank > 0; blank--)
                    block.Write("\n"u8);
                if (begun)
                    block.Write("\n"u8);
                block.Write(content[2..]);
                begun = true;
            }
            else
            {
                break;
            }

            rest = after;
            number = at;
        }

        if (!begun)
            throw Bad(number, "below '|' there are no lines that are indented by two spaces");
        if (keepsNewline)
            block.Write("\n"u8);
        return SecretValue.FromBytes(block.Span);
    }

    private static SecretValue Line(ReadOnlySpan<byte> value, int number)
    {
        if (!value.StartsWith(Binary[..^1]))
            return value is [(byte)'|' or (byte)'!', ..] ? throw Bad(number, "a value that begins with '|' or '!' stands indented below '|-'") : SecretValue.FromBytes(value);
        var text = value[(Binary.Length - 1)..].Trim(" \t"u8);
        using var bytes = new WipedBuffer(text.Length);
        if (Base64.DecodeFromUtf8(text, bytes.GetSpan(Math.Max(1, text.Length)), out _, out var written) != System.Buffers.OperationStatus.Done)
            throw Bad(number, "what follows !base64 is not base64");
        bytes.Advance(written);
        return SecretValue.FromBytes(bytes.Span);
    }

    private static string Name(ReadOnlySpan<byte> bytes, int number)
    {
        foreach (var item in bytes)
        {
            if (!char.IsAsciiLetterOrDigit((char)item) && item is not ((byte)'.' or (byte)'_' or (byte)'-'))
                throw Bad(number, "what stands before ':' is not the name of a field");
        }

        return Encoding.ASCII.GetString(bytes);
    }

    private static ReadOnlySpan<byte> Next(ref ReadOnlySpan<byte> rest, ref int number)
    {
        number++;
        var end = rest.IndexOf((byte)'\n');
        var line = end < 0 ? rest : rest[..end];
        rest = end < 0 ? default : rest[(end + 1)..];
        return line.EndsWith("\r"u8) ? line[..^1] : line;
    }

    private static void Append(WipedBuffer text, string words) => text.Write(Utf8.Strict.GetBytes(words));

    private static CliException Bad(int line, string why) => new(ExitCodes.Usage, "SR2073", $"Line {line} of the edited text can't be read: {why}.", "Write name: value, or indent a longer value below 'name: |'.");
}
