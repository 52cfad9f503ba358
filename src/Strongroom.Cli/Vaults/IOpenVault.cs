using Strongroom.Audit;
using Strongroom.Cryptography;

namespace Strongroom.Cli.Vaults;

/// <summary>
/// An unlocked vault as verbs see it: this process's own (<see cref="OwnVault"/>) or one that the agent holds open. Verbs are written against this, so that they run on both.
/// What changes who can open the vault (keys, rekey, the first keys of audit chains) is not here: it needs the key again, and a <see cref="SecretsManager"/>.
/// </summary>
internal interface IOpenVault : IVersionedSecretStore, IDisposable
{
    /// <summary>Where the vault is.</summary>
    string Location { get; }

    /// <summary>The vault's id.</summary>
    RandomId VaultId { get; }

    /// <summary>The revision after the last operation.</summary>
    long Revision { get; }

    /// <summary>What an operator should know. Never secret.</summary>
    IReadOnlyList<string> Warnings { get; }

    /// <summary>The process that holds the keys when that is an agent, or null.</summary>
    int? AgentProcess { get; }

    /// <summary>The metadata of a secret, deleted ones too; null when there is none. Does not count as an access.</summary>
    ValueTask<SecretMetadata?> GetMetadataAsync(SecretName name, CancellationToken ct = default);

    /// <summary>Commits all writes of a batch, or none of them.</summary>
    /// <returns>The revision that holds them, or a later one.</returns>
    ValueTask<long> CommitAsync(SecretBatch batch, CancellationToken ct = default);

    /// <summary>What is known of the vault, verified.</summary>
    ValueTask<VaultStatus> StatusAsync(CancellationToken ct = default);

    /// <summary>Reads and verifies everything.</summary>
    ValueTask<VerifyReport> VerifyAsync(IProgress<(long Done, long All)>? progress = null, CancellationToken ct = default);

    /// <summary>Writes a verified copy of the vault to a new file.</summary>
    ValueTask BackupAsync(string path, CancellationToken ct = default);

    /// <summary>The entries of the audit log, oldest first, as they stand.</summary>
    IAsyncEnumerable<AuditEntry> ReadLogAsync(CancellationToken ct = default);

    /// <summary>Verifies the audit log.</summary>
    ValueTask<AuditReport> VerifyLogAsync(IReadOnlyList<AuditCheckpoint> checkpoints, IReadOnlyDictionary<RandomId, SecretBuffer> printedKeys, CancellationToken ct = default);

    /// <summary>A checkpoint of this user's audit chain.</summary>
    ValueTask<AuditCheckpoint> CheckpointAsync(CancellationToken ct = default);
}
