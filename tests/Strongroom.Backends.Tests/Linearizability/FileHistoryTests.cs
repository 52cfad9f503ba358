using System.Globalization;
using Strongroom.Audit;

namespace Strongroom.Backends.Tests.Linearizability;

/// <summary>
/// Eight clients, in pairs that share a program's open vault, on one file: what they saw can be explained by some order in which each call took effect at one moment. Histories begin with a seed each; the order of threads is the
/// machine's. STRONGROOM_HISTORY_RUNS makes more of them.
/// </summary>
public sealed class FileHistoryTests
{
    private const int Clients = 8;
    private const int Calls = 14;

    private static int Runs { get; } = int.TryParse(Environment.GetEnvironmentVariable("STRONGROOM_HISTORY_RUNS"), NumberStyles.None, CultureInfo.InvariantCulture, out int runs) ? runs : 10;

    [Fact]
    public async Task Histories_of_clients_that_share_a_file_are_linearizable()
    {
        for (int seed = 1; seed <= Runs; seed++)
        {
            using var vault = new TestVault();
            vault.Options = vault.Options with { Audit = new AuditOptions { Reads = AuditReads.Off } };
            SecretsManager[] programs = [await vault.CreateAsync(), await vault.OpenAsync(), await vault.OpenAsync(), await vault.OpenAsync()];
            var history = new SecretHistory("shared");
            await Task.WhenAll(Enumerable.Range(0, Clients).Select(client => Task.Run(() => CallAsync(history, programs[client / 2], seed, client))));
            foreach (SecretsManager program in programs)
                await program.DisposeAsync();
            Assert.Equal(0, history.Unknown);
            Assert.True(LinearizabilityChecker.IsLinearizable(history.Operations, new Register(0, "")), $"seed {seed}:{Environment.NewLine}{LinearizabilityChecker.Describe(history.Operations)}");
        }
    }

    private static async Task CallAsync(SecretHistory history, SecretsManager program, int seed, int client)
    {
        var random = new Random((seed * 100) + client);
        for (int call = 0; call < Calls; call++)
        {
            string value = $"{client}.{call}";
            await (random.Next(3) switch
            {
                0 => history.ReadAsync(program, TestContext.Current.CancellationToken),
                1 => history.WriteAsync(program, value, TestContext.Current.CancellationToken),
                _ => history.SwapAsync(program, value, TestContext.Current.CancellationToken),
            });
            if (random.Next(4) == 0)
                await Task.Yield();
        }
    }
}
