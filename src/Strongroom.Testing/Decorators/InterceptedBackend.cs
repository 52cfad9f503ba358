using Strongroom.Cryptography;
using Strongroom.Storage;

namespace Strongroom.Testing;

/// <summary>The outside of a <see cref="BackendInterceptor"/>: one class for each set of capabilities, so that a cast of it succeeds exactly when a cast of the backend within would.</summary>
internal class InterceptedBackend(BackendInterceptor interceptor, IVaultBackend inner) : IVaultBackend
{
    public string Location => inner.Location;

    public BackendLimits Limits => inner.Limits;

    public static InterceptedBackend Of(BackendInterceptor interceptor, IVaultBackend inner) => (inner is ISynchronousBackend, inner is IFreshnessBackend, inner is ILockingBackend) switch
    {
        (true, true, true) when inner is IImageBackend image => new OfImage(interceptor, image),
        (true, true, true) => new SynchronousFreshLocking(interceptor, inner),
        (true, true, false) => new SynchronousFresh(interceptor, inner),
        (true, false, true) => new SynchronousLocking(interceptor, inner),
        (true, false, false) => new Synchronous(interceptor, inner),
        (false, true, true) => new FreshLocking(interceptor, inner),
        (false, true, false) => new Fresh(interceptor, inner),
        (false, false, true) => new Locking(interceptor, inner),
        (false, false, false) => new InterceptedBackend(interceptor, inner),
    };

    public ValueTask<VaultRead?> ReadAsync(IReadOnlyList<RowKey> rows, CancellationToken ct = default) => interceptor.ReadAsync(rows, ct);

    public IAsyncEnumerable<StoredRow> ScanAsync(ScanRequest scan, CancellationToken ct = default) => interceptor.ScanAsync(scan, ct);

    public ValueTask<ChangeSet> ChangesSinceAsync(long revision, CancellationToken ct = default) => interceptor.ChangesSinceAsync(revision, ct);

    public ValueTask<CommitOutcome> TryCommitAsync(VaultCommit commit, CancellationToken ct = default) => interceptor.TryCommitAsync(commit, ct);

    public IAsyncEnumerable<long> WatchAsync(long after, CancellationToken ct = default) => interceptor.WatchAsync(after, ct);

    public bool IsCurrent(in Digest headMac) => interceptor.IsCurrent(headMac);

    public IDisposable Lock(TimeSpan timeout, CancellationToken ct = default) => interceptor.Lock(timeout, ct);

    public ValueTask DisposeAsync() => inner.DisposeAsync();

    private sealed class Synchronous(BackendInterceptor interceptor, IVaultBackend inner) : InterceptedBackend(interceptor, inner), ISynchronousBackend;

    private sealed class Fresh(BackendInterceptor interceptor, IVaultBackend inner) : InterceptedBackend(interceptor, inner), IFreshnessBackend;

    private sealed class Locking(BackendInterceptor interceptor, IVaultBackend inner) : InterceptedBackend(interceptor, inner), ILockingBackend;

    private sealed class SynchronousFresh(BackendInterceptor interceptor, IVaultBackend inner) : InterceptedBackend(interceptor, inner), ISynchronousBackend, IFreshnessBackend;

    private sealed class SynchronousLocking(BackendInterceptor interceptor, IVaultBackend inner) : InterceptedBackend(interceptor, inner), ISynchronousBackend, ILockingBackend;

    private sealed class FreshLocking(BackendInterceptor interceptor, IVaultBackend inner) : InterceptedBackend(interceptor, inner), IFreshnessBackend, ILockingBackend;

    private sealed class SynchronousFreshLocking(BackendInterceptor interceptor, IVaultBackend inner)
        : InterceptedBackend(interceptor, inner), ISynchronousBackend, IFreshnessBackend, ILockingBackend;

    private sealed class OfImage(BackendInterceptor interceptor, IImageBackend inner) : InterceptedBackend(interceptor, inner), IImageBackend
    {
        private readonly BackendInterceptor _interceptor = interceptor;
        private readonly IImageBackend _inner = inner;

        public IReadOnlyList<string> Warnings => _inner.Warnings;

        public LoadedVault? Load(CancellationToken ct = default) => _interceptor.Load(ct);

        public bool IsCurrent(LoadedVault loaded) => _interceptor.IsCurrent(loaded);

        public CommitOutcome TryCommit(LoadedVault? expected, ReadOnlyMemory<byte> head, VaultImage image, out LoadedVault? committed, CancellationToken ct = default) =>
            _interceptor.TryCommit(expected, head, image, out committed, ct);

        public void SyncLocation() => _inner.SyncLocation();

        public void CleanUp() => _inner.CleanUp();
    }
}
