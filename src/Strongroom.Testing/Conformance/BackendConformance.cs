using Strongroom.Storage;

namespace Strongroom.Testing.Conformance;

/// <summary>
/// What is asked of every <see cref="IVaultBackend"/>, as checks that need no test framework: make each of <see cref="Checks"/> a row of a theory, or call <see cref="RunAsync"/>.
/// A failure is a <see cref="ConformanceException"/> with the seed and what was done.
/// </summary>
/// <example><code>
/// public static TheoryData&lt;ConformanceCheck&gt; Checks => [.. BackendConformance.Checks];
///
/// [Theory, MemberData(nameof(Checks))]
/// public Task Conforms(ConformanceCheck check) => check.RunAsync(() =>
/// {
///     string path = NewEmptyPlace();
///     return () => ValueTask.FromResult&lt;IVaultBackend>(new MyBackend(path));
/// });
/// </code></example>
public static class BackendConformance
{
    /// <summary>The checks, each with storage of its own.</summary>
    public static IReadOnlyList<ConformanceCheck> Checks { get; } =
    [
        new("no vault reads as null", CreationChecks.NoVaultReadsAsNull),
        new("a vault is created once", CreationChecks.CreateWinsOnce),
        new("of many that create one wins", CreationChecks.OneOfManyCreates),
        new("what was committed is there after reopening", CreationChecks.Reopened),
        new("a commit is seen by other handles", CommitChecks.SeenByOtherHandles),
        new("only the expected head is replaced", CommitChecks.OnlyTheExpectedHeadIsReplaced),
        new("a batch is all or nothing", CommitChecks.AllOrNothing),
        new("deletes delete", CommitChecks.Deletes),
        new("a commit may have no rows", CommitChecks.NothingButAHead),
        new("a commit that keeps the head puts rows and nothing else", CommitChecks.KeptHead, static backend => backend.Limits.Index == RecordIndex.Tree),
        new("what is over a limit is refused before anything is written", CommitChecks.Limits),
        new("what is at a limit is taken", CommitChecks.UpToTheLimits),
        new("bytes come back as they were stored", ReadChecks.BytesAsStored),
        new("each row comes in its place", ReadChecks.EachRowInItsPlace),
        new("scans are in the order of bytes", ReadChecks.ScansInOrder),
        new("scans come in pages", ReadChecks.ScansInPages),
        new("changes since a revision", ChangeChecks.ChangesSince),
        new("a watch gives hints", ChangeChecks.WatchHints),
        new("a cancelled call does nothing", CancellationChecks.BeforeTheCall),
        new("a commit cancelled on the way is not half made", CancellationChecks.DuringACommit),
        new("a cancelled watch ends", CancellationChecks.OfAWatch),
        new("racing writers with handles of their own", RaceChecks.WritersOfTheirOwn),
        new("racing writers on one handle", RaceChecks.WritersOfOneHandle),
        new("a read is one snapshot", RaceChecks.ReadsInOneSnapshot),
        new("scans while others write", RaceChecks.ScansWhileOthersWrite),
        new("random operations against a model", OperationChecks.AgainstAModel),
        new("synchronous: calls complete before they return", CapabilityChecks.Synchronous, static backend => backend is ISynchronousBackend),
        new("freshness: no replaced head is current", CapabilityChecks.Freshness, static backend => backend is IFreshnessBackend),
        new("locking: the lock keeps others out", CapabilityChecks.Locking, static backend => backend is ILockingBackend),
    ];

    /// <summary>Runs all checks, one after the other.</summary>
    /// <param name="newStorage">Makes new storage without a vault, and gives the way to open handles on it; called at least once for each check.</param>
    /// <param name="options">How hard to try.</param>
    /// <param name="ct">Cancels.</param>
    /// <exception cref="ConformanceException">The first thing that the backend does not do as asked.</exception>
    public static async Task RunAsync(Func<BackendOpener> newStorage, ConformanceOptions? options = null, CancellationToken ct = default)
    {
        foreach (ConformanceCheck check in Checks)
            await check.RunAsync(newStorage, options, ct).ConfigureAwait(false);
    }

    /// <summary>Runs the operations of a failed random cross test again.</summary>
    /// <param name="newStorage">As for <see cref="RunAsync"/>.</param>
    /// <param name="log">The <see cref="ConformanceException.Log"/> of the failure: an operation a line.</param>
    /// <param name="options">How hard to try.</param>
    /// <param name="ct">Cancels.</param>
    /// <exception cref="ConformanceException">It fails again.</exception>
    public static Task ReplayAsync(Func<BackendOpener> newStorage, string log, ConformanceOptions? options = null, CancellationToken ct = default)
    {
        ArgumentNullException.ThrowIfNull(log);
        return new ConformanceCheck("replay", run => OperationChecks.Replay(run, log)).RunAsync(newStorage, options, ct);
    }

    /// <summary>Requires that a decorator has exactly the capability interfaces of the backend that it wraps: one that hides a power slows its user down, one that makes one up misleads it.</summary>
    /// <param name="inner">The backend within.</param>
    /// <param name="decorator">What stands in front of it.</param>
    /// <exception cref="ConformanceException">It has not.</exception>
    public static void RequireSameCapabilities(IVaultBackend inner, IVaultBackend decorator)
    {
        ArgumentNullException.ThrowIfNull(inner);
        ArgumentNullException.ThrowIfNull(decorator);
        string within = Capabilities(inner), outside = Capabilities(decorator);
        if (within != outside)
            throw new ConformanceException("a decorator forwards capabilities", 0, $"within there is [{within}], outside [{outside}]", "", null);
        if (inner.Location != decorator.Location || inner.Limits != decorator.Limits)
            throw new ConformanceException("a decorator forwards capabilities", 0, "it has another location or other limits than the backend within", "", null);
    }

    private static string Capabilities(IVaultBackend backend) => string.Join(", ", new[]
    {
        backend is ISynchronousBackend ? nameof(ISynchronousBackend) : "",
        backend is IFreshnessBackend ? nameof(IFreshnessBackend) : "",
        backend is ILockingBackend ? nameof(ILockingBackend) : "",
        backend is IImageBackend ? nameof(IImageBackend) : "",
    }.Where(name => name.Length > 0));
}
