using Strongroom.Cryptography;
using Strongroom.Storage;

namespace Strongroom.Audit;

/// <summary>Reads and verifies chains (format, section 10). Takes no lock and changes nothing.</summary>
internal static class AuditVerifier
{
    /// <summary>Verifies every chain of the head; reports each finding rather than stopping at the first.</summary>
    /// <param name="files">The file system.</param>
    /// <param name="folder">The audit folder.</param>
    /// <param name="chains">The chains as the head holds them, the head having been read before this is called.</param>
    /// <param name="keys">For opening the chains' keys.</param>
    /// <param name="printedKeys">First keys that were printed, by chain.</param>
    /// <param name="checkpoints">Checkpoints kept elsewhere that must still hold.</param>
    /// <param name="ct">Cancels.</param>
    /// <param name="hasMoved">Whether the vault has been moved, so that its log may go on with commits of the new place.</param>
    public static AuditReport Verify(IFileSystem files, string folder, IReadOnlyList<ChainRecord> chains, HardenedEncryption keys, IReadOnlyDictionary<RandomId, SecretBuffer>? printedKeys, IReadOnlyList<AuditCheckpoint> checkpoints, CancellationToken ct, bool hasMoved = false)
    {
        var results = new VerificationResults();
        var known = new HashSet<RandomId>();
        foreach (ChainRecord record in chains)
        {
            known.Add(record.Id);
            var chain = new ChainFolder(files, folder, record.Id);
            using var input = ChainInput.Open(chain, record, keys, printedKeys);
            using var verification = new ChainVerification(chain, keys.VaultId, input, Of(checkpoints, record.Id), results) { HasMoved = hasMoved };
            verification.Run(ct);
        }

        ReplacedChains.Report(files, folder, keys.VaultId, known, checkpoints, results, ct);
        return new AuditReport(results.Chains, [.. results.Findings, .. results.Refuted]) { Notes = results.Notes };
    }

    /// <summary>The entries of all chains in order of time, as they stand (not verified), oldest first.</summary>
    /// <param name="files">The file system.</param>
    /// <param name="folder">The audit folder.</param>
    /// <param name="ct">Cancels.</param>
    /// <exception cref="VaultIntegrityException">A line is not an entry; the message names file and line.</exception>
    public static IEnumerable<AuditEntry> Read(IFileSystem files, string folder, CancellationToken ct) => AuditReader.Merge(files, folder, ct);

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

    internal static List<AuditCheckpoint> Of(IReadOnlyList<AuditCheckpoint> checkpoints, RandomId chain) => [.. checkpoints.Where(c => c.Chain == chain)];
}
