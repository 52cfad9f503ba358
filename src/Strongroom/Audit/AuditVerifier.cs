using Strongroom.Cryptography;
using Strongroom.Storage;

namespace Strongroom.Audit;

/// <summary>Reads and verifies chains (format, section 10). Takes no lock and changes nothing.</summary>
internal static class AuditVerifier
{
    /// <summary>Verifies every chain of the head; reports each finding rather than stopping at the first.</summary>
    /// <param name="shelf">Where the log can be read.</param>
    /// <param name="chains">The chains as the head holds them, the head having been read before this is called.</param>
    /// <param name="keys">For opening the chains' keys.</param>
    /// <param name="printedKeys">First keys that were printed, by chain.</param>
    /// <param name="checkpoints">Checkpoints kept elsewhere that must still hold.</param>
    /// <param name="ct">Cancels.</param>
    /// <param name="hasMoved">Whether the vault has been moved, so that its log may go on with commits of the new place.</param>
    public static AuditReport Verify(AuditShelf shelf, IReadOnlyList<ChainRecord> chains, HardenedEncryption keys, IReadOnlyDictionary<RandomId, SecretBuffer>? printedKeys, IReadOnlyList<AuditCheckpoint> checkpoints, CancellationToken ct, bool hasMoved = false)
    {
        var results = new VerificationResults();
        var known = new HashSet<RandomId>();
        foreach (ChainRecord record in chains)
        {
            known.Add(record.Id);
            // A chain that is written here is judged by its files, even if those are gone; one of another machine by what that has sent.
            bool isOwn = record.Owner == AuditIdentity.Owner;
            IChainLines? gathered = shelf.Gathered(record.Id);
            Run(isOwn || gathered is null ? shelf.Local(record.Id) : gathered, results);
            if (isOwn && gathered is not null)
                VerifyCopy(gathered, results, inner => Run(gathered, inner));

            void Run(IChainLines lines, VerificationResults into)
            {
                using var input = ChainInput.Open(lines, record, keys, printedKeys);
                using var verification = new ChainVerification(lines, keys.VaultId, input, Of(checkpoints, record.Id), into) { HasMoved = hasMoved };
                verification.Run(ct);
            }
        }

        ReplacedChains.Report(shelf, keys.VaultId, known, checkpoints, results, ct);
        return new AuditReport(results.Chains, [.. results.Findings, .. results.Refuted]) { Notes = results.Notes };
    }

    /// <summary>The entries of all chains in order of time, as they stand (not verified), oldest first.</summary>
    /// <param name="shelf">Where the log can be read.</param>
    /// <param name="own">The chain that is written here, of which the files say most; null: all that have files.</param>
    /// <param name="ct">Cancels.</param>
    /// <exception cref="VaultIntegrityException">A line is not an entry; the message names file and line.</exception>
    public static IEnumerable<AuditEntry> Read(AuditShelf shelf, RandomId? own, CancellationToken ct) => AuditReader.Merge(shelf, own, ct);

    /// <summary>
    /// What a chain that replaces another names as the line before its first: the last line of the log as it stands, or, when the log has lost the head's line, that one, so that the loss stays
    /// visible after the head has let the chain go.
    /// </summary>
    /// <param name="files">The file system.</param>
    /// <param name="folder">The audit folder.</param>
    /// <param name="replaced">The chain.</param>
    public static Digest End(IFileSystem files, string folder, ChainRecord replaced)
    {
        var chain = new ChainFolder(files, folder, replaced.Id);
        byte[] headLine = Utf8.Strict.GetBytes(replaced.Line);
        return LineFinder.Holds(chain, headLine) && LineFinder.End(chain) is { } end ? end : Digest.Sha256(headLine);
    }

    // The files have been judged; here only what the database made of their lines.
    private static void VerifyCopy(IChainLines gathered, VerificationResults results, Action<VerificationResults> verify)
    {
        var inner = new VerificationResults(results);
        verify(inner);
        foreach (AuditFinding finding in inner.Findings)
            results.Find(gathered.Chain, -1, $"as it was gathered in the database is not what was sent there: {finding.Message}");
    }

    internal static List<AuditCheckpoint> Of(IReadOnlyList<AuditCheckpoint> checkpoints, RandomId chain) => [.. checkpoints.Where(c => c.Chain == chain)];
}
