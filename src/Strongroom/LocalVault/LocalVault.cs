using System.Runtime.CompilerServices;
using Strongroom.Cryptography;

namespace Strongroom.Storage;

/// <summary>
/// A vault in one readable JSON file (format, section 2). A commit writes a new file beside the old one, makes it durable and renames it into place, so that readers and
/// crashes see the old vault or the new one. Writers of all processes exclude each other by a kernel lock on <c>FILE.lock</c>; readers take no lock and write nothing.
/// Made for local file systems: a network file system may neither lock nor show a commit in time. Safe for concurrent use.
/// </summary>
public sealed partial class LocalVault : IImageBackend
{
    private const string DefaultFileName = "strongroom.json";
    private const int MaxRowsInCommit = 1_000_000;
    private static readonly TimeSpan DefaultLockTimeout = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan WatchEvery = TimeSpan.FromMilliseconds(25);

    private readonly IFileSystem _files;
    private readonly TimeProvider _time;
    private readonly TimeSpan _lockTimeout;
    private readonly VaultLock _lock;
    private readonly Lazy<string> _location;
    private volatile bool _disposed;

    /// <summary>Prepares access; touches nothing yet.</summary>
    /// <param name="path">A file, or a folder (then <c>strongroom.json</c> in it): what ends in a slash or is an existing folder. Links are followed.</param>
    /// <param name="time">The clock for time-outs.</param>
    /// <param name="lockTimeout">How long a commit waits for other writers; 10 seconds by default.</param>
    public LocalVault(string path, TimeProvider? time = null, TimeSpan? lockTimeout = null)
        : this(FileSystems.Default, path, time ?? TimeProvider.System, lockTimeout ?? DefaultLockTimeout)
    {
    }

    internal LocalVault(IFileSystem files, string path, TimeProvider time, TimeSpan lockTimeout)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        ArgumentOutOfRangeException.ThrowIfLessThan(lockTimeout, TimeSpan.Zero);
        (_files, _time, _lockTimeout) = (files, time, lockTimeout);
        string full = Path.GetFullPath(path);
        _location = new Lazy<string>(() => FileOf(full));
        _lock = new VaultLock(files, time);
    }

    /// <inheritdoc/>
    public string Location => _location.Value;

    /// <inheritdoc/>
    public BackendLimits Limits { get; } = new(RecordIndex.List, MaxRowsInCommit, VaultFile.MaxFileBytes, VaultFile.MaxRowBytes);

    /// <inheritdoc/>
    public ValueTask<VaultRead?> ReadAsync(IReadOnlyList<RowKey> rows, CancellationToken ct = default)
    {
        ArgumentNullException.ThrowIfNull(rows);
        if (Load(ct) is not { } loaded)
            return ValueTask.FromResult<VaultRead?>(null);
        var found = new ReadOnlyMemory<byte>?[rows.Count];
        for (int i = 0; i < found.Length; i++)
            found[i] = loaded.Image.Find(rows[i])?.Bytes;
        return ValueTask.FromResult<VaultRead?>(new VaultRead(loaded.Head, found));
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<StoredRow> ScanAsync(ScanRequest scan, [EnumeratorCancellation] CancellationToken ct = default)
    {
        ArgumentNullException.ThrowIfNull(scan);
        await Task.CompletedTask.ConfigureAwait(false);
        if (Load(ct) is not { } loaded)
            yield break;
        foreach (StoredRow row in VaultScan.Of(loaded.Image, scan))
        {
            ct.ThrowIfCancellationRequested();
            yield return row;
        }
    }

    /// <inheritdoc/>
    public ValueTask<ChangeSet> ChangesSinceAsync(long revision, CancellationToken ct = default)
    {
        // A file keeps no history of its commits; its reader compares images, which are in memory anyway.
        long now = Load(ct) is { } loaded ? HeadPeek.Read(loaded.Head.Span).Revision : 0;
        return ValueTask.FromResult(new ChangeSet(now, Resynchronise: now != revision, []));
    }

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">A row's key or bytes can't stand in a vault file, or a key is named twice.</exception>
    public ValueTask<CommitOutcome> TryCommitAsync(VaultCommit commit, CancellationToken ct = default)
    {
        Limits.Require(commit);
        LoadedVault? loaded = Load(ct);
        bool expected = loaded is null ? commit.ExpectedHeadMac is null : commit.ExpectedHeadMac is { } mac && HeadPeek.Read(loaded.Head.Span).Mac == mac;
        if (!expected)
            return ValueTask.FromResult(CommitOutcome.Conflict);
        VaultImage image = (loaded?.Image ?? VaultImage.Empty).Apply(commit.Puts, commit.Deletes);
        return ValueTask.FromResult(TryCommit(loaded, commit.Head, image, out _, ct));
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<long> WatchAsync(long after, [EnumeratorCancellation] CancellationToken ct = default)
    {
        using var timer = new PeriodicTimer(WatchEvery, _time);
        CachedVault? seen = _cached;
        bool first = true;
        do
        {
            // Whoever reads finds out what is wrong with a vault that does not load; here it is only a change.
            if (_disposed)
                yield break;
            CachedVault? now = TryReload();
            long revision = now?.Claims?.Revision ?? 0;
            if (first ? revision > after : !ReferenceEquals(now?.Loaded, seen?.Loaded))
                yield return revision;
            (seen, first) = (now, false);
        }
        while (await timer.WaitForNextTickAsync(ct).ConfigureAwait(false));
    }

    /// <inheritdoc/>
    public bool IsCurrent(in Digest headMac) =>
        _cached is { } cached && cached.Claims is { } claims && claims.Mac == headMac && cached.IsCurrent();

    /// <inheritdoc/>
    /// <remarks>A commit through this instance joins the lock, whichever thread makes it; a second <see cref="Lock"/> waits.</remarks>
    public IDisposable Lock(TimeSpan timeout, CancellationToken ct = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(timeout, TimeSpan.Zero);
        return _lock.Enter(PlaceForWriting(), join: false, timeout, ct);
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        // Not while a commit is on its way: it needs the lock until the new file is in place.
        lock (_loading)
        {
            _disposed = true;
            Cache(null);
            _lock.Dispose();
        }

        return ValueTask.CompletedTask;
    }

    private string FileOf(string path)
    {
        if (Path.EndsInDirectorySeparator(path))
            return Path.Join(path, DefaultFileName);
        try
        {
            return _files.Status(_files.Resolve(path)) is { IsDirectory: true } ? Path.Join(path, DefaultFileName) : path;
        }
        catch (VaultUnavailableException)
        {
            // What can't be looked at gives its error when it is used.
            return path;
        }
    }
}
