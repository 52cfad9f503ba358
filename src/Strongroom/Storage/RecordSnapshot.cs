using Strongroom.Cryptography;
using Strongroom.Vault;

namespace Strongroom.Storage;

/// <summary>A verified head, with what its kind of storage needs to read records beneath it.</summary>
internal abstract class VaultView(VaultHead head)
{
    public VaultHead Head { get; } = head;
}

/// <summary>A record's bytes, verified against the head of the view they were read with.</summary>
internal readonly record struct RecordRow(SecretName Name, ReadOnlyMemory<byte> Bytes, Digest Digest);

/// <summary>A view and the rows asked for, from one snapshot; null where a record is proved to be missing.</summary>
internal readonly record struct VerifiedRead(VaultView View, RecordRow?[] Rows);

/// <summary>What a commit does to rows: records by name (null removes), older versions by key (null removes).</summary>
internal sealed class RowChanges
{
    public Dictionary<SecretName, ReadOnlyMemory<byte>?> Records { get; } = [];

    public Dictionary<RowKey, ReadOnlyMemory<byte>?> Versions { get; } = [];
}

/// <summary>A commit whose rows and summary are ready; the head is still to be sealed.</summary>
internal abstract record PreparedCommit(VaultView Base, RecordSummary Records);

/// <summary>
/// The trusted side of storage: it reads through an untrusted <see cref="IVaultBackend"/> and hands out only what it has verified against the head.
/// One for each way in which heads summarise records. Tasks are complete when they return if the backend is synchronous.
/// </summary>
internal abstract class RecordStorage : IAsyncDisposable
{
    public abstract IVaultBackend Backend { get; }

    /// <summary>The view last verified; null before the first.</summary>
    public abstract VaultView? Current { get; }

    /// <summary>Whether the current view may be served without asking the backend: nothing has been committed since, or it is not older than the options allow.</summary>
    public abstract bool IsFresh { get; }

    /// <summary>Whether what is cached may be served while the backend does not answer.</summary>
    public virtual bool MayServeStale => false;

    /// <summary>How old the current view may be.</summary>
    public abstract VaultFreshness Freshness { get; }

    /// <summary>Reads the head anew if it may have moved at all, verifies it, and makes it current.</summary>
    public abstract ValueTask<VaultView> RefreshAsync(CancellationToken ct);

    /// <summary>Records by name from one snapshot.</summary>
    public abstract ValueTask<VerifiedRead> ReadAsync(IReadOnlyList<SecretName> names, CancellationToken ct);

    /// <summary>Records by name in a view, for a commit that is built upon it.</summary>
    /// <exception cref="ViewMovedException">The backend has a newer one.</exception>
    public virtual async ValueTask<VerifiedRead> ReadInAsync(VaultView view, IReadOnlyList<SecretName> names, CancellationToken ct)
    {
        VerifiedRead read = await ReadAsync(names, ct).ConfigureAwait(false);
        return ReferenceEquals(read.View, view) ? read : throw new ViewMovedException();
    }

    /// <summary>Reads what a commit will look at, at once rather than one by one.</summary>
    /// <exception cref="ViewMovedException">The backend has a newer view.</exception>
    /// <returns>The rows, null for a record that is not there; nothing where reading one by one is as good.</returns>
    public virtual ValueTask<IReadOnlyDictionary<SecretName, RecordRow?>?> PrefetchAsync(VaultView view, IEnumerable<SecretName> names, CancellationToken ct) => default;

    /// <summary>A view to build a commit upon; unless it has to be exact, one that may turn out to be old when it is swapped.</summary>
    public virtual ValueTask<VaultView> BaseAsync(bool exact, CancellationToken ct) => RefreshAsync(ct);

    /// <summary>Whether a view that a commit was to be built upon was the newest after all.</summary>
    public virtual ValueTask<bool> IsNewestAsync(VaultView view, CancellationToken ct) => new(true);

    /// <summary>An older version's bytes, verified against the digest in its record; null when the storage has lost it.</summary>
    public abstract ValueTask<ReadOnlyMemory<byte>?> ReadVersionAsync(VaultView view, RandomId secretId, long version, Digest digest, CancellationToken ct);

    /// <summary>Records in order of name, each verified.</summary>
    public abstract IAsyncEnumerable<RecordRow> ScanAsync(string prefix, SecretName? after, CancellationToken ct);

    /// <summary>Takes the lock of writers where there is one.</summary>
    public abstract IDisposable? Lock(TimeSpan timeout, CancellationToken ct);

    /// <summary>Computes the summary after some changes.</summary>
    public abstract ValueTask<PreparedCommit> PrepareAsync(VaultView view, RowChanges changes, CancellationToken ct);

    /// <summary>Commits under a sealed head, and on success makes it current.</summary>
    /// <param name="prepared">Rows and summary.</param>
    /// <param name="head">The head.</param>
    /// <param name="headBytes">The same, sealed.</param>
    /// <param name="lines">Rows of the audit log that go with it; none where <see cref="KeepsLines"/> is not.</param>
    /// <param name="ct">Cancels.</param>
    public abstract ValueTask<CommitOutcome> CommitAsync(PreparedCommit prepared, VaultHead head, byte[] headBytes, IReadOnlyList<StoredRow> lines, CancellationToken ct);

    /// <summary>Creates the vault with its first head and no records; conflict when there is one.</summary>
    public abstract ValueTask<CommitOutcome> CreateAsync(VaultHead head, byte[] headBytes, IReadOnlyList<StoredRow> lines, CancellationToken ct);

    /// <summary>Whether the lines of the audit log are kept beside the records, and are durable with the commit that they came with.</summary>
    public virtual bool KeepsLines => false;

    /// <summary>Puts rows of the audit log, where <see cref="KeepsLines"/>.</summary>
    public virtual ValueTask AppendAsync(IReadOnlyList<StoredRow> lines, CancellationToken ct) => default;

    /// <summary>What changed between two views, in order of name. Null: that can't be told, look at everything.</summary>
    public abstract ValueTask<IReadOnlyList<SecretName>?> ChangedAsync(VaultView from, VaultView to, CancellationToken ct);

    /// <summary>The record as an earlier view had it, where that is still known without asking the backend.</summary>
    public virtual RecordRow? Recall(VaultView view, SecretName name) => null;

    /// <summary>Reads everything anew from the storage, trusting nothing that is cached.</summary>
    public abstract ValueTask<VaultView> ReloadAsync(CancellationToken ct);

    public virtual ValueTask DisposeAsync() => Backend.DisposeAsync();
}
