using System.Diagnostics;
using Strongroom.Audit;
using Strongroom.Backends.PostgreSql;
using Strongroom.Storage;
using Strongroom.Testing;

namespace Strongroom.Backends.Tests.PostgreSql;

/// <summary>Several nodes on one server: what is cached, how it follows, and what happens while the server is away.</summary>
public sealed class ManyNodesTests : IClassFixture<PostgreSqlFixture>, IDisposable
{
    private readonly PostgreSqlServer _server;
    private readonly TestVault _vault = new();
    private readonly string _address;

    public ManyNodesTests(PostgreSqlFixture fixture)
    {
        _server = fixture.Server;
        _address = _server.NewAddress();
        VaultBackends.Register(PostgreSqlBackend.Provider);
        // Nodes of this test run as one user of one host, so they share one chain of the audit log.
        _vault.Options = _vault.Options with { Path = _address, AuditDirectory = Path.Combine(_vault.Folder, "audit"), Audit = new() { Reads = AuditReads.Off } };
    }

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public void Dispose() => _vault.Dispose();

    [Fact]
    public async Task A_commit_with_a_cached_path_is_one_round_trip_and_a_read_is_one()
    {
        var counting = new Counting(new PostgreSqlBackend(_address));
        await using SecretsManager manager = await SecretsManager.CreateAsync(_vault.Options with { Path = null, Backend = counting.Backend, MaxStaleness = TimeSpan.Zero }, _vault.Unlock, Ct);
        for (int i = 0; i < 40; i++)
            await manager.SetAsync($"k{i}", "1");
        counting.Reset();
        await manager.SetAsync("k7", "2");
        Assert.Equal((0, 1), (counting.Reads, counting.Commits));
        await using SecretsManager other = await SecretsManager.OpenAsync(_vault.Options with { Path = null, Backend = (counting = new Counting(new PostgreSqlBackend(_address))).Backend, MaxStaleness = TimeSpan.Zero }, _vault.Unlock, Ct);
        counting.Reset();
        Assert.Equal("2", await other.TextAsync("k7"));
        Assert.Equal((1, 0), (counting.Reads, counting.Commits));
        counting.Reset();
        await Task.WhenAll(Enumerable.Range(0, 40).Select(i => other.SetAsync($"new{i}", "1")));
        Assert.InRange(counting.Reads + counting.Commits, 2, 20);
    }

    [Fact]
    public async Task A_change_on_one_node_reaches_the_caches_of_another()
    {
        await using SecretsManager one = await _vault.CreateAsync();
        await using SecretsManager two = await SecretsManager.OpenAsync(_vault.Options with { MaxStaleness = TimeSpan.FromMinutes(5) }, _vault.Unlock, Ct);
        for (int i = 0; i < 40; i++)
            await one.SetAsync($"k{i}", "0");
        await WarmAsync(two, "k1", "k2");
        for (int i = 1; i <= 5; i++)
        {
            await one.SetAsync("k1", $"{i}");
            await UntilAsync(async () => await two.TextAsync("k1") == $"{i}");
            Assert.Equal("0", await two.TextAsync("k2"));
        }

        await one.PurgeAsync("k2", ct: Ct);
        await UntilAsync(async () => !await two.ExistsAsync("k2", Ct));
        await one.SetAsync("k3", "latest");
        await two.RefreshAsync(Ct);
        Assert.Equal("latest", await two.TextAsync("k3"));
    }

    [Fact]
    public async Task A_refusal_never_rests_on_a_stale_view()
    {
        await using SecretsManager one = await _vault.CreateAsync();
        await using SecretsManager two = await SecretsManager.OpenAsync(_vault.Options with { MaxStaleness = TimeSpan.FromMinutes(5) }, _vault.Unlock, Ct);
        for (int i = 0; i < 20; i++)
        {
            await one.SetAsync("a", "1");
            await WarmAsync(two, "a");
            await one.PurgeAsync("a", ct: Ct);
            // The node may not know yet that it is gone.
            await two.SetAsync("a", "2", new SetOptions { Condition = WriteCondition.Absent });
            await one.RefreshAsync(Ct);
            Assert.Equal("2", await one.TextAsync("a"));
            await one.PurgeAsync("a", ct: Ct);
        }
    }

