namespace Strongroom.Rotation;

/// <summary>
/// Knows how one kind of secret is changed at the side that checks it: a database, an exchange, a web service. The engine calls the steps in order and writes down in the vault how far it is after each,
/// so a step may be called again after a crash with the same <see cref="RotationContext.RotationId"/> and the same values: doing it twice must be as good as doing it once.
/// A step that fails throws; a <see cref="RotationException"/> whose message names no secret is best. Until <see cref="RevokeAsync"/> the old value must stay usable if the far side can do that.
/// </summary>
public interface IRotator
{
    /// <summary>What policies call it: <c>[a-z][a-z0-9-]*</c>, at most 64 characters.</summary>
    string Kind { get; }

    /// <summary>The settings that it understands, as they follow <c>rotate.</c> in tags. Others are refused, so that a typing error is found.</summary>
    IReadOnlyCollection<string> Settings { get; }

    /// <summary>Makes the new value. Nothing at the far side changes yet: the engine first stores the value. It may be made again when a crash came before that.</summary>
    /// <returns>The value, the engine's from now on.</returns>
    ValueTask<SecretValue> CreateAsync(RotationContext context, CancellationToken ct);

    /// <summary>Makes the far side accept <see cref="RotationContext.New"/>.</summary>
    ValueTask SetAsync(RotationContext context, CancellationToken ct);

    /// <summary>Proves that the far side accepts <see cref="RotationContext.New"/>, as its users will use it.</summary>
    ValueTask VerifyAsync(RotationContext context, CancellationToken ct);

    /// <summary>Makes the far side refuse <see cref="RotationContext.Old"/>, when nobody uses it any more or the deadline has come.</summary>
    ValueTask RevokeAsync(RotationContext context, CancellationToken ct);
}

/// <summary>
/// A rotator whose far side exchanges old and new in one step, such as a FIX logon with Password and NewPassword: once it has happened the old value is void, so the step can't be made again blindly.
/// The engine writes down that it is about to call <see cref="IRotator.SetAsync"/>; when its outcome is not known afterwards, it probes the new value, then the old one, a bounded number of times so that no
/// account is locked. <see cref="IRotator.SetAsync"/> throws a refusal (<see cref="RotationException.IsRefusal"/>) only when the old value is certainly still the valid one.
/// </summary>
public interface ITwoPhaseRotator : IRotator
{
    /// <summary>Whether the far side accepts a value: true or false when it says so, an exception when it says neither.</summary>
    /// <param name="context">The rotation.</param>
    /// <param name="candidate"><see cref="RotationContext.New"/> or <see cref="RotationContext.Old"/>.</param>
    /// <param name="ct">Cancels.</param>
    ValueTask<bool> ProbeAsync(RotationContext context, SecretValue candidate, CancellationToken ct);
}

/// <summary>A rotator that can see at the far side whether the old value is still in use (sessions of the old login). Revocation waits for that too, until the deadline.</summary>
public interface IDrainingRotator : IRotator
{
    /// <summary>Whether <see cref="RotationContext.Old"/> is in use at the far side.</summary>
    ValueTask<bool> IsOldInUseAsync(RotationContext context, CancellationToken ct);
}
