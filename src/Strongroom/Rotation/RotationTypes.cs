using Strongroom.Cryptography;

namespace Strongroom.Rotation;

/// <summary>How far a rotation is, as it stands in the vault.</summary>
public enum RotationStage
{
    /// <summary>None is under way.</summary>
    None,

    /// <summary>The new value is made and stored; the far side may or may not have it.</summary>
    Pending,

    /// <summary>Only with two phases: the exchange may have been sent, its outcome is not known.</summary>
    Exchanging,

    /// <summary>The far side has taken the new value.</summary>
    Set,

    /// <summary>The far side was seen to accept the new value.</summary>
    Verified,

    /// <summary>The new value is the current one; the old one is still accepted.</summary>
    Promoted,
}

/// <summary>What a secret's rotation waits for.</summary>
public enum RotationState
{
    /// <summary>For its time.</summary>
    Waiting,

    /// <summary>Its time has come, but no window is open.</summary>
    Closed,

    /// <summary>For nothing: the next run works on it.</summary>
    Due,

    /// <summary>For users of the old value.</summary>
    Draining,

    /// <summary>For the time of the next attempt after a failure.</summary>
    BackingOff,

    /// <summary>For a person: what the far side accepts could not be found out.</summary>
    Stuck,

    /// <summary>For another node, which works on it.</summary>
    Elsewhere,

    /// <summary>For a policy that can be used, or a rotator that this node has not.</summary>
    Unusable,
}

/// <summary>The rotation of one secret as it is planned.</summary>
/// <param name="Name">The secret.</param>
/// <param name="Kind">The rotator.</param>
/// <param name="Stage">How far a rotation under way is.</param>
/// <param name="State">What it waits for.</param>
/// <param name="DueAt">When the schedule wants the next rotation; null when it has none, or for what is under way.</param>
/// <param name="NextAt">When the next run may have something to do; null when only a person or an event can change that.</param>
/// <param name="Version">The secret's current version.</param>
/// <param name="Attempts">Failures since the last success.</param>
/// <param name="Note">In words: why.</param>
/// <param name="IsOverdue">Whether it is late beyond <see cref="RotationOptions.OverdueAfter"/>, or stuck.</param>
public sealed record RotationPlan(SecretName Name, string Kind, RotationStage Stage, RotationState State, DateTimeOffset? DueAt, DateTimeOffset? NextAt, long Version, long Attempts, string Note, bool IsOverdue);

/// <summary>How a run left a rotation.</summary>
public enum RotationResultKind
{
    /// <summary>The new value is current, the old one revoked.</summary>
    Completed,

    /// <summary>The new value is current; the old one is revoked when nobody uses it any more, or at the deadline.</summary>
    Promoted,

    /// <summary>Everything is done up to a step that has to wait: for a window.</summary>
    Waiting,

    /// <summary>A step failed; it is tried again.</summary>
    Failed,

    /// <summary>The far side refused the new value; the old one stays.</summary>
    Refused,

    /// <summary>A person is needed.</summary>
    Stuck,

    /// <summary>The secret was changed by somebody else meanwhile; the rotation was given up.</summary>
    Superseded,

    /// <summary>Given up on request.</summary>
    Abandoned,

    /// <summary>Another node works on it.</summary>
    Elsewhere,
}

/// <summary>How a run left the rotation of a secret.</summary>
/// <param name="Name">The secret.</param>
/// <param name="Kind">How it was left.</param>
/// <param name="Version">The secret's current version.</param>
/// <param name="Error">What failed, or null.</param>
public sealed record RotationResult(SecretName Name, RotationResultKind Kind, long Version, StrongroomException? Error = null);

/// <summary>A rotation that has ended. The latest twenty are kept with the secret.</summary>
/// <param name="Id">The rotation.</param>
/// <param name="Rotator">The rotator.</param>
/// <param name="FromVersion">The version that was replaced.</param>
/// <param name="ToVersion">The version that replaced it; 0 when none did.</param>
/// <param name="BegunAt">When it began.</param>
/// <param name="EndedAt">When it ended.</param>
/// <param name="Result">How.</param>
/// <param name="Reason">Why it was begun: <c>schedule</c>, <c>expiry</c>, or what a person gave.</param>
public sealed record PastRotation(RandomId Id, string Rotator, long FromVersion, long ToVersion, DateTimeOffset BegunAt, DateTimeOffset EndedAt, RotationResultKind Result, string Reason);

/// <summary>What is told of a rotation while it happens.</summary>
public enum RotationNoticeKind
{
    /// <summary>The new value is stored.</summary>
    Started,

    /// <summary>The far side has taken it.</summary>
    Set,

    /// <summary>The far side accepts it.</summary>
    Verified,

    /// <summary>It is the current one.</summary>
    Promoted,

    /// <summary>The old one is revoked: the rotation has ended.</summary>
    Completed,

    /// <summary>A step failed and is tried again.</summary>
    Failed,

    /// <summary>The far side refused the new value.</summary>
    Refused,

    /// <summary>A person is needed.</summary>
    Stuck,

    /// <summary>Given up because somebody else has changed the secret.</summary>
    Superseded,

    /// <summary>Given up on request.</summary>
    Abandoned,
}

/// <summary>Something that happened to a rotation. Never holds a value.</summary>
/// <param name="Name">The secret.</param>
/// <param name="Kind">What.</param>
/// <param name="Id">The rotation.</param>
/// <param name="Version">The secret's current version.</param>
/// <param name="At">When.</param>
/// <param name="Error">What failed, or null.</param>
public sealed record RotationNotice(SecretName Name, RotationNoticeKind Kind, RandomId Id, long Version, DateTimeOffset At, StrongroomException? Error = null);

/// <summary>A rotation that somebody asks for. It happens at once, whatever the windows say.</summary>
public sealed record RotationRequest
{
    /// <summary>The rotator; null for that of the policy, or <c>generated</c> where there is none.</summary>
    public string? Rotator { get; init; }

    /// <summary>The new value when it was made elsewhere, such as a key from an exchange's web page; null: the rotator makes it. Stays the caller's.</summary>
    public SecretValue? Value { get; init; }

    /// <summary>When such a value expires.</summary>
    public DateTimeOffset? ExpiresAt { get; init; }

    /// <summary>Why, for the history; at most 200 characters.</summary>
    public string Reason { get; init; } = "requested";

    /// <summary>Revoke the old value as soon as the new one is current, whoever still uses it: it is exposed.</summary>
    public bool Urgent { get; init; }
}
