using Strongroom.Audit;
using Strongroom.Cryptography;

namespace Strongroom;

/// <summary>A key slot, without anything secret.</summary>
/// <param name="Id">The slot.</param>
/// <param name="Kind"><c>passphrase</c>, <c>passphrase+key-file</c>, <c>key-file</c> or <c>recovery-key</c>.</param>
/// <param name="Label">For people.</param>
/// <param name="CreatedAt">When it was made.</param>
/// <param name="Kdf">The passphrase KDF, or null.</param>
/// <param name="IsBelowPolicy">Whether its parameters are weaker than the options ask for new slots.</param>
/// <param name="OpenedThis">Whether this slot opened the vault.</param>
public sealed record KeySlotInfo(RandomId Id, string Kind, string Label, DateTimeOffset CreatedAt, KdfParameters? Kdf, bool IsBelowPolicy, bool OpenedThis);

/// <summary>What is known of a vault.</summary>
/// <param name="Location">Where it is.</param>
/// <param name="VaultId">Its id.</param>
/// <param name="Format">Its format.</param>
/// <param name="Revision">Its revision.</param>
/// <param name="CreatedAt">When it was created.</param>
/// <param name="UpdatedAt">When it was last written.</param>
/// <param name="Records">How many secrets it has, deleted ones included.</param>
/// <param name="RootGeneration">The generation of its root key.</param>
/// <param name="RekeyRunning">Whether a rekey is under way.</param>
/// <param name="Slots">Its key slots.</param>
/// <param name="Verified">Whether all this was verified with a key.</param>
public sealed record VaultStatus(
    string Location, RandomId VaultId, long Format, long Revision, DateTimeOffset CreatedAt, DateTimeOffset UpdatedAt, long Records, long RootGeneration, bool RekeyRunning,
    IReadOnlyList<KeySlotInfo> Slots, bool Verified);

/// <summary>What a restore did.</summary>
/// <param name="Revision">The new revision.</param>
/// <param name="CopyRevision">The revision of the copy.</param>
/// <param name="ReplacedPath">Where the vault that was replaced is kept, or null when there was none.</param>
public sealed record RestoreReport(long Revision, long CopyRevision, string? ReplacedPath);

/// <summary>What a migration did.</summary>
/// <param name="Location">Where the vault is now.</param>
/// <param name="Revision">Its revision there.</param>
/// <param name="Written">How many records were written by this run; those that an interrupted run had written already are not.</param>
/// <param name="Verified">What a full verification of the new place found.</param>
public sealed record MigrationReport(string Location, long Revision, long Written, VerifyReport Verified);

/// <summary>What a verification found.</summary>
/// <param name="Records">How many records were verified.</param>
/// <param name="Versions">How many older versions were verified.</param>
/// <param name="Findings">What is wrong; empty when all is well.</param>
/// <param name="Audit">The audit log's report, or null when there is none.</param>
public sealed record VerifyReport(long Records, long Versions, IReadOnlyList<string> Findings, AuditReport? Audit)
{
    /// <summary>Whether nothing is wrong.</summary>
    public bool IsIntact => Findings.Count == 0 && Audit is null or { IsIntact: true };
}

/// <summary>What a rekey did.</summary>
/// <param name="Generation">The new root generation.</param>
/// <param name="Resealed">How many values were sealed again.</param>
/// <param name="Kept">The slots that were kept.</param>
/// <param name="Dropped">The slots that were dropped: their credentials no longer open the vault.</param>
public sealed record RekeyReport(long Generation, long Resealed, IReadOnlyList<KeySlotInfo> Kept, IReadOnlyList<KeySlotInfo> Dropped);
