using Strongroom.Cryptography;
using Strongroom.Storage;

namespace Strongroom.Testing;

/// <summary>
/// Stands between a backend and its user. <see cref="Backend"/> is what the user gets: it has exactly the capability interfaces of the backend within, and every call of it goes through
/// the methods here, which pass it on unless they are overridden.
/// </summary>
public abstract class BackendInterceptor
{
    /// <summary>Stands in front of a backend.</summary>
    /// <param name="inner">The backend within; disposed of together with <see cref="Backend"/>.</param>
    protected BackendInterceptor(IVaultBackend inner)
    {
        ArgumentNullException.ThrowIfNull(inner);
        Inner = inner;
        Backend = InterceptedBackend.Of(this, inner);
    }

    /// <summary>The backend to give to whoever is tested.</summary>
    public IVaultBackend Backend { get; }

    /// <summary>The backend within.</summary>
    protected IVaultBackend Inner { get; }

    private protected IImageBackend InnerImage => (IImageBackend)Inner;

    /// <summary>See <see cref="IVaultBackend.ReadAsync"/>.</summary>
    protected internal virtual ValueTask<VaultRead?> ReadAsync(IReadOnlyList<RowKey> rows, CancellationToken ct) => Inner.ReadAsync(rows, ct);

    /// <summary>See <see cref="IVaultBackend.ScanAsync"/>.</summary>
    protected internal virtual IAsyncEnumerable<StoredRow> ScanAsync(ScanRequest scan, CancellationToken ct) => Inner.ScanAsync(scan, ct);

    /// <summary>See <see cref="IVaultBackend.ChangesSinceAsync"/>.</summary>
    protected internal virtual ValueTask<ChangeSet> ChangesSinceAsync(long revision, CancellationToken ct) => Inner.ChangesSinceAsync(revision, ct);

    /// <summary>See <see cref="IVaultBackend.TryCommitAsync"/>.</summary>
    protected internal virtual ValueTask<CommitOutcome> TryCommitAsync(VaultCommit commit, CancellationToken ct) => Inner.TryCommitAsync(commit, ct);

    /// <summary>See <see cref="IVaultBackend.WatchAsync"/>.</summary>
    protected internal virtual IAsyncEnumerable<long> WatchAsync(long after, CancellationToken ct) => Inner.WatchAsync(after, ct);

    /// <summary>See <see cref="IFreshnessBackend.IsCurrent"/>; called only when the backend within has it.</summary>
    protected internal virtual bool IsCurrent(in Digest headMac) => ((IFreshnessBackend)Inner).IsCurrent(headMac);

    /// <summary>See <see cref="ILockingBackend.Lock"/>; called only when the backend within has it.</summary>
    protected internal virtual IDisposable Lock(TimeSpan timeout, CancellationToken ct) => ((ILockingBackend)Inner).Lock(timeout, ct);

    internal virtual LoadedVault? Load(CancellationToken ct) => InnerImage.Load(ct);

    internal virtual bool IsCurrent(LoadedVault loaded) => InnerImage.IsCurrent(loaded);

    internal virtual CommitOutcome TryCommit(LoadedVault? expected, ReadOnlyMemory<byte> head, VaultImage image, out LoadedVault? committed, CancellationToken ct) =>
        InnerImage.TryCommit(expected, head, image, out committed, ct);
}
