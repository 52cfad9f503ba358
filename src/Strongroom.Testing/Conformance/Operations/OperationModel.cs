using Strongroom.Storage;

namespace Strongroom.Testing.Conformance;

/// <summary>Runs operations on a backend and on a plain dictionary beside it, and requires the same of both.</summary>
internal sealed class OperationModel
{
    private readonly ConformanceRun _run;
    private readonly IVaultBackend[] _handles = new IVaultBackend[OperationGenerator.Handles];
    private readonly List<Moment> _past = [];

    private OperationModel(ConformanceRun run) => _run = run;

    private Moment? Now => _past.Count == 0 ? null : _past[^1];

    /// <summary>Runs all of them on new storage.</summary>
    /// <returns>Null when all went as it should; else the finding, and how many operations had been begun.</returns>
    public static async Task<(ConformanceFailure Failure, int Begun)?> RunAsync(ConformanceRun outer, IReadOnlyList<Operation> operations)
    {
        var run = new ConformanceRun(outer.NewStorage, outer.Options, outer.Cancellation);
        await using (run.ConfigureAwait(false))
        {
            int begun = 0;
            try
            {
                var model = new OperationModel(run);
                for (int i = 0; i < model._handles.Length; i++)
                    model._handles[i] = await run.OpenAsync().ConfigureAwait(false);
                foreach (Operation operation in operations)
                {
                    begun++;
                    await model.DoAsync(operation).ConfigureAwait(false);
                }

                return null;
            }
            catch (ConformanceFailure failure)
            {
                return (failure, begun);
            }
            catch (Exception error) when (!run.Cancellation.IsCancellationRequested)
            {
                return (new ConformanceFailure($"it threw {error.GetType().Name}: {error.Message}", error), begun);
            }
        }
    }

    private async ValueTask DoAsync(Operation operation)
    {
        IVaultBackend backend = _handles[operation.Handle % _handles.Length];
        switch (operation)
        {
            case CommitOperation commit:
                await CommitAsync(backend, commit).ConfigureAwait(false);
                break;
            case ReadOperation read:
                StoredRow[] there = [.. read.Keys.Where(key => Now?.Rows.ContainsKey(key) == true).Select(key => KitRows.Row(key, Now!.Rows[key]))];
                await _run.RequireStateAsync(backend, Now?.Head, there, [.. read.Keys.Where(key => Now?.Rows.ContainsKey(key) != true)]).ConfigureAwait(false);
                break;
            case ScanOperation scan:
                await ScanAsync(backend, scan.Scan).ConfigureAwait(false);
                break;
            case ChangesOperation changes when Now is { } now:
                Moment since = _past[Math.Max(0, _past.Count - 1 - changes.Back)];
                RowKey[] touched = [.. _past.Where(moment => moment.Head.Revision > since.Head.Revision).SelectMany(moment => moment.Touched).Where(IsRecord).Distinct()];
                ChangeChecks.RequireChanges(
                    await backend.ChangesSinceAsync(since.Head.Revision, _run.Cancellation).ConfigureAwait(false), now.Head.Revision,
                    [.. touched.Where(key => since.Rows.GetValueOrDefault(key, -1) != now.Rows.GetValueOrDefault(key, -1))], touched);
                break;
            case ReopenOperation:
                await backend.DisposeAsync().ConfigureAwait(false);
                _handles[operation.Handle % _handles.Length] = await _run.OpenAsync().ConfigureAwait(false);
                break;
        }
    }

    private async ValueTask CommitAsync(IVaultBackend backend, CommitOperation commit)
    {
        KitHead? expected = commit.Expected switch
        {
            ExpectedHead.Current => Now?.Head,
            ExpectedHead.Older when _past.Count > 1 => _past[^2].Head,
            ExpectedHead.None => null,
            _ => KitHead.After(_past.Count > 1 ? _past[^2].Head : null),
        };
        KitHead? won = await _run.CommitAsync(backend, expected, [.. commit.Puts.Select(put => KitRows.Row(put.Key, put.Value))], commit.Deletes).ConfigureAwait(false);
        bool due = expected?.Mac == Now?.Head.Mac;
        ConformanceRun.Require(due == won is not null, due ? "a commit on the head in place was a conflict" : "a commit that expected another head was made");
        if (won is null)
            return;
        Dictionary<RowKey, int> rows = new(Now?.Rows ?? []);
        foreach (RowKey key in commit.Deletes)
            rows.Remove(key);
        foreach ((RowKey key, int value) in commit.Puts)
            rows[key] = value;
        if (Now is { } before)
            RequireNotCurrent(before.Head);
        _past.Add(new Moment(won, rows, [.. commit.Puts.Select(put => put.Key), .. commit.Deletes]));
    }

    private void RequireNotCurrent(KitHead replaced)
    {
        foreach (IVaultBackend handle in _handles)
            ConformanceRun.Require(handle is not IFreshnessBackend fresh || !fresh.IsCurrent(replaced.Mac), "a handle calls a head current that has been replaced");
    }

    private async ValueTask ScanAsync(IVaultBackend backend, ScanRequest scan)
    {
        IEnumerable<RowKey> wanted = (Now?.Rows.Keys ?? Enumerable.Empty<RowKey>())
            .Where(key => key.ToString().StartsWith(scan.Prefix, StringComparison.Ordinal) && (scan.After is not { } after || key > after)).Order().Take(scan.Limit);
        List<StoredRow> found = await _run.ScanAsync(backend, scan).ConfigureAwait(false);
        string keys = string.Join(' ', found.Select(row => row.Key)), expected = string.Join(' ', wanted);
        ConformanceRun.Require(keys == expected, $"the scan found [{keys}] instead of [{expected}]");
        foreach (StoredRow row in found)
            ConformanceRun.RequireBytes(row.Key, row.Bytes, scan.KeysOnly ? default : KitRows.Row(row.Key, Now!.Rows[row.Key]).Bytes);
    }

    private static bool IsRecord(RowKey key) => key.ToString().StartsWith("s/", StringComparison.Ordinal);

    private sealed record Moment(KitHead Head, Dictionary<RowKey, int> Rows, RowKey[] Touched);
}
