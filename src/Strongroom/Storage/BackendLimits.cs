namespace Strongroom.Storage;

/// <summary>What a backend can take in one commit.</summary>
/// <param name="Index">How records are summarised.</param>
/// <param name="MaxRows">Rows put and deleted in one commit.</param>
/// <param name="MaxCommitBytes">Bytes of head and rows in one commit.</param>
/// <param name="MaxRowBytes">Bytes of one row.</param>
public sealed record BackendLimits(RecordIndex Index, int MaxRows, long MaxCommitBytes, int MaxRowBytes)
{
    /// <summary>Refuses a commit that is over a limit; for backends to call before they write anything.</summary>
    /// <exception cref="VaultLimitException">It is.</exception>
    public void Require(VaultCommit commit)
    {
        ArgumentNullException.ThrowIfNull(commit);
        long rows = (long)commit.Puts.Count + commit.Deletes.Count;
        if (rows > MaxRows)
            throw new VaultLimitException("SR1260", $"The commit has {rows} rows; this backend takes {MaxRows} at once.", "Split it.");
        long bytes = commit.Head.Length;
        foreach (StoredRow put in commit.Puts)
        {
            bytes += put.Bytes.Length;
            if (put.Bytes.Length > MaxRowBytes)
                throw new VaultLimitException("SR1261", $"A row of the commit has {put.Bytes.Length} bytes; this backend takes {MaxRowBytes}.", "Store a smaller value, or use another backend.");
        }

        if (bytes > MaxCommitBytes)
            throw new VaultLimitException("SR1262", $"The commit has {bytes} bytes; this backend takes {MaxCommitBytes} at once.", "Split it.");
    }
}
