using Strongroom.Audit;
using Strongroom.Cryptography;
using Strongroom.Storage;
using Strongroom.Testing;

namespace Strongroom.Tests.Vault;

/// <summary>
/// A commit that falls between a read and the comparison of what was read with what was seen is no rollback: many instances that share marks read and write at once, and nobody is alarmed.
/// </summary>
public sealed class FalseAlarmTests : IDisposable
{
    private const int Instances = 4, Writes = 60;
    private readonly string _folder = Directory.CreateTempSubdirectory("strongroom-alarm-").FullName;

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public Task Instances_on_one_file() => RunAsync(() => new VaultOptions { Path = Path.Combine(_folder, "vault.json"), LockTimeout = TimeSpan.FromMinutes(1) });

    [Fact]
    public Task Instances_on_one_database()
    {
        var database = new InMemoryBackend();
        return RunAsync(() => new VaultOptions { Backend = database.OpenAnother() });
    }

    private async Task RunAsync(Func<VaultOptions> options)
    {
        string key = Path.Combine(_folder, "key");
        using (SecretBuffer text = Credential.NewKeyFile())
            await File.WriteAllBytesAsync(key, text.Span.ToArray(), Ct);
        using Unlock unlock = Unlock.KeyFile(key);
        var managers = new List<SecretsManager>();
        for (int i = 0; i < Instances; i++)
        {
            VaultOptions one = options() with { StateDirectory = Path.Combine(_folder, "state"), Audit = new AuditOptions { Enabled = false } };
            managers.Add(i == 0 ? await SecretsManager.CreateAsync(one, unlock, Ct) : await SecretsManager.OpenAsync(one, unlock, Ct));
        }

        await Task.WhenAll(managers.Select((manager, index) => Task.Run(() => WorkAsync(manager, index), Ct)));

        for (int i = 0; i < Instances; i++)
        {
            using SecretData last = await managers[(i + 1) % Instances].GetAsync($"race/{i}", ct: Ct);
            Assert.Equal(Writes, last.Metadata.Version);
        }

        foreach (SecretsManager manager in managers)
            await manager.DisposeAsync();
    }

    private static async Task WorkAsync(SecretsManager manager, int index)
    {
        using SecretValue value = SecretValue.FromBytes("value"u8);
        Task reading = Task.Run(
            async () =>
            {
                for (int i = 0; i < 10 * Writes; i++)
                    (await manager.TryGetAsync($"race/{i % Instances}", ct: Ct))?.Dispose();
            },
            Ct);
        for (int i = 0; i < Writes; i++)
            await manager.SetAsync($"race/{index}", value, ct: Ct);
        await reading;
    }
}
