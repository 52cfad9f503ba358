using System.Collections.Concurrent;
using Strongroom.Storage;

namespace Strongroom.Testing.Conformance;

/// <summary>One run of one check: its storage, the handles that it has opened, and what it has done so far.</summary>
internal sealed class ConformanceRun(Func<BackendOpener> newStorage, ConformanceOptions options, CancellationToken ct) : IAsyncDisposable
{
    private const int MaxLog = 400;
    private readonly ConcurrentStack<IVaultBackend> _handles = new();
    private readonly ConcurrentQueue<string> _log = new();
    private BackendOpener? _open;

    public ConformanceOptions Options => options;

    public CancellationToken Cancellation => ct;

    /// <summary>Makes storage for operations that are run again and again.</summary>
    public Func<BackendOpener> NewStorage => newStorage;

    public Random Random { get; } = new(options.Seed);

    public string Log
    {
        get => string.Join(Environment.NewLine, _log);
        set
        {
            _log.Clear();
            _log.Enqueue(value);
        }
    }

    /// <summary>Opens a handle on the storage of this run.</summary>
    public async ValueTask<IVaultBackend> OpenAsync()
    {
        _open ??= newStorage();
        IVaultBackend handle = await _open().ConfigureAwait(false);
        _handles.Push(handle);
        return handle;
    }

    /// <summary>Creates the vault with these rows and gives the handle that did.</summary>
    public async ValueTask<(IVaultBackend Backend, KitHead Head)> CreateAsync(params IReadOnlyList<StoredRow> rows)
    {
        IVaultBackend backend = await OpenAsync().ConfigureAwait(false);
        KitHead? head = await CommitAsync(backend, null, rows).ConfigureAwait(false);
        return (backend, head ?? throw new ConformanceFailure("the first commit, which creates the vault, was refused"));
    }

    /// <summary>Commits, and looks when the answer is <see cref="CommitOutcome.Unknown"/>.</summary>
    /// <returns>The new head; null when it was a conflict.</returns>
    public async ValueTask<KitHead?> CommitAsync(IVaultBackend backend, KitHead? expected, IReadOnlyList<StoredRow> puts, IReadOnlyList<RowKey>? deletes = null, CancellationToken? cancel = null)
    {
        KitHead next = KitHead.After(expected);
        CommitOutcome outcome = await backend.TryCommitAsync(next.Commit(expected, puts, deletes ?? []), cancel ?? ct).ConfigureAwait(false);
        Note($"commit {next.Revision} on {expected?.Mac.ToString() ?? "nothing"}: {puts.Count} puts, {deletes?.Count ?? 0} deletes: {outcome}");
        if (outcome == CommitOutcome.Unknown)
            outcome = await HappenedAsync(backend, next).ConfigureAwait(false) ? CommitOutcome.Committed : CommitOutcome.Conflict;
        return outcome == CommitOutcome.Committed ? next : null;
    }

    /// <summary>Whether a commit whose answer was lost has happened: its id is then among the last 64 of the head.</summary>
    public async ValueTask<bool> HappenedAsync(IVaultBackend backend, KitHead head) => (await HeadAsync(backend).ConfigureAwait(false))?.Commits.Contains(head.Commits[^1]) == true;

    /// <summary>The stored head; null for no vault.</summary>
    public async ValueTask<KitHead?> HeadAsync(IVaultBackend backend) => await backend.ReadAsync([], ct).ConfigureAwait(false) is { } read ? KitHead.Parse(read.Head) : null;

    /// <summary>All rows with a prefix.</summary>
    public async ValueTask<List<StoredRow>> ScanAsync(IVaultBackend backend, ScanRequest scan)
    {
        var rows = new List<StoredRow>();
        await foreach (StoredRow row in backend.ScanAsync(scan, ct).ConfigureAwait(false))
            rows.Add(row);
        return rows;
    }

    /// <summary>Requires that a handle shows exactly this head and, of these rows, these bytes.</summary>
    public async ValueTask RequireStateAsync(IVaultBackend backend, KitHead? head, IReadOnlyList<StoredRow> there, IReadOnlyList<RowKey>? notThere = null)
    {
        VaultRead? read = await backend.ReadAsync([.. there.Select(row => row.Key), .. notThere ?? []], ct).ConfigureAwait(false);
        if (head is null || read is null)
        {
            Require(head is null && read is null, head is null ? "there is a vault where none was created" : "there is no vault any more");
            return;
        }

        Require(read.Head.Span.SequenceEqual(head.Bytes.Span), $"the head is not that of revision {head.Revision} byte for byte"); // public
        Require(read.Rows.Count == there.Count + (notThere?.Count ?? 0), "the read does not have one entry for each row asked for");
        for (int i = 0; i < read.Rows.Count; i++)
        {
            if (i < there.Count)
                RequireBytes(there[i].Key, read.Rows[i], there[i].Bytes);
            else
                Require(read.Rows[i] is null, $"row {notThere![i - there.Count]} is there, and should not be");
        }
    }

    public static void RequireBytes(RowKey key, ReadOnlyMemory<byte>? found, ReadOnlyMemory<byte> expected)
    {
        Require(found is not null, $"row {key} is missing");
        Require(found!.Value.Span.SequenceEqual(expected.Span), $"row {key} came back with other bytes: {found.Value.Length} instead of {expected.Length}, or different ones"); // public
    }

    public static void Require(bool condition, string otherwise)
    {
        if (!condition)
            throw new ConformanceFailure(otherwise);
    }

    /// <summary>Requires that a call throws.</summary>
    public static async ValueTask RequireThrowsAsync<T>(Func<ValueTask> call, string what)
        where T : Exception
    {
        try
        {
            await call().ConfigureAwait(false);
        }
        catch (T)
        {
            return;
        }
        catch (Exception error)
        {
            throw new ConformanceFailure($"{what} threw {error.GetType().Name} instead of {typeof(T).Name}", error);
        }

        throw new ConformanceFailure($"{what} did not throw {typeof(T).Name}");
    }

    public void Note(string line)
    {
        _log.Enqueue(line);
        if (_log.Count > MaxLog)
            _log.TryDequeue(out _);
    }

    public async ValueTask DisposeAsync()
    {
        while (_handles.TryPop(out IVaultBackend? handle))
            await handle.DisposeAsync().ConfigureAwait(false);
    }
}

/// <summary>A check's own finding, before the check's name, seed and log are known.</summary>
internal sealed class ConformanceFailure(string message, Exception? inner = null) : Exception(message, inner);
