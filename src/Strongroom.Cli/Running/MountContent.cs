using System.Text.Json;
using Strongroom.Cli.Input;
using Strongroom.Cli.References;
using Strongroom.Cryptography;

namespace Strongroom.Cli.Running;

/// <summary>What a mounted pipe gives: the declared variables as an environment file or as JSON.</summary>
internal static class MountContent
{
    /// <summary><c>NAME="value"</c> lines that <see cref="EnvFile"/> reads back. The caller owns the buffer.</summary>
    public static WipedBuffer EnvironmentFile(IReadOnlyList<RunItem> items, ResolvedReferences values)
    {
        var content = new WipedBuffer(4096);
        foreach (var item in items)
        {
            content.Write(Utf8.Strict.GetBytes(item.Name));
            content.Write("=\""u8);
            foreach (var one in Value(item, values))
            {
                ReadOnlySpan<byte> written = one switch
                {
                    (byte)'\n' => "\\n"u8,
                    (byte)'\r' => "\\r"u8,
                    (byte)'"' => "\\\""u8,
                    (byte)'\\' => "\\\\"u8,
                    (byte)'$' => "\\$"u8,
                    (byte)'`' => "\\`"u8,
                    _ => [one],
                };
                content.Write(written);
            }

            content.Write("\"\n"u8);
        }

        return content;
    }

    /// <summary>One JSON object of texts. The caller owns the buffer.</summary>
    /// <exception cref="CliException">A value is not text.</exception>
    public static WipedBuffer Json(IReadOnlyList<RunItem> items, ResolvedReferences values)
    {
        var content = new WipedBuffer(4096);
        using var json = new Utf8JsonWriter(content);
        json.WriteStartObject();
        foreach (var item in items)
        {
            var value = Value(item, values);
            if (!System.Text.Unicode.Utf8.IsValid(value))
                throw new CliException(ExitCodes.Usage, "SR2043", $"The value of {item.Name} is not text, and JSON can't hold it.", "Add ?as=base64 to the reference.");
            json.WriteString(item.Name, value);
        }

        json.WriteEndObject();
        json.Flush();
        return content;
    }

    private static ReadOnlySpan<byte> Value(RunItem item, ResolvedReferences values) => item.Reference is { } reference ? values[reference.Reference] : Utf8.Strict.GetBytes(item.Text!);
}
