using System.Collections.Concurrent;
using System.Diagnostics;
using Strongroom.Cryptography;
using Strongroom.Storage;

namespace Strongroom.Testing.Conformance;

/// <summary>Many at the same time.</summary>
internal static class RaceChecks
{
    private static readonly TimeSpan AtLeast = TimeSpan.FromMilliseconds(200);

    public static Task WritersOfTheirOwn(ConformanceRun run) => WritersAsync(run, shared: false);

    public static Task WritersOfOneHandle(ConformanceRun run) => WritersAsync(run, shared: true);

    // A head has one successor: as many revisions as commits that were acknowledged, and no acknowledged row lost.
    private static async Task WritersAsync(ConformanceRun run, bool shared)
    {
        (int writers, int commits) = (run.Options.Writers, run.Options.CommitsPerWriter);
        (IVaultBackend first, KitHead created) = await run.CreateAsync().ConfigureAwait(false);
        var successors = new ConcurrentDictionary<Digest, Digest>();
        var tasks = new List<Task>();
        for (int writer = 0; writer < writers; writer++)
        {
            IVaultBackend backend = shared ? first : await run.OpenAsync().ConfigureAwait(false);
            int number = writer;
            tasks.Add(Task.Run(() => WriteAsync(backend, number), run.Cancellation));
        }

        await Task.WhenAll(tasks).ConfigureAwait(false);
        IVaultBackend reader = await run.OpenAsync().ConfigureAwait(false);
        KitHead last = await run.HeadAsync(reader).ConfigureAwait(false) ?? throw new ConformanceFailure("there is no vault any more");
        long expected = created.Revision + ((long)writers * commits);
        ConformanceRun.Require(last.Revision == expected, $"{writers * commits} commits were acknowledged, and the head is at revision {last.Revision} instead of {expected}");
        await run.RequireStateAsync(reader, last, [.. Enumerable.Range(0, writers).SelectMany(writer => Enumerable.Range(1, commits).Select(i => KitRows.Row(KitRows.Record($"w{writer}", i), i)))]).ConfigureAwait(false);

        async Task WriteAsync(IVaultBackend backend, int writer)
        {
            for (int i = 1; i <= commits;)
            {
                KitHead before = await run.HeadAsync(backend).ConfigureAwait(false) ?? throw new ConformanceFailure("there is no vault any more");
                if (await Transient.RetryAsync(run, () => run.CommitAsync(backend, before, [KitRows.Row(KitRows.Record($"w{writer}", i), i)])).ConfigureAwait(false) is not { } next)
                    continue;
                ConformanceRun.Require(successors.TryAdd(before.Mac, next.Mac), $"two commits replaced the same head, of revision {before.Revision}");
                i++;
            }
        }
    }

