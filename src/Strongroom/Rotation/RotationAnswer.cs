using System.Text.Json;
using Strongroom.Cryptography;

namespace Strongroom.Rotation;

/// <summary>
/// What commands and web services answer when they are asked for a new value: the value, or nothing, for a secret without fields or the one field that the policy names. For other secrets with fields
/// <c>{"new":{"key":"…","secret":"…"},"expires":"2027-03-01T00:00:00Z"}</c>: fields that it leaves out stay as they are, and so does the distance of the expiry when that is left out.
/// </summary>
internal static class RotationAnswer
{
    public const int MaxLength = 64 * 1024;

    /// <summary>The value that was answered, or a password when nothing was.</summary>
    public static SecretValue Value(RotationContext context, ReadOnlySpan<byte> answer)
    {
        if (answer.EndsWith("\r\n"u8))
            answer = answer[..^2];
        else if (answer.EndsWith("\n"u8))
            answer = answer[..^1];
        string? field = context.Setting("field");
        if (field is null && context.Old.HasFields)
            return WithFields(context, answer);
        using SecretValue plain = answer.IsEmpty ? RotatedValues.Password(32) : SecretValue.FromBytes(answer);
        return field is null ? SecretValue.FromBytes(plain.Span) : RotatedValues.WithField(context.Old, field, plain.Span);
    }

    private static SecretValue WithFields(RotationContext context, ReadOnlySpan<byte> answer)
    {
        if (answer.IsEmpty)
            throw new VaultConfigurationException("SR1802", $"The rotation of {context.Name} needs the setting 'field': the secret has fields, and no new ones were answered.", $"Set it: strongroom meta {context.Name} --tag {RotationPolicy.TagPrefix}field=…, or answer {{\"new\":{{…}}}}.");
        var fields = new Dictionary<string, SecretValue>(StringComparer.Ordinal);
        try
        {
            var json = new Utf8JsonReader(answer);
            DateTimeOffset? expires = null;
            Expect(json.Read() && json.TokenType == JsonTokenType.StartObject);
            while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
            {
                if (fields.Count == 0 && json.ValueTextEquals("new"u8))
                    ReadFields(ref json, fields);
                else if (expires is null && json.ValueTextEquals("expires"u8) && json.Read() && json.TokenType == JsonTokenType.String && json.TryGetDateTimeOffset(out DateTimeOffset moment))
                    expires = moment;
                else
                    Expect(false);
            }

            Expect(!json.Read() && fields.Count > 0);
            context.ExpiresAt = expires ?? context.ExpiresAt;
            foreach (string name in context.Old.FieldNames.Where(name => !fields.ContainsKey(name)))
                fields[name] = context.Old.TryGetField(name, out ReadOnlySpan<byte> kept) ? SecretValue.FromBytes(kept) : throw new ObjectDisposedException(nameof(context));
            return SecretValue.FromFields(fields);
        }
        // What the reader says of a malformed text quotes it, and a part of it is the new value.
        catch (Exception error) when (error is JsonException or FormatException or InvalidOperationException)
        {
            foreach (SecretValue value in fields.Values)
                value.Dispose();
            throw new RotationException("SR1829", $"What was answered to the step 'create' of {context.Name} is not an object with new fields.", "Answer {\"new\":{\"FIELD\":\"TEXT\",…},\"expires\":\"2027-03-01T00:00:00Z\"} and nothing else; 'expires' may be left out.");
        }
    }

    private static void ReadFields(ref Utf8JsonReader json, Dictionary<string, SecretValue> fields)
    {
        Expect(json.Read() && json.TokenType == JsonTokenType.StartObject);
        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            string name = json.GetString()!;
            Expect(json.Read() && json.TokenType == JsonTokenType.String && !fields.ContainsKey(name));
            using SecretBuffer text = SecretBuffer.Allocate(json.ValueSpan.Length);
            fields[name] = SecretValue.FromBytes(text.Span[..json.CopyString(text.Span)]);
        }
    }

    private static void Expect(bool holds)
    {
        if (!holds)
            throw new JsonException();
    }
}
