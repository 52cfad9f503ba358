using System.Buffers;
using System.Buffers.Text;
using Strongroom.Cryptography;

namespace Strongroom.Cli.Input;

/// <summary>The first key of an audit chain as a line of text: <c>strongroom-audit-key-1 CHAIN KEY</c>, the key in base64url.</summary>
internal static class PrintedAuditKey
{
    private const int KeyBytes = 32;
    private static ReadOnlySpan<byte> Word => "strongroom-audit-key-1 "u8;

    /// <summary>The line, with LF. The caller owns it.</summary>
    public static WipedBuffer Line(RandomId chain, SecretBuffer key)
    {
        var line = new WipedBuffer(128);
        line.Write(Word);
        line.Write(Utf8.Strict.GetBytes(chain.ToString()));
        line.Write(" "u8);
        Base64Url.EncodeToUtf8(key.Span, line.GetSpan(Base64Url.GetEncodedLength(key.Length)), out _, out var written);
        line.Advance(written);
        line.Write("\n"u8);
        return line;
    }

    /// <summary>Reads a line into a table of keys, which owns them.</summary>
    public static async ValueTask ReadAsync(string path, Dictionary<RandomId, SecretBuffer> keys, CancellationToken ct)
    {
        using var text = await StandardInput.ReadFileAsync(path, ct);
        text.DropFinalNewline();
        if (!TryRead(text.Span, out var chain, out var key))
            throw new CliException(ExitCodes.Configuration, "SR2019", $"{path} is not a printed audit key.", "Give the line that 'strongroom log restart --print-key' printed.");
        if (keys.Remove(chain, out var before))
            before.Dispose();
        keys[chain] = key!;
    }

    private static bool TryRead(ReadOnlySpan<byte> line, out RandomId chain, out SecretBuffer? key)
    {
        (chain, key) = (default, null);
        const int Id = 2 * RandomId.Size;
        if (!line.StartsWith(Word) || line.Length < Word.Length + Id + 1 || line[Word.Length + Id] != (byte)' ')
            return false;
        if (!RandomId.TryParse(System.Text.Encoding.ASCII.GetString(line.Slice(Word.Length, Id)), out chain))
            return false;
        var encoded = line[(Word.Length + Id + 1)..];
        if (encoded.Length != Base64Url.GetEncodedLength(KeyBytes))
            return false;
        key = SecretBuffer.Allocate(KeyBytes);
        if (Base64Url.DecodeFromUtf8(encoded, key.Span, out _, out var written) == OperationStatus.Done && written == KeyBytes)
            return true;
        key.Dispose();
        key = null;
        return false;
    }
}
