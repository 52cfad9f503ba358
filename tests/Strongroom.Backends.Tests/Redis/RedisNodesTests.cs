using System.Diagnostics;
using System.Globalization;
using Strongroom.Audit;
using Strongroom.Backends.Redis;

namespace Strongroom.Backends.Tests.Redis;

/// <summary>Several nodes on one server, servers that fail, and what a fail-over loses.</summary>
public sealed class RedisNodesTests : IDisposable
{
    private readonly TestVault _vault = new();

    public RedisNodesTests()
    {
        VaultBackends.Register(RedisBackend.Provider);
        // Nodes of this test run as one user of one host, so they share one chain of the audit log.
        _vault.Options = _vault.Options with { AuditDirectory = Path.Combine(_vault.Folder, "audit"), Audit = new() { Reads = AuditReads.Off } };
    }

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public void Dispose() => _vault.Dispose();

    [Fact]
    public async Task A_change_on_one_node_reaches_the_caches_of_another()
    {
        using RedisServer server = RedisServer.Start();
        _vault.Options = _vault.Options with { Path = server.NewAddress() };
        await using SecretsManager one = await _vault.CreateAsync();
        await using SecretsManager two = await SecretsManager.OpenAsync(_vault.Options with { MaxStaleness = TimeSpan.FromMinutes(5) }, _vault.Unlock, Ct);
        for (int i = 0; i < 40; i++)
            await one.SetAsync($"k{i}", "0");
        for (int i = 0; i < 6; i++)
        {
            await two.RefreshAsync(Ct);
            await two.TextAsync("k1");
        }

        for (int i = 1; i <= 5; i++)
        {
            await one.SetAsync("k1", $"{i}");
            await UntilAsync(async () => await two.TextAsync("k1") == $"{i}");
        }
    }

    [Fact]
    public async Task While_the_server_is_away_reads_go_on_and_afterwards_nothing_is_missed()
    {
        using RedisServer server = RedisServer.Start();
        VaultOptions options = _vault.Options with { Path = server.NewAddress(), LockTimeout = TimeSpan.FromSeconds(2), MaxStaleness = TimeSpan.FromMilliseconds(500) };
        await using SecretsManager one = await SecretsManager.CreateAsync(options, _vault.Unlock, Ct);
        await one.SetAsync("a", "1");
        for (int i = 0; i < 6; i++)
        {
            await one.RefreshAsync(Ct);
            await one.TextAsync("a");
        }

        server.Kill();
        await UntilAsync(() => Task.FromResult(one.Freshness.IsStale));
        Assert.Equal("1", await one.TextAsync("a"));
        Exception? refused = await Record.ExceptionAsync(() => one.SetAsync("a", "lost"));
        Assert.True(refused is VaultUnavailableException or CommitOutcomeUnknownException, $"{refused}");
        server.Up();
        await using (SecretsManager two = await SecretsManager.OpenAsync(options with { LockTimeout = TimeSpan.FromSeconds(30) }, _vault.Unlock, Ct))
            await two.SetAsync("a", "2");
        await UntilAsync(async () => !one.Freshness.IsStale && await one.TextAsync("a") == "2");
        await one.SetAsync("a", "4");
    }

    [Fact]
    public async Task A_fail_over_to_a_replica_that_lags_loses_acknowledged_commits_and_is_noticed()
    {
        using RedisServer master = RedisServer.Start();
        using RedisServer replica = await RedisServer.StartReplicaAsync(master);
        using RedisServer sentinel = RedisServer.StartSentinel(master);
        _vault.Options = _vault.Options with { Path = $"redis://{sentinel.Host}/vault?sentinel=vault", LockTimeout = TimeSpan.FromSeconds(30) };
        await using SecretsManager manager = await _vault.CreateAsync();
        for (int i = 0; i < 10; i++)
            await manager.SetAsync($"k{i}", "kept");
        await KnownAsync(sentinel);
        await master.RunAsync("WAIT", 1, 10_000);
        // From here on the replica gets nothing more: it is refused by its master.
        await replica.RunAsync("CONFIG", "SET", "masterauth", "wrong");
        await master.RunAsync("CONFIG", "SET", "requirepass", "other");
        await replica.RunAsync("CLIENT", "KILL", "TYPE", "master");
        for (int i = 10; i < 30; i++)
            await manager.SetAsync($"k{i}", "acknowledged");
        master.Kill();

        await UntilAsync(async () => await Record.ExceptionAsync(() => manager.RefreshAsync(Ct).AsTask()) is VaultIntegrityException);
        await Assert.ThrowsAsync<VaultIntegrityException>(() => manager.SetAsync("late", "1"));
        Assert.Equal("SR1607", (await Assert.ThrowsAsync<VaultIntegrityException>(() => _vault.OpenAsync().AsTask())).Code);
        await SecretsManager.AcceptRollbackAsync(_vault.Options, _vault.Unlock, Ct);
        await using SecretsManager after = await _vault.OpenAsync();
        int left = (await after.NamesAsync()).Count;
        TestContext.Current.TestOutputHelper?.WriteLine($"30 commits were acknowledged, {30 - left} of them are lost.");
        Assert.Equal(10, left);
        Assert.Empty((await after.VerifyAsync(ct: Ct)).Findings);
    }

