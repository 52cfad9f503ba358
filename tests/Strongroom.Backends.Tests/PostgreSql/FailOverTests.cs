using System.Globalization;
using Strongroom.Audit;
using Strongroom.Backends.PostgreSql;
using Strongroom.Backends.Tests.Linearizability;

namespace Strongroom.Backends.Tests.PostgreSql;

/// <summary>
/// The primary is killed under load and its synchronous standby promoted: the histories of eight clients stay linearizable, so no acknowledged write is lost. STRONGROOM_FAILOVER_RUNS repeats it, with another seed each time.
/// </summary>
public sealed class FailOverTests : IDisposable
{
    private const int Clients = 8;
    private const int OperationsOfEach = 12;
    private readonly TestVault _vault = new();

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public void Dispose() => _vault.Dispose();

    [Fact]
    public async Task A_fail_over_loses_nothing_that_was_acknowledged()
    {
        VaultBackends.Register(PostgreSqlBackend.Provider);
        int runs = int.TryParse(Environment.GetEnvironmentVariable("STRONGROOM_FAILOVER_RUNS"), NumberStyles.None, CultureInfo.InvariantCulture, out int more) ? more : 1;
        for (int seed = 1; seed <= runs; seed++)
            await RunAsync(seed);
    }

    private async Task RunAsync(int seed)
    {
        using PostgreSqlServer primary = PostgreSqlServer.Start("max_connections=100");
        using PostgreSqlServer standby = PostgreSqlServer.StartStandby(primary, "standby");
        await primary.QueryAsync<object>("ALTER SYSTEM SET synchronous_standby_names = '*'");
        await primary.QueryAsync<object>("SELECT pg_reload_conf()");
        VaultOptions options = _vault.Options with
        {
            Path = $"postgres://postgres@{primary.Host},{standby.Host}/postgres",
            StateDirectory = Path.Combine(_vault.Folder, $"state-{seed}"),
            AuditDirectory = Path.Combine(_vault.Folder, $"audit-{seed}"),
            Audit = new AuditOptions { Reads = AuditReads.Off },
            LockTimeout = TimeSpan.FromSeconds(60),
        };
        SecretHistory[] histories = [new("shared/one"), new("shared/two")];
        await using (await SecretsManager.CreateAsync(options, _vault.Unlock, Ct))
        {
        }

        using var begun = new SemaphoreSlim(0);
        Task[] clients = [.. Enumerable.Range(0, Clients).Select(client => Task.Run(() => WorkAsync(options, histories, seed, client, begun), Ct))];
        for (int i = 0; i < Clients * OperationsOfEach / 3; i++)
            await begun.WaitAsync(Ct);
        primary.Kill();
        standby.Promote();
        await Task.WhenAll(clients);
        await using SecretsManager last = await SecretsManager.OpenAsync(options, _vault.Unlock, Ct);
        foreach (SecretHistory history in histories)
        {
            await history.ReadAsync(last, Ct);
            Assert.True(LinearizabilityChecker.IsLinearizable(history.Operations, new Register(0, "")), $"seed {seed}:{Environment.NewLine}{LinearizabilityChecker.Describe(history.Operations)}");
        }

        Assert.True(histories.Sum(history => history.Operations.Count) > Clients * OperationsOfEach / 2);
        Assert.True((await last.VerifyAsync(ct: Ct)).Findings.Count == 0);
    }

    private async Task WorkAsync(VaultOptions options, SecretHistory[] histories, int seed, int client, SemaphoreSlim begun)
    {
        var random = new Random(seed * 100 + client);
        await using SecretsManager manager = await SecretsManager.OpenAsync(options, _vault.Unlock, Ct);
        for (int i = 0; i < OperationsOfEach; i++)
        {
            SecretHistory history = histories[random.Next(histories.Length)];
            string value = $"{client}.{i}";
            await (random.Next(3) switch
            {
                0 => history.ReadAsync(manager, Ct),
                1 => history.WriteAsync(manager, value, Ct),
                _ => history.SwapAsync(manager, value, Ct),
            });
            begun.Release();
            await Task.Delay(random.Next(5, 60), Ct);
        }
    }
}
