using Strongroom.Cryptography;

namespace Strongroom.Audit;

/// <summary>The errors of the audit log, SR13xx (<c>docs/errors.md</c>).</summary>
internal static class AuditErrors
{
    private const string Restart =
        "Keep the folder for the investigation. 'strongroom log restart' begins a new chain that names the broken end, so that work can go on.";

    public static VaultUnavailableException Busy(string path, string holder, TimeSpan waited) =>
        new("SR1301", $"The lock of the audit chain, '{path}', was not to be had within {waited.TotalSeconds:0.###} s; {holder}.", "Try again; if it stays so, look at the process named.");

    public static VaultIntegrityException Missing(string path) =>
        new("SR1302", $"The audit log is missing: '{path}' is not there.", Restart);

    public static VaultIntegrityException Truncated(string path, long found, long expected, string witness) =>
        new("SR1303", $"The audit log '{path}' has lost lines: it ends before entry {found}, but {witness} entry {expected}.", Restart);

    public static VaultIntegrityException Tampered(string path, long index, string what) =>
        new("SR1304", $"The audit log '{path}' is not what was written: entry {index} {what}.", Restart);

    public static VaultIntegrityException StateMissing(string path) =>
        new("SR1305", $"The state of the audit chain, '{path}', is missing or does not open, and the chain's first key was printed and is not kept: no entry can be added.", Restart);

    public static VaultIntegrityException Malformed(string path, long line) =>
        new("SR1306", $"Line {line} of '{path}' is not an audit entry.", "Run 'strongroom verify' to see what else is wrong.");

    public static VaultConfigurationException NotACheckpoint(string why) =>
        new("SR1307", $"This is not an audit checkpoint: {why}.", "A checkpoint is the three lines that 'strongroom log checkpoint' prints: origin, number of entries, hash.");

    public static VaultLimitException TooLarge(long bytes) =>
        new("SR1308", $"The audit entry would have {bytes} bytes, at most {AuditLimits.MaxLineBytes} are allowed.", "Do it in several steps.");

    public static VaultConfigurationException SegmentSize(long bytes) =>
        new("SR1309", $"Audit segments of {bytes} bytes are not possible: 64 KiB to 1 GiB are.", "Set MaxSegmentBytes to a value between, or leave it out.");

    public static VaultIntegrityException Keys(RandomId chain) =>
        new("SR1310", $"The keys of the audit chain {chain} have a wrong length.", "Restore the vault from a backup.");

    public static VaultIntegrityException HeadLine(RandomId chain) =>
        new("SR1312", $"The vault's head names a line for the audit chain {chain} that is not an entry of it.", "Restore the vault from a backup.");

    public static VaultConfigurationException PrintedKey(RandomId chain, int length) =>
        new("SR1313", $"The printed key of the audit chain {chain} has {length} bytes, not {ChainMac.KeySize}.", "Give the key exactly as it was printed.");

    public static VaultLimitException TooManySegments(string path) =>
        new("SR1311", $"The audit chain '{path}' has used all {AuditLimits.MaxSegments} segment numbers.", "'strongroom log restart' begins a new chain that names the end of this one.");
}
