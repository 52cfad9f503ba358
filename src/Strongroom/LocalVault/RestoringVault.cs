using Strongroom.Cryptography;

namespace Strongroom.Storage;

/// <summary>
/// A vault's file while a copy takes its place: what is read is the copy, and the commit that is built upon the copy replaces whatever is in the file, which is kept beside it. So a restore is one
/// commit like any other, above the marks and with its entry in the audit log: a crash leaves the old vault or the restored one, and never an older one that the marks refuse.
/// </summary>
/// <param name="target">The file; owned.</param>
/// <param name="copy">The copy, verified.</param>
/// <param name="keep">Where what is replaced is kept.</param>
internal sealed class RestoringVault(LocalVault target, LoadedVault copy, Func<string, string> keep) : IImageBackend
{
    private bool _restored;

    /// <summary>Where what was in the file has been kept; null when nothing was.</summary>
    public string? Replaced { get; private set; }

    public string Location => target.Location;

    public BackendLimits Limits => target.Limits;

    public IReadOnlyList<string> Warnings => Image.Warnings;

    private IImageBackend Image => target;

    public LoadedVault? Load(CancellationToken ct = default) => _restored ? Image.Load(ct) : copy;

    public bool IsCurrent(LoadedVault loaded) => _restored ? Image.IsCurrent(loaded) : ReferenceEquals(loaded, copy);

    public bool IsCurrent(in Digest headMac) => _restored && target.IsCurrent(headMac);

    public CommitOutcome TryCommit(LoadedVault? expected, ReadOnlyMemory<byte> head, VaultImage image, out LoadedVault? committed, CancellationToken ct = default)
    {
        if (_restored || !ReferenceEquals(expected, copy))
            return Image.TryCommit(expected, head, image, out committed, ct);
        committed = target.Overwrite(head, image, keep, out string? replaced, ct);
        (Replaced, _restored) = (replaced, true);
        return CommitOutcome.Committed;
    }

    public void SyncLocation() => Image.SyncLocation();

    public IDisposable Lock(TimeSpan timeout, CancellationToken ct = default) => target.Lock(timeout, ct);

    public ValueTask<VaultRead?> ReadAsync(IReadOnlyList<RowKey> rows, CancellationToken ct = default) => target.ReadAsync(rows, ct);

    public IAsyncEnumerable<StoredRow> ScanAsync(ScanRequest scan, CancellationToken ct = default) => target.ScanAsync(scan, ct);

    public ValueTask<ChangeSet> ChangesSinceAsync(long revision, CancellationToken ct = default) => target.ChangesSinceAsync(revision, ct);

    public ValueTask<CommitOutcome> TryCommitAsync(VaultCommit commit, CancellationToken ct = default) => target.TryCommitAsync(commit, ct);

    public IAsyncEnumerable<long> WatchAsync(long after, CancellationToken ct = default) => target.WatchAsync(after, ct);

    public ValueTask DisposeAsync() => target.DisposeAsync();
}
