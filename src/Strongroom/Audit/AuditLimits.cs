namespace Strongroom.Audit;

/// <summary>Caps of the audit log (format, sections 2 and 10).</summary>
internal static class AuditLimits
{
    /// <summary>Bytes of one line. Its escaped form still fits into the head: an item of at least 58 bytes gains 14 quotes.</summary>
    public const int MaxLineBytes = 24 * 1024 * 1024;

    /// <summary>Secrets in one entry.</summary>
    public const int MaxSecrets = 131_072;

    /// <summary>Bytes of the actor.</summary>
    public const int MaxActorBytes = 512;

    /// <summary>How far beyond the entries that head and state vouch for the ratchet is turned, so that a forged index can't make it run for hours.</summary>
    public const long MaxAhead = 1_000_000;

    /// <summary>Segments of a chain: their names have six digits.</summary>
    public const int MaxSegments = 999_999;
}
