using Strongroom.Storage;

namespace Strongroom.Testing;

/// <summary>The calls in which a <see cref="FaultingBackend"/> may fail.</summary>
public enum BackendCall
{
    /// <summary><see cref="IVaultBackend.ReadAsync"/>; for a file vault the loading of it.</summary>
    Read,

    /// <summary><see cref="IVaultBackend.ScanAsync"/>.</summary>
    Scan,

    /// <summary><see cref="IVaultBackend.ChangesSinceAsync"/>.</summary>
    Changes,

    /// <summary><see cref="IVaultBackend.TryCommitAsync"/>.</summary>
    Commit,

    /// <summary><see cref="IVaultBackend.WatchAsync"/>.</summary>
    Watch,

    /// <summary><see cref="ILockingBackend.Lock"/>.</summary>
    Lock,
}

/// <summary>What happens to one call.</summary>
public sealed record Fault
{
    private Fault()
    {
    }

    /// <summary>Runs before the call is passed on.</summary>
    internal Func<CancellationToken, Task>? Before { get; private init; }

    /// <summary>Makes an exception to throw.</summary>
    internal Func<Exception>? Exception { get; private init; }

    /// <summary>The answer to a commit instead of its own.</summary>
    internal CommitOutcome? Outcome { get; private init; }

    /// <summary>Whether the call is passed on all the same.</summary>
    internal bool Happens { get; private init; }

    /// <summary>Answers a commit.</summary>
    /// <param name="outcome">The answer.</param>
    /// <param name="happens">Whether the commit is made all the same: a lost answer, or a false one.</param>
    public static Fault Answer(CommitOutcome outcome, bool happens) => new() { Outcome = outcome, Happens = happens };

    /// <summary>Throws.</summary>
    /// <param name="exception">Makes the exception.</param>
    /// <param name="happens">Whether the call is made first.</param>
    public static Fault Throw(Func<Exception> exception, bool happens = false) => new() { Exception = exception, Happens = happens };

    /// <summary>Throws what a storage throws that is away for a while.</summary>
    /// <param name="happens">Whether the call is made first.</param>
    public static Fault Unavailable(bool happens = false) =>
        Throw(static () => new VaultUnavailableException("SR1270", "The storage is not available: a fault was injected.", "None: a test wants it so."), happens);

    /// <summary>Throws as if the call had been cancelled.</summary>
    /// <param name="happens">Whether the call is made first.</param>
    public static Fault Cancelled(bool happens) => Throw(static () => new OperationCanceledException(), happens);

    /// <summary>Does something, for instance waits or lets another writer go first, and then passes the call on.</summary>
    /// <param name="before">What to do; gets the call's cancellation token. Completes at once where the backend is synchronous.</param>
    public static Fault First(Func<CancellationToken, Task> before) => new() { Before = before, Happens = true };
}