    // Every commit writes its revision into a few rows; a reader that sees two revisions has read across a commit.
    public static async Task ReadsInOneSnapshot(ConformanceRun run)
    {
        IVaultBackend writer = await run.OpenAsync().ConfigureAwait(false);
        bool tree = writer.Limits.Index == RecordIndex.Tree;
        RowKey[] keys = [KitRows.Records[0], KitRows.Records[5], KitRows.Versions[0], .. tree ? [RowKey.TreeNode("")] : Array.Empty<RowKey>()];
        (_, KitHead head) = await run.CreateAsync([.. keys.Select(key => KitRows.Row(key, 1))]).ConfigureAwait(false);
        using var done = new CancellationTokenSource();
        long reads = 0;
        var readers = new List<Task>();
        for (int i = 0; i < 3; i++)
        {
            // The last one shares the writer's handle.
            IVaultBackend backend = i == 2 ? writer : await run.OpenAsync().ConfigureAwait(false);
            readers.Add(Task.Run(() => ReadAsync(backend), run.Cancellation));
        }

        int commits = run.Options.Writers * run.Options.CommitsPerWriter;
        long start = Stopwatch.GetTimestamp();
        try
        {
            // So many commits and as many reads beside them, and where those are quick, all that fit into a moment: it takes luck to read just when a commit is made.
            for (int i = 0; (i < commits || Interlocked.Read(ref reads) < commits || Stopwatch.GetElapsedTime(start) < AtLeast) && !readers.Exists(reader => reader.IsCompleted) && Stopwatch.GetElapsedTime(start) < run.Options.Patience; i++)
            {
                // Now and then a row goes and comes back, which is a change of another kind.
                RowKey[] deletes = head.Revision % 5 == 0 ? [keys[1]] : [];
                head = await CommitChecks.MustCommitAsync(run, writer, head, [.. keys.Except(deletes).Select(key => KitRows.Row(key, (int)head.Revision + 1))], deletes).ConfigureAwait(false);
                await Task.Yield();
            }
        }
        finally
        {
            await done.CancelAsync().ConfigureAwait(false);
        }

        await Task.WhenAll(readers).ConfigureAwait(false);
        ConformanceRun.Require(reads > 0, "no reader got a turn: the check proves nothing");

        async Task ReadAsync(IVaultBackend backend)
        {
            for (; !done.IsCancellationRequested; Interlocked.Increment(ref reads))
            {
                // A synchronous backend never gives its thread back, and the others need one too.
                await Task.Yield();
                VaultRead read = await backend.ReadAsync(keys, run.Cancellation).ConfigureAwait(false) ?? throw new ConformanceFailure("there is no vault any more");
                KitHead seen = KitHead.Parse(read.Head);
                for (int i = 0; i < keys.Length; i++)
                {
                    bool gone = i == 1 && seen.Revision % 5 == 1 && seen.Revision > 1;
                    ReadOnlySpan<byte> expected = KitRows.Row(keys[i], (int)seen.Revision).Bytes.Span;
                    bool same = gone ? read.Rows[i] is null : read.Rows[i] is { } found && found.Span.SequenceEqual(expected); // public
                    ConformanceRun.Require(same, $"a read with the head of revision {seen.Revision} has row {keys[i]} of another revision");
                }
            }
        }
    }

    // Pages need not be of one revision; each row in them must be one that was written, in order, and a row that nobody touches must be there.
    public static async Task ScansWhileOthersWrite(ConformanceRun run)
    {
        StoredRow[] still = [.. Enumerable.Range(0, 40).Select(i => KitRows.Row(KitRows.Record("still", i), i))];
        (IVaultBackend writer, KitHead head) = await run.CreateAsync(still).ConfigureAwait(false);
        IVaultBackend reader = await run.OpenAsync().ConfigureAwait(false);
        Task writing = Task.Run(
            async () =>
            {
                for (int i = 0; i < run.Options.CommitsPerWriter * 2; i++)
                {
                    (RowKey there, RowKey gone) = (KitRows.Record("still", 1000 + (i % 7)), KitRows.Record("still", 1000 + ((i + 1) % 7)));
                    head = await CommitChecks.MustCommitAsync(run, writer, head, [KitRows.Row(there, i)], [gone]).ConfigureAwait(false);
                }
            },
            run.Cancellation);
        do
        {
            var found = new List<StoredRow>();
            for (List<StoredRow>? page = null; page is null or { Count: 9 }; found.AddRange(page))
                page = await run.ScanAsync(reader, new ScanRequest("s/still/", page?[^1].Key, 9)).ConfigureAwait(false);
            ConformanceRun.Require(found.Zip(found.Skip(1), (a, b) => a.Key < b.Key).All(ordered => ordered), "the pages of a scan are not in order, or repeat a row");
            Dictionary<RowKey, ReadOnlyMemory<byte>> rows = found.ToDictionary(row => row.Key, row => row.Bytes);
            foreach (StoredRow row in still)
                ConformanceRun.RequireBytes(row.Key, rows.TryGetValue(row.Key, out ReadOnlyMemory<byte> bytes) ? bytes : (ReadOnlyMemory<byte>?)null, row.Bytes);
        }
        while (!writing.IsCompleted);
        await writing.ConfigureAwait(false);
    }
}
