using Strongroom.Cryptography;

namespace Strongroom.Audit;

/// <summary>What a verification collects.</summary>
internal sealed class VerificationResults
{
    // A log of other bytes would fill the memory with findings; the first ones of a chain tell enough.
    private const int MaxOfChain = 1000;

    private readonly Dictionary<(RandomId Chain, bool IsNote), int> _counts = [];

    /// <summary>Of a verification.</summary>
    public VerificationResults()
    {
        Replaced = [];
        Met = [];
    }

    /// <summary>Of one chain of it, whose findings are sorted differently.</summary>
    public VerificationResults(VerificationResults whole)
    {
        Replaced = whole.Replaced;
        Met = whole.Met;
    }

    public List<AuditChainReport> Chains { get; } = [];

    public List<AuditFinding> Findings { get; } = [];

    public List<AuditFinding> Refuted { get; } = [];

    public List<AuditFinding> Notes { get; } = [];

    /// <summary>What the first entry of a chain names as the line before it: the end of the chain that it replaced.</summary>
    public Dictionary<Digest, RandomId> Replaced { get; }

    /// <summary>Those chains whose named end was met in the folder.</summary>
    public HashSet<RandomId> Met { get; }

    /// <summary>Something is wrong.</summary>
    public void Find(RandomId chain, long index, string message) => Add(Findings, isNote: false, new AuditFinding(chain, index, message));

    /// <summary>A checkpoint does not hold; also of a chain that was replaced, where nothing else is a finding.</summary>
    public void Refute(RandomId chain, long index, string message) => Add(Refuted, isNote: false, new AuditFinding(chain, index, message));

    /// <summary>Something is worth knowing.</summary>
    public void Note(RandomId chain, long index, string message) => Add(Notes, isNote: true, new AuditFinding(chain, index, message));

    private void Add(List<AuditFinding> list, bool isNote, AuditFinding finding)
    {
        if (finding.Index >= 0)
            finding = finding with { Message = $"entry {finding.Index} {finding.Message}" };
        int count = _counts[(finding.Chain, isNote)] = _counts.GetValueOrDefault((finding.Chain, isNote)) + 1;
        if (count <= MaxOfChain)
            list.Add(count < MaxOfChain ? finding : new AuditFinding(finding.Chain, -1, "there is more; it is not listed"));
    }
}
