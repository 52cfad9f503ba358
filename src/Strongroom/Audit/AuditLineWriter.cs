using System.Buffers;
using System.Globalization;
using Strongroom.Cryptography;

namespace Strongroom.Audit;

/// <summary>Writes entries. Only words of the format and names of secrets get into one.</summary>
internal sealed class AuditLineWriter(Func<string> actor, TimeProvider time)
{
    private readonly ArrayBufferWriter<byte> _entry = new(1024);

    /// <summary>The line of the next entry at a cursor, which stays where it is.</summary>
    public string Write(ChainCursor cursor, AuditEvent entry)
    {
        if (!AuditOperation.IsKnown(entry.Operation) || !AuditOperation.IsOutcome(Utf8.Strict.GetBytes(entry.Outcome)))
            throw new ArgumentException("An audit entry takes known operations, and 'ok' or an error's code as outcome.", nameof(entry));
        _entry.ResetWrittenCount();
        int macStart = WriteMembers(cursor, entry);
        ReadOnlySpan<byte> before = _entry.WrittenSpan[..macStart], after = _entry.WrittenSpan[macStart..];
        int length = _entry.WrittenCount + AuditLine.Header.MacLength;
        if (length > AuditLimits.MaxLineBytes)
            throw AuditErrors.TooLarge(length);
        return string.Create(CultureInfo.InvariantCulture, $"{Utf8.Strict.GetString(before)},\"mac\":\"{cursor.Mac(before, after)}\"{Utf8.Strict.GetString(after)}");
    }

    private int WriteMembers(ChainCursor cursor, AuditEvent entry)
    {
        var writer = new CanonicalJsonWriter(_entry);
        writer.BeginObject();
        writer.Name("actor"u8);
        writer.Value(actor());
        writer.Name("chain"u8);
        writer.Value(cursor.Chain.ToString());
        writer.Name("count"u8);
        writer.Value(entry.Count);
        writer.Name("index"u8);
        writer.Value(cursor.Index);
        int macStart = _entry.WrittenCount;
        writer.Name("operation"u8);
        writer.Value(entry.Operation);
        writer.Name("outcome"u8);
        writer.Value(entry.Outcome);
        writer.Name("previous"u8);
        writer.Base64(cursor.Last is { } last ? last.Span : throw new InvalidOperationException("The end of the chain is not known."));
        writer.Name("revision"u8);
        writer.Value(entry.Revision);
        writer.Name("secrets"u8);
        AuditSecrets.Write(writer, entry.Secrets);
        writer.Name("time"u8);
        writer.Value(time.GetUtcNow());
        writer.EndObject();
        return macStart;
    }
}
