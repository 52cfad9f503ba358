using Strongroom.Audit;
using Strongroom.Cryptography;
using Strongroom.Storage;
using Strongroom.Vault;

namespace Strongroom;

/// <summary>
/// A vault of secrets: in one encrypted file, or on any <see cref="IVaultBackend"/>. Thread-safe; one instance for a process and vault is enough.
/// Values are sealed with AES-256-GCM under keys that a passphrase (Argon2id), key file or recovery key unlocks; everything stored is authenticated, and a vault that was edited,
/// rolled back, forked or exchanged is refused. Writes are durable when they return, and concurrent ones share a commit. Reads see every acknowledged commit of every process.
/// What it does not protect against is written in <c>docs/threat-model.md</c>.
/// </summary>
public sealed partial class SecretsManager : IVersionedSecretStore, IAsyncDisposable, IDisposable
{
    private readonly VaultCore _core;
    private int _disposed;

    private SecretsManager(VaultCore core)
    {
        _core = core;
        Slots = new KeySlots(core);
        Audit = new AuditLog(core);
    }

    /// <summary>The parts, for what is built on them in this library.</summary>
    internal VaultCore Core
    {
        get
        {
            ThrowIfDisposed();
            return _core;
        }
    }

    /// <summary>Where the vault is.</summary>
    public string Location => _core.Session.Location;

    /// <summary>The vault's id.</summary>
    public RandomId VaultId => _core.Session.Keys.VaultId;

    /// <summary>The revision in hand.</summary>
    public long Revision => _core.Storage.Current!.Head.Revision;

    /// <summary>How up to date this process's view of a shared vault is, and whether it knows that it may be old.</summary>
    public VaultFreshness Freshness => _core.Storage.Freshness;

    /// <summary>What an operator should know: file permissions, weak parameters, torn marks, unlocked memory. Never secret.</summary>
    public IReadOnlyList<string> Warnings => _core.Session.Warnings;

    /// <summary>The ways to unlock.</summary>
    public KeySlots Slots { get; }

    /// <summary>The audit log.</summary>
    public AuditLog Audit { get; }

    /// <inheritdoc/>
    public async ValueTask<SecretData> GetAsync(SecretName name, long? version = null, CancellationToken ct = default) =>
        await TryGetAsync(name, version, ct).ConfigureAwait(false) ?? throw await NotFoundAsync(name, version, ct).ConfigureAwait(false);

    /// <inheritdoc/>
    public ValueTask<SecretData?> TryGetAsync(SecretName name, long? version = null, CancellationToken ct = default)
    {
        ThrowIfDisposed();
        ct.ThrowIfCancellationRequested();
        if (version is { } number)
            return _core.Reader.ReadVersionAsync(SecretBatch.Named(name), number, ct);
        return _core.Reader.TryReadCached(name, out SecretData? data) ? new ValueTask<SecretData?>(data) : _core.Reader.ReadAsync(SecretBatch.Named(name), ct);
    }

    /// <summary>Reads a secret, synchronously; no I/O on a cache hit.</summary>
    /// <exception cref="SecretNotFoundException">There is none, it is deleted, or the version is not kept.</exception>
    public SecretData Get(SecretName name, long? version = null) =>
        TryGet(name, version) ?? throw Synchronous.Run(NotFoundAsync(name, version, CancellationToken.None));

    /// <summary>Reads a secret, or null, synchronously.</summary>
    public SecretData? TryGet(SecretName name, long? version = null)
    {
        ThrowIfDisposed();
        if (version is { } number)
            return Synchronous.Run(_core.Reader.ReadVersionAsync(SecretBatch.Named(name), number, CancellationToken.None));
        return _core.Reader.TryReadCached(name, out SecretData? data) ? data : Synchronous.Run(_core.Reader.ReadAsync(SecretBatch.Named(name), CancellationToken.None));
    }

    /// <summary>The metadata of a secret, deleted ones too; null when there is none. Does not count as an access.</summary>
    public async ValueTask<SecretMetadata?> GetMetadataAsync(SecretName name, CancellationToken ct = default)
    {
        ThrowIfDisposed();
        CachedRecord? record = await _core.Reader.FindAsync(SecretBatch.Named(name), ct).ConfigureAwait(false);
        return record is null ? null : _core.Reader.WithAccess(name, record.Record.Metadata);
    }

    /// <inheritdoc/>
    public async ValueTask<bool> ExistsAsync(SecretName name, CancellationToken ct = default)
    {
        ThrowIfDisposed();
        return await _core.Reader.FindAsync(SecretBatch.Named(name), ct).ConfigureAwait(false) is { Record.Metadata.IsDeleted: false };
    }

