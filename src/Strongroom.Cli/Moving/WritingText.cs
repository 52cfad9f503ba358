using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using Strongroom.Cli.Input;

namespace Strongroom.Cli.Moving;

/// <summary>JSON for people: indented, and escaped only where it must be.</summary>
internal static class JsonText
{
    public static Utf8JsonWriter Writer(WipedBuffer output) =>
        new(output, new JsonWriterOptions { Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
}

/// <summary>YAML's double quotes: every text has one form in them, in YAML 1.1 and 1.2.</summary>
internal static class YamlText
{
    /// <summary>": " and the text.</summary>
    public static void Member(WipedBuffer output, ReadOnlySpan<byte> value)
    {
        output.Write(": "u8);
        Quoted(output, value);
        output.Write("\n"u8);
    }

    public static void Quoted(WipedBuffer output, ReadOnlySpan<byte> text)
    {
        output.Write("\""u8);
        while (System.Text.Rune.DecodeFromUtf8(text, out var rune, out var length) == System.Buffers.OperationStatus.Done)
        {
            switch (rune.Value)
            {
                case '"': output.Write("\\\""u8); break;
                case '\\': output.Write("\\\\"u8); break;
                case '\n': output.Write("\\n"u8); break;
                case '\r': output.Write("\\r"u8); break;
                case '\t': output.Write("\\t"u8); break;
                case < 0x20 or (>= 0x7f and < 0xa0) or 0x2028 or 0x2029 or 0xfeff or 0xfffe or 0xffff:
                    output.Write(System.Text.Encoding.ASCII.GetBytes($"\\u{rune.Value:X4}"));
                    break;
                default: output.Write(text[..length]); break;
            }

            text = text[length..];
            if (text.IsEmpty)
                break;
        }

        output.Write("\""u8);
    }
}
