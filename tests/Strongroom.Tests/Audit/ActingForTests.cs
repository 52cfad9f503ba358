using Strongroom.Audit;
using Strongroom.Tests.Vault;

namespace Strongroom.Tests.Audit;

/// <summary>A service that acts for others names them in the log, each with what was done for it.</summary>
public sealed class ActingForTests
{
    [Fact]
    public async Task Entries_name_for_whom_was_acted()
    {
        string actor = "first[1]";
        using var test = new TestVault();
        test.Options = test.Options with { Audit = new AuditOptions { Program = "agent", ActingFor = () => actor } };
        using (SecretsManager vault = await test.CreateAsync())
        {
            using SecretValue value = SecretValue.FromBytes("v"u8);
            await vault.SetAsync("a", value, ct: TestContext.Current.CancellationToken);
            (await vault.GetAsync("a", ct: TestContext.Current.CancellationToken)).Dispose();
            vault.Audit.Flush();
            actor = "second[2]\n";
            (await vault.GetAsync("a", ct: TestContext.Current.CancellationToken)).Dispose();
            List<AuditEntry> entries = await vault.Audit.ReadAsync(TestContext.Current.CancellationToken).ToListAsync(TestContext.Current.CancellationToken);

            Assert.Equal(["set first[1] via agent", "read first[1] via agent", "read second[2]? via agent"], entries.TakeLast(3).Select(entry => $"{entry.Operation} {Shown(entry.Actor)}"));
            Assert.True((await vault.VerifyAsync(ct: TestContext.Current.CancellationToken)).IsIntact);
        }
    }

    // Without the user and host before it, and the process of the agent after it.
    private static string Shown(string actor) => actor[(actor.IndexOf(' ', StringComparison.Ordinal) + 1)..actor.LastIndexOf('[')];

    [Fact]
    public void A_batch_shows_its_writes_in_order()
    {
        using SecretValue value = SecretValue.FromBytes("v"u8);
        SecretBatch batch = new SecretBatch().Set("a", value, new SetOptions { Description = "d" }).Rotate("b", value).UpdateMetadata("c", new MetadataChange())
            .Delete("d", WriteCondition.Version(2)).Restore("e").Purge("f").Revoke("g", 1);

        Assert.Equal(7, batch.Count);
        Assert.Equal(Enum.GetValues<SecretWriteKind>(), batch.Writes.Select(write => write.Kind));
        Assert.Equal(["a", "b", "c", "d", "e", "f", "g"], batch.Writes.Select(write => write.Name.ToString()));
        Assert.Same(value, batch.Writes[0].Value);
        Assert.Equal(2, batch.Writes[3].Condition.IfVersion);
    }
}
