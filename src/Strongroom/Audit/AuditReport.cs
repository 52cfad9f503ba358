namespace Strongroom.Audit;

/// <summary>What a verification found.</summary>
/// <param name="Chains">One line for each chain: those of the head in its order, then replaced ones that still lie in the folder.</param>
/// <param name="Findings">What is wrong; empty when all is well.</param>
public sealed record AuditReport(IReadOnlyList<AuditChainReport> Chains, IReadOnlyList<AuditFinding> Findings)
{
    /// <summary>Whether nothing is wrong.</summary>
    public bool IsIntact => Findings.Count == 0;

    /// <summary>What is not wrong but worth knowing: segments moved away, lines cut after a crash, chains that were replaced, MACs that could not be checked.</summary>
    public IReadOnlyList<AuditFinding> Notes { get; init; } = [];
}
