using System.Runtime.CompilerServices;
using Strongroom.Cryptography;
using Strongroom.Vault;

namespace Strongroom.Audit;

/// <summary>The audit log of an open vault. What it proves, and what not: <c>docs/audit.md</c>.</summary>
public sealed class AuditLog
{
    private const int MaxAttempts = 20;
    private readonly VaultCore _core;

    internal AuditLog(VaultCore core) => _core = core;

    /// <summary>The entries of all chains, oldest first, as they stand; <see cref="VerifyAsync"/> says whether they are genuine.</summary>
    public async IAsyncEnumerable<AuditEntry> ReadAsync([EnumeratorCancellation] CancellationToken ct = default)
    {
        FlushIfPossible();
        await ValueTask.CompletedTask.ConfigureAwait(false);
        RandomId? own = _core.Storage.Current is { } view ? AuditSession.Own(view.Head)?.Id : null;
        foreach (AuditEntry entry in AuditVerifier.Read(_core.Audit.Shelf, own, ct))
            yield return entry;
    }

    /// <summary>Verifies every chain, and checkpoints that were kept elsewhere.</summary>
    public async ValueTask<AuditReport> VerifyAsync(IReadOnlyList<AuditCheckpoint>? checkpoints = null, IReadOnlyDictionary<RandomId, SecretBuffer>? printedKeys = null, CancellationToken ct = default)
    {
        FlushIfPossible();
        for (int attempt = 0; ; attempt++)
        {
            VaultHead head = (await _core.Storage.RefreshAsync(ct).ConfigureAwait(false)).Head;
            AuditReport report = await Task.Run(
                () => AuditVerifier.Verify(_core.Audit.Shelf, head.Audit, _core.Session.Keys, printedKeys, checkpoints ?? [], ct, head.MovedTo is not null), ct).ConfigureAwait(false);

            // A commit of another process while the log was read: its entry is then one that the head in hand does not know.
            if (report.IsIntact || attempt == MaxAttempts || (await _core.Storage.RefreshAsync(ct).ConfigureAwait(false)).Head.Mac == head.Mac)
                return report;
        }
    }

    /// <summary>A checkpoint of this process's chain, to be kept elsewhere.</summary>
    /// <exception cref="VaultIntegrityException">The chain does not verify.</exception>
    public async ValueTask<AuditCheckpoint> CheckpointAsync(CancellationToken ct = default)
    {
        AuditReport report = await VerifyAsync(ct: ct).ConfigureAwait(false);
        VaultHead head = (await _core.Storage.RefreshAsync(ct).ConfigureAwait(false)).Head;
        RandomId own = AuditSession.Own(head)?.Id ?? throw new VaultConfigurationException("SR1444", "This host and user has no chain in the audit log yet.", "Write or read a secret first, with the audit log on.");
        if (report.Findings.FirstOrDefault(finding => finding.Chain == own) is { } finding)
            throw new VaultIntegrityException("SR1445", $"The audit log does not verify, so there is nothing to vouch for: {finding.Message}", "Look into it with log --verify.");
        return report.Chains.First(chain => chain.Chain == own).Checkpoint;
    }

    /// <summary>Starts a new chain that names the end of this process's chain, broken or not.</summary>
    /// <param name="printKey">Keep the first key out of the vault and give it to the caller, to be printed: the log then convinces its holder even against the vault's owner.</param>
    /// <param name="ct">Cancels.</param>
    /// <returns>The first key when it was asked for; the caller owns it.</returns>
    public async ValueTask<SecretBuffer?> RestartAsync(bool printKey = false, CancellationToken ct = default)
    {
        if (!_core.Audit.Enabled)
            throw new VaultConfigurationException("SR1446", "The audit log is off, or the vault is open for reading only.", "Open it with the audit log on.");
        SecretBuffer? printed = null;
        await _core.RepairAsync(new HeadOperation(AuditOperation.ChainStart, (plan, _) =>
        {
            ChainRecord? old = AuditSession.Own(plan.Head);
            (ChainRecord record, printed) = _core.Audit.NewChain(plan.Keys, old, printKey);
            plan.SetHead(plan.Head with { Audit = [.. plan.Head.Audit.Where(chain => chain.Id != old?.Id).Append(record).OrderBy(static chain => chain.Id)] });
            return new ValueTask<object?>((object?)null);
        }), ct).ConfigureAwait(false);
        _core.AuditTrouble = null;
        return printed;
    }

    /// <summary>Writes buffered reads now.</summary>
    /// <exception cref="StrongroomException">The log can't be written.</exception>
    public void Flush()
    {
        if (_core.Audit.Enabled)
            _core.Audit.Buffer.Flush();
    }

    /// <summary>Sends the lines that were written here and that the database does not have yet, so that others can read and verify them. Does nothing for a vault in a file.</summary>
    /// <exception cref="StrongroomException">The database can't be written, or the log is in trouble.</exception>
    public async ValueTask GatherAsync(CancellationToken ct = default)
    {
        Flush();
        await _core.Audit.GatherAsync(ct).ConfigureAwait(false);
    }

    private void FlushIfPossible()
    {
        if (_core.AuditTrouble is null)
            Flush();
    }
}
