using Strongroom.Cryptography;

namespace Strongroom.Audit;

/// <summary>
/// Folders of chains that the head does not name: replaced by a restart, or left by a vault that was never committed. Their keys are gone from the head, so only their hashes can be
/// checked; a chain that replaced one names its end, which shows lines that were changed or added since. None of this is a finding: a chain is replaced because it was broken.
/// </summary>
internal static class ReplacedChains
{
    /// <summary>Adds them to the results.</summary>
    public static void Report(AuditShelf shelf, RandomId vaultId, HashSet<RandomId> known, IReadOnlyList<AuditCheckpoint> checkpoints, VerificationResults results, CancellationToken ct)
    {
        List<IChainLines> others = [.. shelf.Chains().Where(id => !known.Contains(id)).Select(id => shelf.Lines(id, isOwn: true))];
        foreach (IChainLines other in others)
        {
            if (LineFinder.First(other) is { Index: 0 } first && first.Previous != default)
                results.Replaced.TryAdd(first.Previous, other.Chain);
        }

        foreach (IChainLines other in others)
            Follow(other, vaultId, AuditVerifier.Of(checkpoints, other.Chain), results, ct);
        foreach ((Digest end, RandomId successor) in results.Replaced.Where(replaced => !results.Met.Contains(replaced.Value)))
            results.Note(successor, 0, $"replaces a chain of which the line with the hash {end} was the end; no chain in the folder has that line");
        foreach (AuditCheckpoint checkpoint in checkpoints.Where(c => !known.Contains(c.Chain) && others.TrueForAll(other => other.Chain != c.Chain)))
            results.Refute(checkpoint.Chain, -1, "there is a checkpoint of the chain, but neither the vault's head nor the folder has it");
    }

    private static void Follow(IChainLines chain, RandomId vaultId, List<AuditCheckpoint> checkpoints, VerificationResults results, CancellationToken ct)
    {
        var inner = new VerificationResults(results);
        using var input = ChainInput.OfReplaced();
        using var verification = new ChainVerification(chain, vaultId, input, checkpoints, inner);
        verification.Run(ct);
        results.Chains.AddRange(inner.Chains);
        results.Notes.AddRange(inner.Findings);
        results.Notes.AddRange(inner.Notes);
        results.Refuted.AddRange(inner.Refuted);
    }
}
