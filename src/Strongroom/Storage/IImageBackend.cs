namespace Strongroom.Storage;

/// <summary>A backend that keeps a whole vault in one place (a file) and hands it out as an image.</summary>
internal interface IImageBackend : ISynchronousBackend, ILockingBackend, IFreshnessBackend
{
    /// <summary>The current head and all rows, not yet verified. Returns the same object while nothing has changed. The rows are framed and hashed when <see cref="LoadedVault.Image"/> is first asked for.</summary>
    /// <returns>Null when there is no vault.</returns>
    LoadedVault? Load(CancellationToken ct = default);

    /// <summary>Whether the file is still the one of <paramref name="loaded"/>. No system call in the common case; sees every commit that has been acknowledged.</summary>
    bool IsCurrent(LoadedVault loaded);

    /// <summary>Commits a whole image, made by the caller with <see cref="VaultImage.Apply"/> from the image of <paramref name="expected"/>.</summary>
    /// <param name="expected">What is to be replaced; null to create. Anything else in place is a conflict.</param>
    /// <param name="head">The new head's bytes.</param>
    /// <param name="image">All rows.</param>
    /// <param name="committed">On <see cref="CommitOutcome.Committed"/>, what <see cref="Load"/> would now return.</param>
    /// <param name="ct">Cancels, until the new file is in place.</param>
    CommitOutcome TryCommit(LoadedVault? expected, ReadOnlyMemory<byte> head, VaultImage image, out LoadedVault? committed, CancellationToken ct = default);

    /// <summary>Makes what is visible durable (syncs the folder): done before a mark is raised from a read.</summary>
    void SyncLocation();

    /// <summary>Removes what dead writers have left behind. The caller holds the lock; a commit that takes the lock for the first time does it by itself.</summary>
    void CleanUp()
    {
    }

    /// <summary>What is questionable about the place, for people: permissions, ownership. Known after <see cref="Load"/>.</summary>
    IReadOnlyList<string> Warnings => [];
}
