using System.Runtime.CompilerServices;
using Strongroom.Cryptography;
using Strongroom.Storage;

namespace Strongroom.Testing;

/// <summary>
/// A storage that lies: give <see cref="BackendInterceptor.Backend"/> to a manager, let it write, then set <see cref="Lie"/> and see whether the reads that it touches find out.
/// For what is put back from the past, take a <see cref="CopyAsync"/> first. <see cref="Told"/> says whether a lie was told at all: a test that nothing was lied to proves nothing.
/// </summary>
/// <example><code>
/// var lying = new LyingBackend(new InMemoryBackend());
/// // … open a manager on lying.Backend, write …
/// StorageCopy old = await lying.CopyAsync();
/// // … write again …
/// lying.Lie = Lies.OldRow(old, RowKey.Record("broker/binance"));
/// </code></example>
/// <param name="inner">The honest storage.</param>
public sealed class LyingBackend(IVaultBackend inner) : BackendInterceptor(inner)
{
    private volatile Lie? _lie;
    private volatile LiedImage? _image;
    private long _told;

    /// <summary>The lie to tell from now on; null for the truth.</summary>
    public Lie? Lie
    {
        get => _lie;
        set => _lie = value;
    }

    /// <summary>How many answers have differed from the truth.</summary>
    public long Told => Interlocked.Read(ref _told);

    /// <summary>Copies what is stored in truth.</summary>
    public ValueTask<StorageCopy> CopyAsync(CancellationToken ct = default) => StorageCopy.OfAsync(Inner, ct);

    /// <inheritdoc/>
    protected internal override async ValueTask<VaultRead?> ReadAsync(IReadOnlyList<RowKey> rows, CancellationToken ct)
    {
        ArgumentNullException.ThrowIfNull(rows);
        if (_lie is not { } lie)
            return await Inner.ReadAsync(rows, ct).ConfigureAwait(false);
        VaultRead? honest = await Inner.ReadAsync([.. rows, .. lie.Beside], ct).ConfigureAwait(false);
        if (honest is null)
            return null;
        var beside = lie.Beside.Select((key, i) => (key, Bytes: honest.Rows[rows.Count + i])).ToDictionary(row => row.key, row => row.Bytes);
        var shown = rows.Select((key, i) => lie.Row(key, honest.Rows[i], other => beside[other])).ToArray();
        ReadOnlyMemory<byte>? head = lie.Head(honest.Head);
        Count(!Same(head, honest.Head) || shown.Where((row, i) => !Same(row, honest.Rows[i])).Any());
        return head is { } bytes ? new VaultRead(bytes, shown) : null;
    }

    /// <inheritdoc/>
    protected internal override async IAsyncEnumerable<StoredRow> ScanAsync(ScanRequest scan, [EnumeratorCancellation] CancellationToken ct)
    {
        ArgumentNullException.ThrowIfNull(scan);
        if (_lie is not { } lie)
        {
            await foreach (StoredRow row in Inner.ScanAsync(scan, ct).ConfigureAwait(false))
                yield return row;
            yield break;
        }

        List<StoredRow> all = await LieAboutAsync(lie, scan.Prefix, ct).ConfigureAwait(false);
        foreach (StoredRow row in lie.Page(scan, all))
            yield return row;
    }

    /// <inheritdoc/>
    protected internal override async ValueTask<ChangeSet> ChangesSinceAsync(long revision, CancellationToken ct)
    {
        ChangeSet honest = await Inner.ChangesSinceAsync(revision, ct).ConfigureAwait(false);
        ChangeSet shown = _lie?.Changes(revision, honest) ?? honest;
        Count(shown != honest);
        return shown;
    }

    /// <inheritdoc/>
    protected internal override ValueTask<CommitOutcome> TryCommitAsync(VaultCommit commit, CancellationToken ct)
    {
        VaultCommit? written = _lie is { } lie ? lie.Commit(commit) : commit;
        Count(written != commit);
        return written is null ? ValueTask.FromResult(CommitOutcome.Committed) : Inner.TryCommitAsync(written, ct);
    }

    /// <inheritdoc/>
    protected internal override bool IsCurrent(in Digest headMac) => _lie is { } lie ? lie.IsCurrent(headMac) : base.IsCurrent(headMac);

    internal override LoadedVault? Load(CancellationToken ct)
    {
        LoadedVault? honest = InnerImage.Load(ct);
        if (_lie is not { } lie || honest is null)
            return honest;
        if (_image is { } known && known.Lie == lie && known.Honest == honest)
            return known.Shown;
        LoadedVault? shown = LiedImage.Make(lie, honest);
        _image = new LiedImage(lie, honest, shown);
        Count(true);
        return shown;
    }

    internal override bool IsCurrent(LoadedVault loaded) => _lie is not { } lie ? InnerImage.IsCurrent(loaded) : _image is { } known && known.Lie == lie && known.Shown == loaded && InnerImage.IsCurrent(known.Honest);

    internal override CommitOutcome TryCommit(LoadedVault? expected, ReadOnlyMemory<byte> head, VaultImage image, out LoadedVault? committed, CancellationToken ct) =>
        InnerImage.TryCommit(_image is { } known && known.Shown == expected ? known.Honest : expected, head, image, out committed, ct);

    private async ValueTask<List<StoredRow>> LieAboutAsync(Lie lie, string prefix, CancellationToken ct)
    {
        VaultRead? read = await Inner.ReadAsync(lie.Beside, ct).ConfigureAwait(false);
        var beside = lie.Beside.Select((key, i) => (key, Bytes: read?.Rows[i])).ToDictionary(row => row.key, row => row.Bytes);
        var honest = new SortedDictionary<RowKey, ReadOnlyMemory<byte>?>();
        foreach ((RowKey key, ReadOnlyMemory<byte>? bytes) in beside.Where(row => row.Key.ToString().StartsWith(prefix, StringComparison.Ordinal)))
            honest[key] = bytes;
        await foreach (StoredRow row in Inner.ScanAsync(new ScanRequest(prefix), ct).ConfigureAwait(false))
            honest[row.Key] = row.Bytes;
        var shown = honest.Select(row => (row.Key, Honest: row.Value, Shown: lie.Row(row.Key, row.Value, other => beside[other]))).ToList();
        Count(shown.Any(row => !Same(row.Honest, row.Shown)));
        return [.. shown.Where(row => row.Shown is not null).Select(row => new StoredRow(row.Key, row.Shown!.Value))];
    }

    private void Count(bool lied)
    {
        if (lied)
            Interlocked.Increment(ref _told);
    }

    private static bool Same(ReadOnlyMemory<byte>? left, ReadOnlyMemory<byte>? right) =>
        left is { } a && right is { } b ? a.Span.SequenceEqual(b.Span) : left is null && right is null; // public
}
