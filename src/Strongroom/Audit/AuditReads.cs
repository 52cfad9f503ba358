namespace Strongroom.Audit;

/// <summary>When reads are written.</summary>
public enum AuditReads
{
    /// <summary>Queued before the value leaves, written within 100 ms and before any commit; coalesced by secret and version with a count.</summary>
    Buffered,

    /// <summary>On disk before the value leaves.</summary>
    Durable,

    /// <summary>Not written.</summary>
    Off,
}
