using Strongroom.Cryptography;

namespace Strongroom.Storage;

/// <summary>
/// Untrusted storage of one vault: a head and rows of bytes. It sees ciphertext only, and it may lie, forget, hide and roll back; whoever reads verifies.
/// Every implementation passes the conformance kit in <c>Strongroom.Testing</c>. Powers beyond these are extra interfaces.
/// </summary>
/// <remarks>
/// <para>What a backend may rely on (and the kit keeps to): keys are <c>s/NAME</c>, <c>v/ID/N</c> and, when <see cref="BackendLimits.Index"/> is <see cref="RecordIndex.Tree"/>, <c>t/PATH</c> and <c>a/CHAIN/INDEX</c>; at most 257
/// ASCII characters; each at most once in a commit's puts and deletes together. The bytes of records, versions and audit lines are a JSON object without line breaks, those of tree nodes are any
/// bytes, at least one. The head is a canonical JSON object that has the commit's MAC as <c>mac</c> (base64) and its revision as <c>revision</c>; revisions only rise.</para>
/// <para>What is asked of it: bytes come back exactly as they were put; a commit that was acknowledged is seen by every handle; all methods may be called at the same time from many
/// threads; bytes that were handed over, in either direction, are changed by nobody afterwards. A method that is cancelled throws <see cref="OperationCanceledException"/>; a commit only when it
/// is certain that nothing was written, otherwise it answers <see cref="CommitOutcome.Unknown"/>.</para>
/// </remarks>
public interface IVaultBackend : IAsyncDisposable
{
    /// <summary>Where the vault is, for errors and marks: a full path or a URI without credentials.</summary>
    string Location { get; }

    /// <summary>What one commit may hold; checked before anything is written.</summary>
    BackendLimits Limits { get; }

    /// <summary>Reads the head and rows in one snapshot.</summary>
    /// <param name="rows">The rows wanted; may be empty.</param>
    /// <param name="ct">Cancels.</param>
    /// <returns>Null when there is no vault. <see cref="VaultRead.Rows"/> has an entry for each row asked for, in order, null where it is missing.</returns>
    ValueTask<VaultRead?> ReadAsync(IReadOnlyList<RowKey> rows, CancellationToken ct = default);

    /// <summary>Rows with a prefix in the order of their bytes; none when there is no vault. Not one snapshot: pages may come from different revisions.</summary>
    IAsyncEnumerable<StoredRow> ScanAsync(ScanRequest scan, CancellationToken ct = default);

    /// <summary>The records changed by commits after a revision, or the answer that the reader must resynchronise (always right; needed when the history does not reach back, or the revision is not one of this vault's past).</summary>
    ValueTask<ChangeSet> ChangesSinceAsync(long revision, CancellationToken ct = default);

    /// <summary>
    /// Compare-and-swap on the head's MAC: all of the commit becomes visible and durable, or nothing. A commit whose new head is the expected one puts rows and nothing else: head, revision and
    /// the list of changes stay as they are, and who watches is not told.
    /// </summary>
    /// <exception cref="VaultLimitException">The commit exceeds <see cref="Limits"/>; nothing was written.</exception>
    /// <exception cref="VaultUnavailableException">The storage can't be written now; nothing was written.</exception>
    /// <exception cref="CommitOutcomeUnknownException">It was written but may not be durable, and looking would not tell.</exception>
    ValueTask<CommitOutcome> TryCommitAsync(VaultCommit commit, CancellationToken ct = default);

    /// <summary>Yields a revision soon after the head has moved past <paramref name="after"/>, at once when it already has, and again after each later move. Only a hint: it may be late, doubled or wrong. Ends by cancellation.</summary>
    IAsyncEnumerable<long> WatchAsync(long after, CancellationToken ct = default);
}

/// <summary>A backend whose every method completes before it returns, so that the manager's synchronous ways work on it.</summary>
public interface ISynchronousBackend : IVaultBackend;

