namespace Strongroom.Audit;

/// <summary>
/// Receives every entry that this process writes, after it is in the log. A failure reaches the caller of the operation, whose effect stands.
/// It is called while the chain's lock is held: it must not use the vault, and what takes long belongs into a queue.
/// </summary>
public interface IAuditSink
{
    /// <summary>Takes an entry.</summary>
    /// <param name="entry">The entry as it stands in the log.</param>
    void Write(AuditEntry entry);
}
