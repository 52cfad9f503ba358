using Strongroom.Cryptography;
using Strongroom.Vault;

namespace Strongroom.Storage;

/// <summary>A mark: the state of a vault that was seen.</summary>
internal sealed record Mark(string Location, RandomId VaultId, Digest RootCommitment, long RootGeneration, long Revision, Digest HeadMac)
{
    /// <summary>What is about to be put in the place of that state on purpose, older or of another history; until the mark is written anew, both are right.</summary>
    public Mark? Announced { get; init; }

    public static Mark Of(string location, VaultHead head) => new(location, head.VaultId, head.Root.Commitment, head.Root.Generation, head.Revision, head.Mac);

    /// <summary>How this, newly seen, stands to the last mark, or to what that one announces.</summary>
    public MarkVerdict Against(Mark last)
    {
        MarkVerdict verdict = ComparedWith(last);
        return verdict is not (MarkVerdict.Same or MarkVerdict.Newer) && last.Announced is { } announced && ComparedWith(announced) is MarkVerdict.Same or MarkVerdict.Newer
            ? MarkVerdict.Newer
            : verdict;
    }

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
