using Strongroom.Cryptography;
using Strongroom.Storage;

namespace Strongroom.Testing;

/// <summary>What a <see cref="LyingBackend"/> makes of the honest answers. Ready-made ones are in <see cref="Lies"/>; override what a new one is about.</summary>
public abstract class Lie
{
    /// <summary>Rows that the lie looks at or brings in; they are read in the same snapshot as those asked for.</summary>
    public virtual IReadOnlyList<RowKey> Beside => [];

    /// <summary>The head to show; null for no vault.</summary>
    public virtual ReadOnlyMemory<byte>? Head(ReadOnlyMemory<byte> honest) => honest;

    /// <summary>A row to show; null for none.</summary>
    /// <param name="key">The row.</param>
    /// <param name="honest">What is stored; null for nothing.</param>
    /// <param name="beside">Gives the honest bytes of the rows of <see cref="Beside"/>.</param>
    public virtual ReadOnlyMemory<byte>? Row(RowKey key, ReadOnlyMemory<byte>? honest, Func<RowKey, ReadOnlyMemory<byte>?> beside) => honest;

    /// <summary>The rows of a scan to show.</summary>
    /// <param name="scan">What was asked for.</param>
    /// <param name="all">All rows with the prefix, in order, each as <see cref="Row"/> shows it.</param>
    public virtual IEnumerable<StoredRow> Page(ScanRequest scan, IReadOnlyList<StoredRow> all)
    {
        ArgumentNullException.ThrowIfNull(scan);
        return all.Where(row => scan.After is not { } after || row.Key > after).Take(scan.Limit).Select(row => scan.KeysOnly ? new StoredRow(row.Key, default) : row);
    }

    /// <summary>The changes to report.</summary>
    public virtual ChangeSet Changes(long since, ChangeSet honest) => honest;

    /// <summary>Whether to say that a head is current. False by default, so that the lie is read and no cache stands in its way.</summary>
    public virtual bool IsCurrent(in Digest headMac) => false;

    /// <summary>What to write of a commit; null to acknowledge it and write nothing.</summary>
    public virtual VaultCommit? Commit(VaultCommit commit) => commit;
}
