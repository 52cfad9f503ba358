using Strongroom.Cryptography;

namespace Strongroom.Storage;

/// <summary>A mark: the state of a vault that was seen.</summary>
internal sealed record Mark(string Location, RandomId VaultId, Digest RootCommitment, long RootGeneration, long Revision, Digest HeadMac)
{
    /// <summary>How this, newly seen, stands to the last mark of the same vault. A history goes forward in revision and in root generation, and neither changes without its number.</summary>
    public MarkVerdict ComparedWith(Mark last)
    {
        if (Revision < last.Revision || RootGeneration < last.RootGeneration)
            return MarkVerdict.Older;
        if (RootGeneration == last.RootGeneration && RootCommitment != last.RootCommitment)
            return MarkVerdict.Fork;
        if (Revision > last.Revision)
            return MarkVerdict.Newer;
        return HeadMac == last.HeadMac && RootGeneration == last.RootGeneration ? MarkVerdict.Same : MarkVerdict.Fork;
    }
}

/// <summary>What the marks say of a head.</summary>
internal enum MarkVerdict
{
    /// <summary>Nothing was known of place and vault.</summary>
    FirstUse,

    /// <summary>A mark was torn or unreadable: treated as a first use, with a warning.</summary>
    Torn,

    /// <summary>Exactly what was seen last.</summary>
    Same,

    /// <summary>Newer than what was seen.</summary>
    Newer,

    /// <summary>Older than what was seen: rolled back.</summary>
    Older,

    /// <summary>The same revision with another MAC or root: forked.</summary>
    Fork,

    /// <summary>Another vault at a known place.</summary>
    OtherVault,
}
