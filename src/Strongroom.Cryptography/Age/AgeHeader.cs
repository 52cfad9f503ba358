using System.Buffers;
using System.Security.Cryptography;

namespace Strongroom.Cryptography.Age;

/// <summary>One way to the file key. Arguments are printable ASCII, the body is binary.</summary>
internal sealed record AgeStanza(IReadOnlyList<string> Arguments, byte[] Body)
{
    public string Type => Arguments[0];
}

/// <summary>The header: stanzas and a MAC over everything before it. Read strictly (C2SP age.md, "Header"): there is one text for each header.</summary>
internal sealed class AgeHeader(IReadOnlyList<AgeStanza> stanzas)
{
    private const int MaxLength = 1024 * 1024;
    private const int MaxStanzas = 1024;
    private const int Column = 64;
    private const int MacLength = 43;

    private byte[] _covered = [];
    private byte[] _mac = [];

    public static ReadOnlySpan<byte> Intro => "age-encryption.org/v1\n"u8;

    public IReadOnlyList<AgeStanza> Stanzas => stanzas;

    public static AgeHeader Parse(ReadOnlySpan<byte> file, out int length)
    {
        if (!file.StartsWith(Intro))
            throw AgeErrors.Header("it is not version 1");
        var at = Intro.Length;
        var parsed = new List<AgeStanza>();
        while (true)
        {
            var line = Line(file, ref at);
            if (line.StartsWith("---"u8))
            {
                var mac = line.Length == 4 + MacLength && line[3] == (byte)' ' ? AgeBase64.TryDecode(line[4..]) : null;
                if (mac is null || parsed.Count == 0)
                    throw AgeErrors.Header("its last line does not fit");
                length = at;
                return new AgeHeader(parsed) { _mac = mac, _covered = file[..(at - line.Length + 2)].ToArray() };
            }

            if (parsed.Count == MaxStanzas)
                throw AgeErrors.Header($"it has more than {MaxStanzas} recipients");
            parsed.Add(new AgeStanza(Arguments(line), Body(file, ref at)));
        }
    }

    /// <summary>Whether the MAC is that of the file key.</summary>
    public bool IsAuthentic(ReadOnlySpan<byte> fileKey)
    {
        Span<byte> mac = stackalloc byte[HMACSHA256.HashSizeInBytes];
        Mac(fileKey, _covered, mac);
        return CryptographicOperations.FixedTimeEquals(mac, _mac);
    }

    public byte[] Encode(ReadOnlySpan<byte> fileKey)
    {
        var text = new ArrayBufferWriter<byte>();
        text.Write(Intro);
        foreach (var stanza in stanzas)
        {
            text.Write(Utf8.Strict.GetBytes($"-> {string.Join(' ', stanza.Arguments)}\n"));
            var body = AgeBase64.Encode(stanza.Body).AsSpan();
            for (; body.Length >= Column; body = body[Column..])
            {
                text.Write(body[..Column]);
                text.Write("\n"u8);
            }

            text.Write(body);
            text.Write("\n"u8);
        }

        text.Write("---"u8);
        var mac = new byte[HMACSHA256.HashSizeInBytes];
        Mac(fileKey, text.WrittenSpan, mac);
        text.Write(" "u8);
        text.Write(AgeBase64.Encode(mac));
        text.Write("\n"u8);
        return text.WrittenSpan.ToArray();
    }

    private static void Mac(ReadOnlySpan<byte> fileKey, ReadOnlySpan<byte> covered, Span<byte> mac)
    {
        using var key = SecretBuffer.Allocate(32);
        HKDF.DeriveKey(HashAlgorithmName.SHA256, fileKey, key.Span, salt: [], info: "header"u8);
        HMACSHA256.HashData(key.Span, covered, mac);
    }

    // Without the line feed; age knows no other end of a line.
    private static ReadOnlySpan<byte> Line(ReadOnlySpan<byte> file, ref int at)
    {
        var rest = file[at..Math.Min(file.Length, MaxLength)];
        var end = rest.IndexOf((byte)'\n');
        if (end < 0)
            throw AgeErrors.Header("it does not end");
        at += end + 1;
        return rest[..end];
    }

    private static string[] Arguments(ReadOnlySpan<byte> line)
    {
        if (!line.StartsWith("-> "u8) || line.IndexOfAnyExceptInRange((byte)0x20, (byte)0x7e) >= 0)
            throw AgeErrors.Header("a recipient begins otherwise than it must");
        var arguments = Utf8.Strict.GetString(line[3..]).Split(' ');
        return arguments.All(static argument => argument.Length > 0) ? arguments : throw AgeErrors.Header("a recipient has an empty argument");
    }

    private static byte[] Body(ReadOnlySpan<byte> file, ref int at)
    {
        var text = new ArrayBufferWriter<byte>();
        while (true)
        {
            var line = Line(file, ref at);
            if (line.Length > Column)
                throw AgeErrors.Header("a line is too long");
            text.Write(line);
            if (line.Length < Column)
                return AgeBase64.TryDecode(text.WrittenSpan) ?? throw AgeErrors.Header("the body of a recipient is not canonical base64");
        }
    }
}
