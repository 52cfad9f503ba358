using Strongroom.Cryptography;

namespace Strongroom.Audit;

/// <summary>
/// A line of the log as parsed (format, section 10). The members of an entry are fixed, so their canonical order is too: the parser follows it byte by byte, takes one form only and
/// builds nothing, so a hostile line costs no more than its length.
/// </summary>
internal readonly ref struct AuditLine
{
    private readonly ReadOnlySpan<byte> _actor;
    private readonly ReadOnlySpan<byte> _operation;
    private readonly ReadOnlySpan<byte> _outcome;
    private readonly ReadOnlySpan<byte> _secrets;

    private AuditLine(ReadOnlySpan<byte> bytes, scoped in Header header, ReadOnlySpan<byte> actor, ReadOnlySpan<byte> operation, ReadOnlySpan<byte> outcome, ReadOnlySpan<byte> secrets)
    {
        Bytes = bytes;
        Info = header;
        _actor = actor;
        _operation = operation;
        _outcome = outcome;
        _secrets = secrets;
    }

    /// <summary>The whole line, without LF.</summary>
    public ReadOnlySpan<byte> Bytes { get; }

    /// <summary>The members of fixed size.</summary>
    public Header Info { get; }

    /// <summary>The line before its member <c>mac</c>.</summary>
    public ReadOnlySpan<byte> BeforeMac => Bytes[..Info.MacStart];

    /// <summary>The line after its member <c>mac</c>.</summary>
    public ReadOnlySpan<byte> AfterMac => Bytes[(Info.MacStart + Header.MacLength)..];

    /// <summary>Parses a line; false when it is anything but a canonical entry.</summary>
    public static bool TryParse(ReadOnlySpan<byte> line, out AuditLine parsed)
    {
        parsed = default;
        var header = default(Header);
        var cursor = new JsonCursor(line);
        if (line.Length > AuditLimits.MaxLineBytes || !System.Text.Unicode.Utf8.IsValid(line)
            || !cursor.Literal("{\"actor\":"u8) || !cursor.String(out ReadOnlySpan<byte> actor) || actor.Length > AuditLimits.MaxActorBytes
            || !cursor.Literal(",\"chain\":\""u8) || !cursor.Id(out header.Chain)
            || !cursor.Literal("\",\"count\":"u8) || !cursor.Number(out header.Count)
            || !cursor.Literal(",\"index\":"u8) || !cursor.Number(out header.Index))
        {
            return false;
        }

        header.MacStart = cursor.Position;
        if (!cursor.Literal(",\"mac\":\""u8) || !cursor.Digest(out header.Mac)
            || !cursor.Literal("\",\"operation\":"u8) || !cursor.String(out ReadOnlySpan<byte> operation) || !AuditOperation.IsReadable(operation)
            || !cursor.Literal(",\"outcome\":"u8) || !cursor.String(out ReadOnlySpan<byte> outcome) || !AuditOperation.IsOutcome(outcome)
            || !cursor.Literal(",\"previous\":\""u8) || !cursor.Digest(out header.Previous)
            || !cursor.Literal("\",\"revision\":"u8) || !cursor.Number(out header.Revision)
            || !cursor.Literal(",\"secrets\":["u8))
        {
            return false;
        }

        int start = cursor.Position;
        if (!AuditSecrets.Skip(ref cursor))
            return false;
        ReadOnlySpan<byte> secrets = line[start..cursor.Position];
        if (!cursor.Literal("],\"time\":\""u8) || !cursor.Time(out header.Time) || !cursor.Literal("\"}"u8) || cursor.Position != line.Length)
            return false;
        parsed = new AuditLine(line, header, actor, operation, outcome, secrets);
        return true;
    }

    /// <summary>The entry with all its texts.</summary>
    public AuditEntry ToEntry() => new(
        Info.Chain, Info.Index, Info.Time, JsonCursor.Unescape(_actor), JsonCursor.Unescape(_operation), JsonCursor.Unescape(_outcome), Info.Revision, Info.Count,
        AuditSecrets.Read(_secrets), Utf8.Strict.GetString(Bytes));

    /// <summary>The operation; its grammar leaves nothing to escape.</summary>
    public ReadOnlySpan<byte> Operation => _operation;

    /// <summary>Whether it records reads (its own, or some among others) that succeeded.</summary>
    public bool HasReads => _outcome.SequenceEqual("ok"u8) && (_operation.SequenceEqual("read"u8) || _secrets.IndexOf("\"operation\":\"read\""u8) >= 0); // public

    /// <summary>What an entry is chained and checked by.</summary>
    public struct Header
    {
        /// <summary>Bytes of the member <c>mac</c> with its comma.</summary>
        public const int MacLength = 8 + AuditNumber.DigestLength + 1;

        /// <summary>The chain.</summary>
        public RandomId Chain;

        /// <summary>How many events.</summary>
        public long Count;

        /// <summary>The index in the chain.</summary>
        public long Index;

        /// <summary>Where the member <c>mac</c> begins, with its comma.</summary>
        public int MacStart;

        /// <summary>The MAC.</summary>
        public Digest Mac;

        /// <summary>SHA-256 of the line before.</summary>
        public Digest Previous;

        /// <summary>The vault's revision.</summary>
        public long Revision;

        /// <summary>When it was written.</summary>
        public DateTimeOffset Time;
    }
}
