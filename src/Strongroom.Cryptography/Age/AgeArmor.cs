using System.Buffers;
using System.Buffers.Text;

namespace Strongroom.Cryptography.Age;

/// <summary>The text form: base64 in lines of 64 characters between BEGIN and END (C2SP age.md, "ASCII armor").</summary>
public static class AgeArmor
{
    private const int Column = 64;
    private const int LineBytes = 48;

    private static ReadOnlySpan<byte> Begin => "-----BEGIN AGE ENCRYPTED FILE-----"u8;

    private static ReadOnlySpan<byte> End => "-----END AGE ENCRYPTED FILE-----"u8;

    private static ReadOnlySpan<byte> WhiteSpace => " \t\r\n"u8;

    /// <summary>Puts an age file into armor.</summary>
    public static byte[] Encode(ReadOnlySpan<byte> file)
    {
        var text = new ArrayBufferWriter<byte>(Base64.GetMaxEncodedToUtf8Length(file.Length) * 65 / 64 + 128);
        text.Write(Begin);
        text.Write("\n"u8);
        Span<byte> line = stackalloc byte[Column];
        for (; !file.IsEmpty; file = file[Math.Min(LineBytes, file.Length)..])
        {
            Base64.EncodeToUtf8(file[..Math.Min(LineBytes, file.Length)], line, out _, out var written);
            text.Write(line[..written]);
            text.Write("\n"u8);
        }

        text.Write(End);
        text.Write("\n"u8);
        return text.WrittenSpan.ToArray();
    }

    internal static bool IsArmor(ReadOnlySpan<byte> file) => file.TrimStart(WhiteSpace).StartsWith("-----BEGIN"u8);

    /// <summary>Takes the armor off. White space around it and CRLF are taken, nothing else.</summary>
    internal static byte[] Decode(ReadOnlySpan<byte> text)
    {
        var rest = text.Trim(WhiteSpace);
        if (!Line(ref rest).SequenceEqual(Begin)) // public: a marker
            throw AgeErrors.Armor("it begins otherwise than it must");
        var bytes = new ArrayBufferWriter<byte>(text.Length);
        var isOver = false;
        while (true)
        {
            if (rest.IsEmpty)
                throw AgeErrors.Armor("its END line is missing");
            var line = Line(ref rest);
            if (line.SequenceEqual(End)) // public: a marker
                break;
            if (isOver || line.Length is 0 or > Column)
                throw AgeErrors.Armor("a line has the wrong length");
            isOver = line.Length < Column || line[^1] == (byte)'=';
            bytes.Write(Decoded(line));
        }

        return rest.IsEmpty && bytes.WrittenCount > 0 ? bytes.WrittenSpan.ToArray() : throw AgeErrors.Armor("there is something after its END line, or nothing before it");
    }

    private static byte[] Decoded(ReadOnlySpan<byte> line)
    {
        var padding = line.EndsWith("=="u8) ? 2 : line.EndsWith("="u8) ? 1 : 0;
        return line.Length % 4 == 0 && AgeBase64.TryDecode(line[..^padding]) is { } bytes ? bytes : throw AgeErrors.Armor("a line is not canonical base64");
    }

    private static ReadOnlySpan<byte> Line(ref ReadOnlySpan<byte> rest)
    {
        var end = rest.IndexOf((byte)'\n');
        var line = end < 0 ? rest : rest[..end];
        rest = end < 0 ? [] : rest[(end + 1)..];
        return line.EndsWith("\r"u8) ? line[..^1] : line;
    }
}