    /// <inheritdoc/>
    public IAsyncEnumerable<SecretEntry> ListAsync(SecretQuery? query = null, CancellationToken ct = default)
    {
        ThrowIfDisposed();
        return _core.Reader.ListAsync(query ?? new SecretQuery(), ct);
    }

    /// <summary>Names and metadata in ordinal order, synchronously.</summary>
    /// <exception cref="VaultConfigurationException">The backend has no synchronous way (<see cref="HasSynchronousWays"/>).</exception>
    public IReadOnlyList<SecretEntry> List(SecretQuery? query = null)
    {
        if (!HasSynchronousWays)
            throw new VaultConfigurationException("SR1501", "This vault's backend has no synchronous way.", "Use the asynchronous methods.");
        return Synchronous.Run(AllAsync(ListAsync(query)));
    }

    /// <summary>Whether the methods that are not asynchronous work: on files they do, on most databases not.</summary>
    public bool HasSynchronousWays => _core.Storage.Backend is ISynchronousBackend;

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<SecretVersion>> HistoryAsync(SecretName name, CancellationToken ct = default)
    {
        ThrowIfDisposed();
        CachedRecord record = await _core.Reader.FindAsync(SecretBatch.Named(name), ct).ConfigureAwait(false) ?? throw Conditions.NotFound(name, null);
        SecretMetadata current = record.Record.Metadata;
        return
        [
            new SecretVersion(current.Version, current.UpdatedAt, null, current.State),
            .. record.Record.History.Reverse().Select(static entry => new SecretVersion(entry.Version, entry.CreatedAt, entry.ReadableUntil, entry.State)),
        ];
    }

    /// <inheritdoc/>
    public async ValueTask<SecretMetadata> SetAsync(SecretName name, SecretValue value, SetOptions options = default, CancellationToken ct = default) =>
        (SecretMetadata)(await WriteAsync(SetOf(name, value, options), ct).ConfigureAwait(false))!;

    /// <summary>Writes a new version, synchronously. Durable when it returns.</summary>
    /// <exception cref="SecretConflictException">The condition does not hold.</exception>
    /// <exception cref="VaultLimitException">Value, tags or description are too large.</exception>
    public SecretMetadata Set(SecretName name, SecretValue value, SetOptions options = default)
    {
        ThrowIfDisposed();
        if (!HasSynchronousWays)
            throw new VaultConfigurationException("SR1501", "This vault's backend has no synchronous way.", "Use the asynchronous methods.");
        Task<object?> written = _core.WriteAsync(SetOf(name, value, options), synchronous: true, CancellationToken.None);
        // Either this thread has led the commit and the task is complete, or a leader on another thread completes it.
        return (SecretMetadata)written.ConfigureAwait(false).GetAwaiter().GetResult()!;
    }

    /// <inheritdoc/>
    public async ValueTask<SecretMetadata> RotateAsync(SecretName name, SecretValue value, RotateOptions options = default, CancellationToken ct = default)
    {
        CheckValue(value);
        return (SecretMetadata)(await WriteAsync(new RotateOperation(SecretBatch.Named(name), value, options), ct).ConfigureAwait(false))!;
    }

    /// <inheritdoc/>
    public async ValueTask<SecretMetadata> UpdateMetadataAsync(SecretName name, MetadataChange change, WriteCondition condition = default, CancellationToken ct = default)
    {
        ArgumentNullException.ThrowIfNull(change);
        return (SecretMetadata)(await WriteAsync(new MetadataOperation(SecretBatch.Named(name), change, condition), ct).ConfigureAwait(false))!;
    }

    /// <inheritdoc/>
    public async ValueTask<SecretMetadata> RollbackAsync(SecretName name, long version, WriteCondition condition = default, CancellationToken ct = default) =>
        (SecretMetadata)(await WriteAsync(new RollbackOperation(SecretBatch.Named(name), version, condition), ct).ConfigureAwait(false))!;

    /// <inheritdoc/>
    public async ValueTask<bool> DeleteAsync(SecretName name, WriteCondition condition = default, CancellationToken ct = default) =>
        (bool)(await WriteAsync(new DeleteOperation(SecretBatch.Named(name), condition, required: false), ct).ConfigureAwait(false))!;

    /// <inheritdoc/>
    public async ValueTask<bool> RestoreAsync(SecretName name, WriteCondition condition = default, CancellationToken ct = default) =>
        (bool)(await WriteAsync(new RestoreOperation(SecretBatch.Named(name), condition, required: false), ct).ConfigureAwait(false))!;

