using Strongroom.Audit;
using Strongroom.Cryptography;

namespace Strongroom.Cli.Vaults;

/// <summary>A vault that this process has opened itself. Owns the manager.</summary>
internal sealed class OwnVault(SecretsManager manager) : IOpenVault
{
    public string Location => manager.Location;

    public RandomId VaultId => manager.VaultId;

    public long Revision => manager.Revision;

    public IReadOnlyList<string> Warnings => manager.Warnings;

    public int? AgentProcess => null;

    public ValueTask<SecretData> GetAsync(SecretName name, long? version = null, CancellationToken ct = default) => manager.GetAsync(name, version, ct);

    public ValueTask<SecretData?> TryGetAsync(SecretName name, long? version = null, CancellationToken ct = default) => manager.TryGetAsync(name, version, ct);

    public ValueTask<SecretMetadata> SetAsync(SecretName name, SecretValue value, SetOptions options = default, CancellationToken ct = default) => manager.SetAsync(name, value, options, ct);

    public ValueTask<bool> DeleteAsync(SecretName name, WriteCondition condition = default, CancellationToken ct = default) => manager.DeleteAsync(name, condition, ct);

    public ValueTask<bool> ExistsAsync(SecretName name, CancellationToken ct = default) => manager.ExistsAsync(name, ct);

    public IAsyncEnumerable<SecretEntry> ListAsync(SecretQuery? query = null, CancellationToken ct = default) => manager.ListAsync(query, ct);

    public ValueTask<IReadOnlyList<SecretVersion>> HistoryAsync(SecretName name, CancellationToken ct = default) => manager.HistoryAsync(name, ct);

    public ValueTask<SecretMetadata> RollbackAsync(SecretName name, long version, WriteCondition condition = default, CancellationToken ct = default) => manager.RollbackAsync(name, version, condition, ct);

    public ValueTask<bool> RestoreAsync(SecretName name, WriteCondition condition = default, CancellationToken ct = default) => manager.RestoreAsync(name, condition, ct);

    public ValueTask<bool> PurgeAsync(SecretName name, WriteCondition condition = default, CancellationToken ct = default) => manager.PurgeAsync(name, condition, ct);

    public ValueTask<SecretMetadata> RotateAsync(SecretName name, SecretValue value, RotateOptions options = default, CancellationToken ct = default) => manager.RotateAsync(name, value, options, ct);

    public ValueTask<SecretMetadata> UpdateMetadataAsync(SecretName name, MetadataChange change, WriteCondition condition = default, CancellationToken ct = default) => manager.UpdateMetadataAsync(name, change, condition, ct);

    public ValueTask<SecretMetadata?> GetMetadataAsync(SecretName name, CancellationToken ct = default) => manager.GetMetadataAsync(name, ct);

    public ValueTask<long> CommitAsync(SecretBatch batch, CancellationToken ct = default) => manager.CommitAsync(batch, ct);

    public ValueTask<VaultStatus> StatusAsync(CancellationToken ct = default) => manager.StatusAsync(ct);

    public ValueTask<VerifyReport> VerifyAsync(IProgress<(long Done, long All)>? progress = null, CancellationToken ct = default) => manager.VerifyAsync(progress, ct);

    public ValueTask BackupAsync(string path, CancellationToken ct = default) => manager.BackupAsync(path, ct);

    public IAsyncEnumerable<AuditEntry> ReadLogAsync(CancellationToken ct = default) => manager.Audit.ReadAsync(ct);

    public ValueTask<AuditReport> VerifyLogAsync(IReadOnlyList<AuditCheckpoint> checkpoints, IReadOnlyDictionary<RandomId, SecretBuffer> printedKeys, CancellationToken ct = default) =>
        manager.Audit.VerifyAsync(checkpoints, printedKeys, ct);

    public ValueTask<AuditCheckpoint> CheckpointAsync(CancellationToken ct = default) => manager.Audit.CheckpointAsync(ct);

    public void Dispose() => manager.Dispose();
}
