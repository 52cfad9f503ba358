using Strongroom.Live;

namespace Strongroom;

/// <summary>
/// A secret that is kept up to date in memory, for hot paths: <see cref="Acquire"/> takes some nanoseconds, no lock, no waiting, no allocation, no input or output. When the secret changes, by this process or another,
/// the value is exchanged; the bytes before are wiped when their last holder lets go. From <see cref="SecretsManager.Live(SecretName, string?)"/>; belongs to its manager, and may be disposed of earlier.
/// </summary>
/// <remarks>
/// While the vault can't be read, the value in hand stays in use and <see cref="Trouble"/> says why. When the secret is deleted, or has expired and the policy refuses that, <see cref="Acquire"/> throws.
/// The reading is audited once for each version, not for each use.
/// </remarks>
public sealed class LiveSecret : IDisposable
{
    private readonly LiveCell<SecretValue> _cell;
    private readonly LiveSecrets _owner;

    internal LiveSecret(LiveSecrets owner, LiveCell<SecretValue> cell, string? field) => (_owner, _cell, Field) = (owner, cell, field);

    /// <summary>The secret.</summary>
    public SecretName Name => _cell.Name;

    /// <summary>The field that this is for, or null for the whole value.</summary>
    public string? Field { get; }

    /// <summary>The version in hand; 0 when there is none.</summary>
    public long Version => _cell.Version;

    /// <summary>The metadata of the value in hand.</summary>
    public SecretMetadata Metadata => _cell.Metadata!;

    /// <summary>The versions that this process may still use: older ones with holders, and last the one in hand.</summary>
    public IReadOnlyList<long> VersionsInUse => _cell.VersionsInUse;

    /// <summary>What keeps the newest value from being taken, or what a listener threw; null when all is well.</summary>
    public StrongroomException? Trouble => _cell.Trouble;

    /// <summary>Takes hold of the value. <c>using SecretLease key = live.Acquire();</c></summary>
    /// <exception cref="SecretNotFoundException">The secret has been deleted.</exception>
    /// <exception cref="SecretExpiredException">It has expired, and the policy refuses that.</exception>
    /// <exception cref="ObjectDisposedException">This, or the manager, has been disposed of.</exception>
    public SecretLease Acquire() => new(_cell.Hold());

    /// <summary>Calls back after each exchange, one call after the other, on the thread that found the change: one of the pool, or that of whoever called <see cref="Refresh"/>. Dispose of what is returned to end that.</summary>
    public IDisposable OnChange(Action callback) => _cell.OnChange(callback);

    /// <summary>
    /// Looks at the vault now, instead of waiting to hear of a change: for when the value in hand was refused by whom it is for. False when the newest value could not be taken; <see cref="Trouble"/> says why.
    /// From a listener of <see cref="OnChange"/> too; what that finds is told when the listener has returned.
    /// </summary>
    public async ValueTask<bool> RefreshAsync(CancellationToken ct = default) => await _owner.LookAsync(_cell, ct).ConfigureAwait(false) is null;

    /// <summary>The same, for callers that can't wait asynchronously.</summary>
    /// <exception cref="VaultConfigurationException">The backend has no synchronous way (<see cref="SecretsManager.HasSynchronousWays"/>).</exception>
    public bool Refresh() => _owner.Look(_cell) is null;

    /// <summary>The name, never the value.</summary>
    public override string ToString() => Field is null ? $"{Name} v{Version} ***" : $"{Name}#{Field} v{Version} ***";

    /// <inheritdoc/>
    public void Dispose() => _owner.Remove(_cell);
}

/// <summary>
/// An object made from a secret - a key, a certificate's context, a client - that is made anew when the secret changes; see <see cref="LiveSecret"/>. The object before is disposed of when its last holder lets go.
/// </summary>
/// <typeparam name="T">The object's type; may be disposable.</typeparam>
public sealed class LiveSecret<T> : IDisposable
    where T : class
{
    private readonly LiveCell<T> _cell;
    private readonly LiveSecrets _owner;

    internal LiveSecret(LiveSecrets owner, LiveCell<T> cell) => (_owner, _cell) = (owner, cell);

    /// <summary>The secret.</summary>
    public SecretName Name => _cell.Name;

    /// <summary>The version in hand; 0 when there is none.</summary>
    public long Version => _cell.Version;

    /// <summary>The metadata of the value in hand.</summary>
    public SecretMetadata Metadata => _cell.Metadata!;

    /// <summary>The versions whose objects this process may still use: older ones with holders, and last the one in hand.</summary>
    public IReadOnlyList<long> VersionsInUse => _cell.VersionsInUse;

    /// <summary>What keeps the newest value from being taken, or what a listener threw; null when all is well.</summary>
    public StrongroomException? Trouble => _cell.Trouble;

    /// <summary>Takes hold of the object.</summary>
    /// <exception cref="SecretNotFoundException">The secret has been deleted.</exception>
    /// <exception cref="SecretExpiredException">It has expired, and the policy refuses that.</exception>
    /// <exception cref="ObjectDisposedException">This, or the manager, has been disposed of.</exception>
    public SecretLease<T> Acquire() => new(_cell.Hold());

    /// <summary>The same for use over an <c>await</c>; costs an object. Dispose of it, or the object is never let go of.</summary>
    /// <exception cref="SecretNotFoundException">The secret has been deleted.</exception>
    /// <exception cref="SecretExpiredException">It has expired, and the policy refuses that.</exception>
    /// <exception cref="ObjectDisposedException">This, or the manager, has been disposed of.</exception>
    public SecretHold<T> Hold() => new(_cell.Hold());

    /// <summary>Calls back after each exchange, one call after the other, on the thread that found the change: one of the pool, or that of whoever called <see cref="Refresh"/>. Dispose of what is returned to end that.</summary>
    public IDisposable OnChange(Action callback) => _cell.OnChange(callback);

    /// <summary>
    /// Looks at the vault now, instead of waiting to hear of a change: for when the value in hand was refused by whom it is for. False when the newest value could not be taken; <see cref="Trouble"/> says why.
    /// From a listener of <see cref="OnChange"/> too; what that finds is told when the listener has returned.
    /// </summary>
    public async ValueTask<bool> RefreshAsync(CancellationToken ct = default) => await _owner.LookAsync(_cell, ct).ConfigureAwait(false) is null;

    /// <summary>The same, for callers that can't wait asynchronously.</summary>
    /// <exception cref="VaultConfigurationException">The backend has no synchronous way (<see cref="SecretsManager.HasSynchronousWays"/>).</exception>
    public bool Refresh() => _owner.Look(_cell) is null;

    /// <summary>The name, never the value.</summary>
    public override string ToString() => $"{Name} v{Version} ***";

    /// <inheritdoc/>
    public void Dispose() => _owner.Remove(_cell);
}