    /// <summary>Makes an older version unreadable at once, whatever is left of its grace period; false when it is not kept.</summary>
    /// <exception cref="SecretConflictException">It is the current version, or the condition does not hold.</exception>
    public async ValueTask<bool> RevokeAsync(SecretName name, long version, WriteCondition condition = default, CancellationToken ct = default) =>
        (bool)(await WriteAsync(new RevokeOperation(SecretBatch.Named(name), version, condition, required: false), ct).ConfigureAwait(false))!;

    /// <inheritdoc/>
    public async ValueTask<bool> PurgeAsync(SecretName name, WriteCondition condition = default, CancellationToken ct = default) =>
        (bool)(await WriteAsync(new PurgeOperation(SecretBatch.Named(name), condition, required: false), ct).ConfigureAwait(false))!;

    /// <summary>Commits all writes of a batch, or none of them.</summary>
    /// <returns>The revision that holds them, or a later one.</returns>
    public async ValueTask<long> CommitAsync(SecretBatch batch, CancellationToken ct = default)
    {
        ArgumentNullException.ThrowIfNull(batch);
        foreach (SecretWrite write in batch.Writes)
        {
            if (write.Value is { } value)
                CheckValue(value);
        }

        await WriteAsync(new BatchOperation(batch.ToOperations()), ct).ConfigureAwait(false);
        return Revision;
    }

    /// <summary>Changes by this process and others, from now on, within 250 ms. A slow reader sees the newest state of a secret, not every step.</summary>
    public IAsyncEnumerable<SecretChange> WatchAsync(CancellationToken ct = default)
    {
        ThrowIfDisposed();
        return _core.Changes.WatchAsync(ct);
    }

    /// <summary>Changes by this process and others, from now on: what a read after this does not show will be told.</summary>
    public ValueTask<ChangeSubscription> SubscribeAsync(CancellationToken ct = default)
    {
        ThrowIfDisposed();
        return _core.Changes.SubscribeAsync(ct);
    }

    /// <summary>Notices of secrets that reach a distance from their expiry (<see cref="VaultOptions.ExpiryWarnings"/>, and expiry itself); begins with those already reached.</summary>
    public IAsyncEnumerable<ExpiryNotice> WatchExpiryAsync(CancellationToken ct = default)
    {
        ThrowIfDisposed();
        return new ExpiryWatch(_core).RunAsync(ct);
    }

    /// <summary>Flushes the audit log, wipes the keys.</summary>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _disposed, 1) == 0)
            Synchronous.Run(_core.DisposeAsync());
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) == 0)
            await _core.DisposeAsync().ConfigureAwait(false);
    }

    private async ValueTask<object?> WriteAsync(WriteOperation operation, CancellationToken ct)
    {
        ThrowIfDisposed();
        return await _core.WriteAsync(operation, synchronous: false, ct).ConfigureAwait(false);
    }

    private static async ValueTask<IReadOnlyList<SecretEntry>> AllAsync(IAsyncEnumerable<SecretEntry> entries)
    {
        List<SecretEntry> all = [];
        await foreach (SecretEntry entry in entries.ConfigureAwait(false))
            all.Add(entry);
        return all;
    }

    private SetOperation SetOf(SecretName name, SecretValue value, SetOptions options)
    {
        CheckValue(value);
        return new SetOperation(SecretBatch.Named(name), value, options);
    }

    private void CheckValue(SecretValue value)
    {
        ArgumentNullException.ThrowIfNull(value);
        if (value.Payload.Length - 1 > _core.Options.MaxValueBytes)
            throw new VaultLimitException("SR1438", $"The value has {value.Payload.Length - 1} bytes, at most {_core.Options.MaxValueBytes} are allowed.", "Store large files elsewhere and only their key here, or raise MaxValueBytes.");
    }

    private async ValueTask<SecretNotFoundException> NotFoundAsync(SecretName name, long? version, CancellationToken ct)
    {
        CachedRecord? record = await _core.Reader.FindAsync(name, ct).ConfigureAwait(false);
        return version is { } number && record is { Record.Metadata.IsDeleted: false }
            ? new SecretNotFoundException("SR1413", $"Version {number} of {name} is not kept.", "See its versions with history.")
            : Conditions.NotFound(name, record?.Record);
    }

    private void ThrowIfDisposed() => ObjectDisposedException.ThrowIf(Volatile.Read(ref _disposed) != 0, this);
}