    [Fact]
    public async Task With_replicas_that_confirm_a_fail_over_loses_nothing_and_without_them_nothing_is_acknowledged()
    {
        using RedisServer master = RedisServer.Start();
        using RedisServer replica = await RedisServer.StartReplicaAsync(master);
        using RedisServer sentinel = RedisServer.StartSentinel(master);
        _vault.Options = _vault.Options with { Path = $"redis://{sentinel.Host}/vault?sentinel=vault&replicas=1", LockTimeout = TimeSpan.FromSeconds(20) };
        await using (await _vault.CreateAsync())
        {
        }

        await KnownAsync(sentinel);
        int[] acknowledged = new int[4];
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Ct);
        Task[] clients = [.. Enumerable.Range(0, acknowledged.Length).Select(client => Task.Run(() => CountAsync(client, acknowledged, stop.Token), Ct))];
        await UntilAsync(() => Task.FromResult(acknowledged.All(static count => count > 20)));
        master.Kill();
        // The last server alone confirms nothing, so all of this is acknowledged before it is promoted, or not at all.
        await Task.Delay(3000, Ct);
        await stop.CancelAsync();
        await Task.WhenAll(clients);
        string alone = $"redis://{replica.Host}/vault";
        await UntilAsync(async () => (await replica.InfoAsync("replication")).Contains("role:master", StringComparison.Ordinal));
        await using SecretsManager after = await SecretsManager.OpenAsync(_vault.Options with { Path = alone, StateDirectory = Path.Combine(_vault.Folder, "other") }, _vault.Unlock, Ct);
        for (int client = 0; client < acknowledged.Length; client++)
            Assert.True(int.Parse(await after.TextAsync($"client/{client}"), CultureInfo.InvariantCulture) >= acknowledged[client]);
        await using SecretsManager lonely = await SecretsManager.OpenAsync(_vault.Options with { Path = alone + "?replicas=1", LockTimeout = TimeSpan.FromSeconds(2), StateDirectory = Path.Combine(_vault.Folder, "other") }, _vault.Unlock, Ct);
        Assert.Equal("SR1273", (await Assert.ThrowsAsync<CommitOutcomeUnknownException>(() => lonely.SetAsync("a", "1"))).Code);
    }

    private async Task CountAsync(int client, int[] acknowledged, CancellationToken stop)
    {
        await using SecretsManager manager = await SecretsManager.OpenAsync(_vault.Options with { LockTimeout = TimeSpan.FromSeconds(2), StateDirectory = Path.Combine(_vault.Folder, $"state-{client}"), AuditDirectory = Path.Combine(_vault.Folder, $"audit-{client}"), Audit = new() { Enabled = false } }, _vault.Unlock, Ct);
        for (int i = 1; !stop.IsCancellationRequested; i++)
        {
            try
            {
                await manager.SetAsync($"client/{client}", $"{i}");
                acknowledged[client] = i;
            }
            catch (StrongroomException)
            {
                // Not acknowledged.
            }
        }
    }

    // Until a sentinel has met the replica there is nothing to fail over to.
    private static Task KnownAsync(RedisServer sentinel) =>
        UntilAsync(async () => (await sentinel.InfoAsync("sentinel")).Contains("slaves=1", StringComparison.Ordinal));

    private static async Task UntilAsync(Func<Task<bool>> holds)
    {
        long start = Stopwatch.GetTimestamp();
        while (!await holds())
        {
            Assert.True(Stopwatch.GetElapsedTime(start) < TimeSpan.FromSeconds(60), "it did not happen within a minute");
            await Task.Delay(20, Ct);
        }
    }
}