/// <summary>A backend that can say without I/O whether the head has moved, so that cached records may be served.</summary>
public interface IFreshnessBackend : IVaultBackend
{
    /// <summary>Whether the head is still the one with this MAC; when in doubt, false. Sees every commit that has been acknowledged.</summary>
    bool IsCurrent(in Digest headMac);
}

/// <summary>A backend with a lock that spares concurrent writers their retries. Correctness never rests on it.</summary>
public interface ILockingBackend : IVaultBackend
{
    /// <summary>Waits for the lock of writers. A commit by the holder does not lock again.</summary>
    /// <exception cref="VaultUnavailableException">It was not to be had within <paramref name="timeout"/>; the message names the holder.</exception>
    IDisposable Lock(TimeSpan timeout, CancellationToken ct = default);
}

/// <summary>How the head summarises the records (format, section 6).</summary>
public enum RecordIndex
{
    /// <summary>A hash over all rows; readers load them all.</summary>
    List,

    /// <summary>A hash tree; a read fetches the path of its name.</summary>
    Tree,
}

/// <summary>A head and rows from one snapshot.</summary>
/// <param name="Head">The head's bytes as stored.</param>
/// <param name="Rows">One entry for each row asked for; null where it is missing.</param>
public sealed record VaultRead(ReadOnlyMemory<byte> Head, IReadOnlyList<ReadOnlyMemory<byte>?> Rows);

/// <summary>A row as stored.</summary>
/// <param name="Key">The key.</param>
/// <param name="Bytes">The bytes; empty when the scan asked for keys only.</param>
public readonly record struct StoredRow(RowKey Key, ReadOnlyMemory<byte> Bytes);

/// <summary>What to scan.</summary>
/// <param name="Prefix">Only keys that begin with this, for instance <c>s/</c>.</param>
/// <param name="After">Only keys after this one, exclusive; null from the start.</param>
/// <param name="Limit">At most so many rows.</param>
/// <param name="KeysOnly">Leave the bytes out.</param>
public sealed record ScanRequest(string Prefix, RowKey? After = null, int Limit = int.MaxValue, bool KeysOnly = false);

/// <summary>One commit.</summary>
/// <param name="ExpectedHeadMac">The MAC of the head that is to be replaced; null to create the vault where there is none.</param>
/// <param name="Revision">The new head's revision.</param>
/// <param name="HeadMac">The new head's MAC.</param>
/// <param name="Head">The new head's bytes.</param>
/// <param name="Puts">Rows to write.</param>
/// <param name="Deletes">Rows to remove; a missing one is no error.</param>
public sealed record VaultCommit(
    Digest? ExpectedHeadMac, long Revision, Digest HeadMac, ReadOnlyMemory<byte> Head, IReadOnlyList<StoredRow> Puts, IReadOnlyList<RowKey> Deletes)
{
    /// <summary>Whether the head stays: rows are put if it is still the expected one, and nothing else changes.</summary>
    public bool KeepsHead => ExpectedHeadMac == HeadMac;
}

/// <summary>What became of a commit.</summary>
public enum CommitOutcome
{
    /// <summary>It is visible and durable.</summary>
    Committed,

    /// <summary>The head was another; nothing was written.</summary>
    Conflict,

    /// <summary>The answer was lost. Whether the new head's commit id is among the last 64 of the stored head tells.</summary>
    Unknown,
}

/// <summary>What changed since a revision.</summary>
/// <param name="Revision">The revision that the answer reaches; 0 when there is no vault.</param>
/// <param name="Resynchronise">The backend can't tell; read everything again.</param>
/// <param name="Rows">The record rows (<c>s/…</c>) that were put or deleted, without repeats; empty when <paramref name="Resynchronise"/>. One that ended as it began may be left out.</param>
public sealed record ChangeSet(long Revision, bool Resynchronise, IReadOnlyList<RowKey> Rows);
