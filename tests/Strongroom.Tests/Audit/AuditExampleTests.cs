using System.Text.Json.Nodes;
using Strongroom.Audit;
using Strongroom.Cryptography;
using Strongroom.Storage;
using Strongroom.Tests.House;
using Strongroom.Vault;

namespace Strongroom.Tests.Audit;

/// <summary>The example's log, which a program in another language made from the page alone.</summary>
public sealed class AuditExampleTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("strongroom-example-").FullName;
    private readonly VaultHead _head;
    private readonly HardenedEncryption _keys;
    private readonly string _checkpoint;

    public AuditExampleTests()
    {
        string example = Path.Combine(Repository.Root, "docs/format/example");
        string line = File.ReadLines(Path.Combine(example, "example.vault.json")).First();
        _head = VaultHead.Parse(Utf8.Strict.GetBytes(line["{\"strongroom\":".Length..^1]));
        using Credential credential = Credential.KeyFile(File.ReadAllBytes(Path.Combine(example, "example.key")));
        _keys = HardenedEncryption.Unlock(_head.VaultId, _head.Root.Generation, _head.Root.Commitment, _head.Slots, credential, null, out _);
        _checkpoint = (string)JsonNode.Parse(File.ReadAllText(Path.Combine(example, "vectors.json")))!["audit"]!["checkpoint"]!;
        foreach (string file in Directory.EnumerateFiles(Path.Combine(example, "example.vault.json.audit"), "*", SearchOption.AllDirectories))
        {
            string copy = Path.Combine(_folder, Path.GetFileName(Path.GetDirectoryName(file)!), Path.GetFileName(file));
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(file, copy);
        }
    }

    public void Dispose()
    {
        _keys.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public void The_example_verifies_and_has_the_checkpoint_of_the_vectors()
    {
        AuditReport report = AuditVerifier.Verify(new AuditShelf(FileSystems.Default, _folder), _head.Audit, _keys, null, [AuditCheckpoint.Parse(_checkpoint)], CancellationToken.None);

        Assert.True(report.IsIntact, string.Join("; ", report.Findings));
        Assert.Empty(report.Notes);
        Assert.Equal(_checkpoint, Assert.Single(report.Chains).Checkpoint.ToString());
        Assert.Equal(["chain-start", "create", "batch", "delete"], AuditVerifier.Read(new AuditShelf(FileSystems.Default, _folder), null, CancellationToken.None).Select(e => e.Operation));
    }

    [Fact]
    public void The_example_can_be_written_on()
    {
        ChainRecord record = Assert.Single(_head.Audit);
        using (var chain = new AuditChain(FileSystems.Default, _folder, record, _keys, new AuditOptions(), TimeProvider.System))
        using (chain.Lock(record.Line, AuditFixture.Timeout))
            chain.Append(chain.Build(new AuditEvent("read", "ok", 3, [new AuditSecret("db/orders", "read", 1, 1)])), durable: true);

        AuditReport report = AuditVerifier.Verify(new AuditShelf(FileSystems.Default, _folder), _head.Audit, _keys, null, [AuditCheckpoint.Parse(_checkpoint)], CancellationToken.None);

        Assert.True(report.IsIntact, string.Join("; ", report.Findings));
        Assert.Equal(5, report.Chains[0].Entries);
    }
}
