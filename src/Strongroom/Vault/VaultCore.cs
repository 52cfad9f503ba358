using Strongroom.Audit;
using Strongroom.Cryptography;
using Strongroom.Live;
using Strongroom.Storage;

namespace Strongroom.Vault;

/// <summary>The parts of an open vault, wired together once.</summary>
internal sealed class VaultCore : IAsyncDisposable
{
    // Records of a database that are parsed and ready to be opened; more are kept as they were read.
    private const int MaxCachedRecords = 20_000;

    public VaultCore(VaultOptions options, IFileSystem files, VaultSession session, RecordStorage storage, KeySlot opened)
    {
        Options = options;
        Files = files;
        Session = session;
        Storage = storage;
        OpenedSlot = opened.Id;
        Cache = new RecordCache(session, storage.Backend.Limits.Index == RecordIndex.List ? int.MaxValue : MaxCachedRecords);
        Access = new AccessTracker(options.TrackAccess && !options.AsCopy, fold: storage.Backend.Limits.Index == RecordIndex.List);
        Audit = new AuditSession(files, AuditFolder(options, session.Backend, session.Keys.VaultId), options, FreshHead, () => session.Keys, storage.KeepsLines ? new GatheredLog(storage) : null);
        Committer = new VaultCommitter(session, storage, Audit, Access, options);
        Queue = new CommitQueue(Committer.CommitAsync);
        Reader = new VaultReader(this);
        Changes = new ChangeFeed(storage);
        Live = new LiveSecrets(this);
        Committer.Committed = (_, _) => Changes.Poke();
        StrongroomTelemetry.Opened(1);
    }

    public VaultOptions Options { get; }

    public IFileSystem Files { get; }

    public VaultSession Session { get; }

    public RecordStorage Storage { get; }

    public RecordCache Cache { get; }

    public AccessTracker Access { get; }

    public AuditSession Audit { get; }

    public VaultCommitter Committer { get; }

    public CommitQueue Queue { get; }

    public VaultReader Reader { get; }

    public ChangeFeed Changes { get; }

    public LiveSecrets Live { get; }

    /// <summary>The slot whose credential opened this.</summary>
    public RandomId OpenedSlot { get; set; }

    /// <summary>What went wrong with the audit log when the vault was opened; thrown by the first operation that is to be logged.</summary>
    public StrongroomException? AuditTrouble { get; set; }

    public DateTimeOffset Now => Options.Time.GetUtcNow();

    /// <summary>Commits a write. Validated by the caller; durable when the task completes.</summary>
    public Task<object?> WriteAsync(WriteOperation operation, bool synchronous, CancellationToken ct)
    {
        ct.ThrowIfCancellationRequested();
        ThrowIfAuditInTrouble();
        return Queue.Submit(operation, synchronous, ct);
    }

    /// <summary>Commits a write that mends the audit log itself.</summary>
    public Task<object?> RepairAsync(WriteOperation operation, CancellationToken ct) => Queue.Submit(operation, synchronous: false, ct);

    public void ThrowIfAuditInTrouble()
    {
        if (AuditTrouble is VaultUnavailableException)
            TryAuditAgain();
        if (AuditTrouble is VaultUnavailableException away)
            throw new VaultUnavailableException(away.Code, $"The audit log can't be written, so nothing that must be logged is done. {away.Message}", $"{away.Hint} To look into the vault without a log, open it as a copy (--as-copy).".TrimStart(), away);
        if (AuditTrouble is { } trouble)
            throw new VaultIntegrityException("SR1426", $"The audit log is in trouble, so nothing that must be logged is done: {trouble.Message}", "Look into it with log --verify; log restart begins a new chain that names the broken end.", trouble);
    }

    // A full or read-only disk and a lock are not the log's fault, and may be over.
    private void TryAuditAgain()
    {
        try
        {
            Access.Seed(Audit.Recover(Storage.Current!.Head));
            AuditTrouble = null;
        }
        catch (StrongroomException error)
        {
            AuditTrouble = error;
        }
    }

    public async ValueTask DisposeAsync()
    {
        StrongroomTelemetry.Opened(-1);
        Live.Dispose();
        Changes.Dispose();
        try
        {
            Audit.Dispose();
        }
        finally
        {
            Session.Dispose();
            await Storage.DisposeAsync().ConfigureAwait(false);
        }
    }

    /// <summary>Where the audit log of a vault is.</summary>
    public static string AuditFolder(VaultOptions options, IVaultBackend backend, RandomId vaultId) =>
        options.AuditDirectory is { } folder ? Path.GetFullPath(folder)
        : backend is IImageBackend ? backend.Location + ".audit"
        : Path.Combine(options.StateDirectory ?? MarkStore.DefaultDirectory(), "audit", vaultId.ToString());

    // The audit log must not miss a commit whose writer died before it raised the counter of changes.
    private VaultHead FreshHead() => Synchronous.Wait(Storage.Backend, () => Storage.RefreshAsync(CancellationToken.None)).Head;
}
