using Strongroom.Cryptography;

namespace Strongroom.Audit;

/// <summary>The member <c>secrets</c> of an entry.</summary>
internal static class AuditSecrets
{
    /// <summary>Checks the items up to the closing bracket, which stays.</summary>
    public static bool Skip(ref JsonCursor cursor)
    {
        if (cursor.Peek() == ']')
            return true;
        for (int items = 0; items < AuditLimits.MaxSecrets; items++)
        {
            if (!Item(ref cursor, out _, out ReadOnlySpan<byte> name, out ReadOnlySpan<byte> operation, out _) || !IsName(name) || !AuditOperation.IsReadable(operation))
                return false;
            if (cursor.Peek() == ']')
                return true;
            if (!cursor.Literal(","u8))
                return false;
        }

        return false;
    }

    /// <summary>Reads items that <see cref="Skip"/> has checked.</summary>
    public static IReadOnlyList<AuditSecret> Read(ReadOnlySpan<byte> items)
    {
        var secrets = new List<AuditSecret>();
        var cursor = new JsonCursor(items);
        while (Item(ref cursor, out long count, out ReadOnlySpan<byte> name, out ReadOnlySpan<byte> operation, out long version))
        {
            secrets.Add(new AuditSecret(Utf8.Strict.GetString(name), Utf8.Strict.GetString(operation), version, count));
            if (!cursor.Literal(","u8))
                break;
        }

        return secrets;
    }

    /// <summary>Writes items, and refuses what is not a name or an operation: there is no way for a value into an entry.</summary>
    public static void Write(CanonicalJsonWriter writer, IReadOnlyList<AuditSecret> secrets)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(secrets.Count, AuditLimits.MaxSecrets);
        writer.BeginArray();
        foreach (AuditSecret secret in secrets)
        {
            if (!SecretName.IsValid(secret.Name) || !AuditOperation.IsKnown(secret.Operation))
                throw new ArgumentException("An audit entry takes names of secrets and known operations only.", nameof(secrets));
            writer.BeginObject();
            writer.Name("count"u8);
            writer.Value(secret.Count);
            writer.Name("name"u8);
            writer.Value(secret.Name);
            writer.Name("operation"u8);
            writer.Value(secret.Operation);
            writer.Name("version"u8);
            writer.Value(secret.Version);
            writer.EndObject();
        }

        writer.EndArray();
    }

    private static bool Item(ref JsonCursor cursor, out long count, out ReadOnlySpan<byte> name, out ReadOnlySpan<byte> operation, out long version)
    {
        count = version = 0;
        name = operation = default;
        return cursor.Literal("{\"count\":"u8) && cursor.Number(out count) && cursor.Literal(",\"name\":"u8) && cursor.String(out name)
            && cursor.Literal(",\"operation\":"u8) && cursor.String(out operation) && cursor.Literal(",\"version\":"u8) && cursor.Number(out version) && cursor.Literal("}"u8);
    }

    private static bool IsName(ReadOnlySpan<byte> name)
    {
        Span<char> text = stackalloc char[SecretName.MaxLength];
        return name.Length <= text.Length && System.Text.Ascii.ToUtf16(name, text, out int length) == System.Buffers.OperationStatus.Done && SecretName.IsValid(text[..length]);
    }
}
