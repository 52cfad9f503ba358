namespace Strongroom.Rotation;

/// <summary>What is due: a function of policies, states and the time.</summary>
internal sealed class RotationPlanner(RotationSetting setting, IReadOnlyDictionary<string, IRotator> rotators, string owner)
{
    public RotationPlan Plan(SecretName name, SecretMetadata? metadata, RotationRecord record, DateTimeOffset now)
    {
        RotationPolicy? policy = null;
        var plan = new RotationPlan(name, record.Kind, record.Stage, RotationState.Waiting, null, null, metadata?.Version ?? 0, record.Attempts, "", IsOverdue: false);
        try
        {
            policy = metadata is { IsDeleted: false } ? RotationPolicy.Read(name, metadata.Tags) : null;
            if (record.Stage != RotationStage.None)
                return UnderWay(plan, metadata, record, policy, now);
            if (policy is null || metadata is null)
                return plan with { State = RotationState.Unusable, Note = "it has no policy" };
            plan = plan with { Kind = policy.Rotator };
            if (!rotators.TryGetValue(policy.Rotator, out IRotator? rotator))
                return plan with { State = RotationState.Unusable, Note = $"there is no rotator '{policy.Rotator}' here" };
            RotationPolicy.CheckSettings(name, metadata.Tags, rotator);
            return Scheduled(plan, policy, metadata, record, now);
        }
        catch (VaultConfigurationException error)
        {
            return plan with { State = RotationState.Unusable, Note = error.Message, IsOverdue = true };
        }
    }

    private RotationPlan UnderWay(RotationPlan plan, SecretMetadata? metadata, RotationRecord record, RotationPolicy? policy, DateTimeOffset now)
    {
        bool late = now > (record.Deadline ?? record.Begun) + setting.Options.OverdueAfter;
        if (!rotators.ContainsKey(record.Kind))
            return plan with { State = RotationState.Unusable, Note = $"there is no rotator '{record.Kind}' here", IsOverdue = late };
        if (record.Stage == RotationStage.Exchanging && record.Probes >= setting.Options.MaxProbes)
            return plan with { State = RotationState.Stuck, Note = "what the far side accepts is not known", IsOverdue = true };
        if (record.Stage != RotationStage.Promoted && record.Error == RotationRun.OnlyCopy && RotationRun.IsChanged(metadata, record))
            return plan with { State = RotationState.Stuck, Note = "somebody else has changed the secret, and the far side may accept the staged value only", IsOverdue = true };
        if (record.Owner.Length > 0 && record.Owner != owner && record.Until > now)
            return plan with { State = RotationState.Elsewhere, NextAt = record.Until, Note = $"{record.Owner.Split('/')[0]} works on it" };
        if (record.Retry > now)
            return plan with { State = RotationState.BackingOff, NextAt = record.Retry, Note = $"failed with {record.Error}", IsOverdue = late };
        if (record.Stage == RotationStage.Promoted && !record.Urgent && now < record.Deadline)
            return plan with { State = RotationState.Draining, NextAt = record.Deadline, Note = "the old value is revoked when nobody uses it any more" };
        if (record.Stage == RotationStage.Verified && policy?.Windows.IsOpen(now) == false)
            return plan with { State = RotationState.Closed, NextAt = policy.Windows.NextOpen(now), Note = "no window is open", IsOverdue = late };
        return plan with { State = RotationState.Due, NextAt = now, Note = $"under way: {record.Stage.ToString().ToLowerInvariant()}", IsOverdue = late };
    }

    private RotationPlan Scheduled(RotationPlan plan, RotationPolicy policy, SecretMetadata metadata, RotationRecord record, DateTimeOffset now)
    {
        if (policy.Next(Since(metadata, record), metadata.ExpiresAt) is not { } due)
            return plan with { Note = "rotated on request only" };
        plan = plan with { DueAt = due.At, Note = due.Reason, IsOverdue = now > due.At + setting.Options.OverdueAfter };
        if (due.At > now)
            return plan with { NextAt = policy.Windows.NextOpen(due.At) };
        if (record.Retry > now)
            return plan with { State = RotationState.BackingOff, NextAt = record.Retry, Note = $"failed with {record.Error}" };
        return policy.Windows.IsOpen(now)
            ? plan with { State = RotationState.Due, NextAt = now }
            : plan with { State = RotationState.Closed, NextAt = policy.Windows.NextOpen(now), Note = "no window is open" };
    }

    // When the current value was written: metadata changes move updated_at, so where the last rotation wrote it that one's time counts.
    private static DateTimeOffset Since(SecretMetadata metadata, RotationRecord record) =>
        record.History.FirstOrDefault(static past => past.Result == RotationResultKind.Completed) is { } last && last.ToVersion == metadata.Version ? last.BegunAt
        : metadata.Version == 1 ? metadata.CreatedAt : metadata.UpdatedAt;
}
