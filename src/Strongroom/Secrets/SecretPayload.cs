using System.Buffers;
using System.Buffers.Binary;
using Strongroom.Cryptography;

namespace Strongroom;

/// <summary>The plaintext of a sealed value (format, section 7): <c>0x00 ‖ bytes</c>, or <c>0x01 ‖ u32(n) ‖ n × lp(name, value)</c>.</summary>
internal static class SecretPayload
{
    private const int MaxFields = 256;
    private const int MaxFieldName = 64;
    private static readonly SearchValues<char> FieldNameChars = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-");

    /// <summary>Checks names, order and shape of fields that a caller gives, sorted by name.</summary>
    public static void CheckFields(IReadOnlyList<KeyValuePair<string, SecretValue>> sorted)
    {
        if (sorted.Count is 0 or > MaxFields)
            throw new VaultConfigurationException("SR1106", $"A value has 1 to {MaxFields} fields, not {sorted.Count}.", "Split it into several secrets.");
        for (int i = 0; i < sorted.Count; i++)
        {
            if (!IsFieldName(sorted[i].Key))
                throw new VaultConfigurationException("SR1107", $"Field {i + 1} has a name that does not fit [A-Za-z0-9][A-Za-z0-9._-]* with at most {MaxFieldName} characters.", "Use names such as username or api-key.");
            if (i > 0 && sorted[i - 1].Key == sorted[i].Key)
                throw new VaultConfigurationException("SR1108", $"The field '{sorted[i].Key}' occurs twice.", "Give every field once.");
            if (sorted[i].Value.HasFields)
                throw new VaultConfigurationException("SR1109", $"The field '{sorted[i].Key}' itself has fields.", "Fields are plain values.");
        }
    }

    /// <summary>Encodes checked fields.</summary>
    public static SecretBuffer Encode(IReadOnlyList<KeyValuePair<string, SecretValue>> sorted)
    {
        long length = 5;
        foreach ((string name, SecretValue value) in sorted)
            length += 8 + name.Length + (long)value.Span.Length;
        if (length > int.MaxValue / 2)
            throw new VaultLimitException("SR1110", "The fields together are too large.", "Store large files elsewhere and only their key here.");
        SecretBuffer payload = SecretBuffer.Allocate((int)length);
        Span<byte> rest = payload.Span;
        rest[0] = 1;
        BinaryPrimitives.WriteInt32BigEndian(rest[1..], sorted.Count);
        rest = rest[5..];
        foreach ((string name, SecretValue value) in sorted)
        {
            BinaryPrimitives.WriteInt32BigEndian(rest, name.Length);
            Utf8.Strict.GetBytes(name, rest[4..]);
            rest = rest[(4 + name.Length)..];
            BinaryPrimitives.WriteInt32BigEndian(rest, value.Span.Length);
            value.Span.CopyTo(rest[4..]);
            rest = rest[(4 + value.Span.Length)..];
        }

        return payload;
    }

    /// <summary>Finds the fields of a payload that has been opened; null for a plain value.</summary>
    /// <exception cref="VaultIntegrityException">It is not a payload. Only a holder of the keys can have written it.</exception>
    public static SecretValue.FieldSlice[]? Decode(ReadOnlySpan<byte> payload)
    {
        if (payload.Length >= 1 && payload[0] == 0)
            return null;
        if (payload.Length < 5 || payload[0] != 1)
            throw Bad();
        int count = BinaryPrimitives.ReadInt32BigEndian(payload[1..]);
        if (count is < 1 or > MaxFields)
            throw Bad();
        var fields = new SecretValue.FieldSlice[count];
        int at = 5;
        Span<char> chars = stackalloc char[MaxFieldName];
        for (int i = 0; i < count; i++)
        {
            ReadOnlySpan<byte> name = Next(payload, ref at);
            if (name.Length is 0 or > MaxFieldName || System.Text.Ascii.ToUtf16(name, chars, out int written) != System.Buffers.OperationStatus.Done)
                throw Bad();
            string text = new(chars[..written]);
            if (!IsFieldName(text) || (i > 0 && string.CompareOrdinal(fields[i - 1].Name, text) >= 0))
                throw Bad();
            int length = Next(payload, ref at).Length;
            fields[i] = new SecretValue.FieldSlice(text, at - length, length);
        }

        return at == payload.Length ? fields : throw Bad();
    }

    /// <summary>Whether a text is a field's name.</summary>
    public static bool IsFieldName(ReadOnlySpan<char> name) =>
        name.Length is > 0 and <= MaxFieldName && char.IsAsciiLetterOrDigit(name[0])
        && !name.ContainsAnyExcept(FieldNameChars);

    private static ReadOnlySpan<byte> Next(ReadOnlySpan<byte> payload, ref int at)
    {
        if (payload.Length - at < 4)
            throw Bad();
        int length = BinaryPrimitives.ReadInt32BigEndian(payload[at..]);
        at += 4;
        if (length < 0 || length > payload.Length - at)
            throw Bad();
        at += length;
        return payload.Slice(at - length, length);
    }

    private static VaultIntegrityException Bad() =>
        new("SR1111", "A value opened, but its content is not of the format.", "It was written by a defective program that held the keys. Restore a backup, or write the secret again.");
}
