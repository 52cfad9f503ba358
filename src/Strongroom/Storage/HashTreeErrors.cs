namespace Strongroom.Storage;

/// <summary>What a hash tree can be found guilty of. All mean the same to the caller: the storage did not give back what was written.</summary>
internal static class HashTreeErrors
{
    private const string Hint = "The database was edited, damaged or partly rolled back: restore it as a whole from a backup, or compare it with another copy.";

    /// <summary>A node that the head or its parent vouches for is not there.</summary>
    public static VaultIntegrityException Missing(in HashTreePath path, int depth) =>
        new("SR1250", $"The row {path.RowKey(depth)} of the record index is missing.", Hint);

    /// <summary>A node is not the one that was written there.</summary>
    public static VaultIntegrityException Changed(in HashTreePath path, int depth) =>
        new("SR1251", $"The row {path.RowKey(depth)} of the record index is not the one that the head vouches for.", Hint);

    /// <summary>A node is authentic and yet not in the one form that the format allows.</summary>
    public static VaultIntegrityException Malformed(in HashTreePath path, int depth) =>
        new("SR1252", $"The row {path.RowKey(depth)} of the record index is not in the form of format 1.", "It was written by a defective program: run verify, and report the program.");

    /// <summary>The head's own account of the records contradicts itself.</summary>
    public static VaultIntegrityException BadSummary() =>
        new("SR1253", "The head's summary of the records contradicts itself: no records, and yet a digest of some.", "The head was written by a defective program: report the program.");
}
