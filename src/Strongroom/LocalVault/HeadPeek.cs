using System.Buffers.Text;
using System.Text.Json;
using Strongroom.Cryptography;

namespace Strongroom.Storage;

/// <summary>MAC and revision as a stored head claims them. Nothing is verified: good for comparing with what is expected and for hints, and for nothing else.</summary>
/// <param name="Mac">The claimed MAC.</param>
/// <param name="Revision">The claimed revision.</param>
internal readonly record struct HeadPeek(Digest Mac, long Revision)
{
    /// <exception cref="VaultIntegrityException">The head is not JSON, or has no such members.</exception>
    public static HeadPeek Read(ReadOnlySpan<byte> head)
    {
        try
        {
            var json = new Utf8JsonReader(head);
            Digest? mac = null;
            long? revision = null;
            json.Read();
            while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
            {
                if (json.ValueTextEquals("mac"u8))
                    mac = ReadMac(ref json);
                else if (json.ValueTextEquals("revision"u8))
                    revision = json.Read() && json.TryGetInt64(out long number) ? number : null;
                else
                    json.Skip();
            }

            if (mac is { } m && revision is { } r)
                return new HeadPeek(m, r);
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException or FormatException)
        {
            throw Malformed(error);
        }

        throw Malformed(null);
    }

    private static Digest? ReadMac(ref Utf8JsonReader json)
    {
        Span<byte> mac = stackalloc byte[Digest.Size + 1];
        return json.Read() && json.TokenType == JsonTokenType.String && !json.ValueIsEscaped && !json.HasValueSequence
            && json.ValueSpan.Length == Base64.GetMaxEncodedToUtf8Length(Digest.Size)
            && Base64.DecodeFromUtf8(json.ValueSpan, mac, out _, out int written) == System.Buffers.OperationStatus.Done && written == Digest.Size
            ? Digest.FromBytes(mac[..Digest.Size])
            : null;
    }

    private static VaultIntegrityException Malformed(Exception? inner) =>
        new("SR1207", "Line 1 of the vault file is not as the format says: the head has no MAC or no revision.", "Put the original file back; it is damaged.", inner);
}