    [Fact]
    public async Task While_the_server_is_away_reads_go_on_and_afterwards_nothing_is_missed()
    {
        using PostgreSqlServer server = PostgreSqlServer.Start();
        string address = server.NewAddress();
        VaultOptions options = _vault.Options with { Path = address, LockTimeout = TimeSpan.FromSeconds(2), MaxStaleness = TimeSpan.FromSeconds(1) };
        await using SecretsManager one = await SecretsManager.CreateAsync(options, _vault.Unlock, Ct);
        await one.SetAsync("a", "1");
        await WarmAsync(one, "a");
        Assert.False(one.Freshness.IsStale);
        var seen = new List<string>();
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Ct);
        Task watching = WatchAsync(one, seen, stop.Token);
        // A watch that has not begun when the server goes fails, like any first contact.
        await UntilAsync(async () =>
        {
            await one.SetAsync("a", "1");
            return Has(seen, "a");
        });
        lock (seen)
            seen.Clear();
        server.Kill();
        await UntilAsync(() => Task.FromResult(one.Freshness.IsStale));
        Assert.NotNull(one.Freshness.Trouble);
        Assert.Equal("1", await one.TextAsync("a"));
        Exception? refused = await Record.ExceptionAsync(() => one.SetAsync("a", "lost"));
        Assert.True(refused is VaultUnavailableException or CommitOutcomeUnknownException, $"{refused}");
        await Assert.ThrowsAsync<VaultUnavailableException>(() => one.RefreshAsync(Ct).AsTask());
        await Assert.ThrowsAsync<VaultUnavailableException>(() => one.TextAsync("not/cached"));
        server.Up();
        await using (SecretsManager two = await SecretsManager.OpenAsync(options, _vault.Unlock, Ct))
        {
            await two.SetAsync("a", "2");
            await two.SetAsync("b", "3");
        }

        await UntilAsync(async () => !one.Freshness.IsStale && await one.TextAsync("a") == "2");
        await UntilAsync(async () =>
        {
            // Why, if it has ended.
            if (watching.IsCompleted)
                await watching;
            return Has(seen, "a") && Has(seen, "b");
        });
        await one.SetAsync("a", "4");
        await stop.CancelAsync();
        await watching;
    }

    [Fact]
    public async Task A_writer_waits_for_a_server_that_restarts()
    {
        using PostgreSqlServer server = PostgreSqlServer.Start();
        await using SecretsManager manager = await SecretsManager.CreateAsync(_vault.Options with { Path = server.NewAddress(), LockTimeout = TimeSpan.FromSeconds(30) }, _vault.Unlock, Ct);
        await manager.SetAsync("a", "1");
        server.Kill();
        Task write = manager.SetAsync("a", "2");
        await Task.Delay(500, Ct);
        Assert.False(write.IsCompleted);
        server.Up();
        await write;
        Assert.Equal("2", await manager.TextAsync("a"));
    }

    private static async Task WarmAsync(SecretsManager manager, params string[] names)
    {
        for (int i = 0; i < 6; i++)
        {
            await manager.RefreshAsync(Ct);
            foreach (string name in names)
                await manager.TextAsync(name);
        }
    }

    private static async Task WatchAsync(SecretsManager manager, List<string> seen, CancellationToken ct)
    {
        try
        {
            await foreach (SecretChange change in manager.WatchAsync(ct))
            {
                lock (seen)
                    seen.Add(change.Name.ToString());
            }
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
            // The end of the test.
        }
    }

    private static bool Has(List<string> seen, string name)
    {
        lock (seen)
            return seen.Contains(name);
    }

    private static async Task UntilAsync(Func<Task<bool>> holds)
    {
        long start = Stopwatch.GetTimestamp();
        while (!await holds())
        {
            Assert.True(Stopwatch.GetElapsedTime(start) < TimeSpan.FromSeconds(60), "it did not happen within a minute");
            await Task.Delay(10, Ct);
        }
    }

    private sealed class Counting(IVaultBackend inner) : BackendInterceptor(inner)
    {
        private int _reads, _commits;

        public int Reads => _reads;

        public int Commits => _commits;

        public void Reset() => (_reads, _commits) = (0, 0);

        protected override ValueTask<VaultRead?> ReadAsync(IReadOnlyList<RowKey> rows, CancellationToken ct)
        {
            Interlocked.Increment(ref _reads);
            return base.ReadAsync(rows, ct);
        }

        protected override ValueTask<CommitOutcome> TryCommitAsync(VaultCommit commit, CancellationToken ct)
        {
            Interlocked.Increment(ref _commits);
            return base.TryCommitAsync(commit, ct);
        }
    }
}
