using System.Collections.Immutable;

namespace Strongroom.Tests.Vault;

/// <summary>What a vault is, said in a dictionary: the outcome of each write and the state after it. Immutable, so that a write that fails changes nothing.</summary>
internal sealed record ManagerModel(ImmutableSortedDictionary<string, ManagerModel.Secret> Secrets)
{
    public const int KeepVersions = 3;

    public static ManagerModel Empty { get; } = new(ImmutableSortedDictionary.Create<string, Secret>(StringComparer.Ordinal));

    public Secret? Live(string name) => Secrets.GetValueOrDefault(name) is { IsDeleted: false } live ? live : null;

    /// <summary>The state after a write, and its answer: a number, a yes or no, or the error's type.</summary>
    public (ManagerModel After, object Answer) Apply(ManagerStep step, bool inBatch = false)
    {
        Secret? there = Secrets.GetValueOrDefault(step.Name), live = Live(step.Name);
        switch (step.Kind)
        {
            case ManagerStepKind.Set:
                return With(step.Name, Next(there, step.Value));
            case ManagerStepKind.SetAbsent:
                return live is null ? With(step.Name, Next(there, step.Value)) : (this, typeof(SecretConflictException));
            case ManagerStepKind.SetVersion:
                return there?.Version == step.Number ? With(step.Name, Next(there, step.Value)) : (this, typeof(SecretConflictException));
            case ManagerStepKind.Rotate:
                return live is null ? (this, typeof(SecretNotFoundException)) : With(step.Name, Next(live, step.Value) with { Rotations = live.Rotations + 1 });
            case ManagerStepKind.Rollback when inBatch:
                return (this, typeof(SecretConflictException));
            case ManagerStepKind.Rollback:
                return live?.Older.FirstOrDefault(older => older.Version == step.Number) is { } older ? With(step.Name, Next(live, older.Value)) : (this, typeof(SecretNotFoundException));
            case ManagerStepKind.Tag:
                return live is null ? (this, typeof(SecretNotFoundException)) : With(step.Name, live with { Tag = step.Value });
            case ManagerStepKind.Delete:
                return YesNo(step.Name, live is null ? null : live with { IsDeleted = true }, inBatch);
            case ManagerStepKind.Restore:
                return YesNo(step.Name, there is { IsDeleted: true } ? there with { IsDeleted = false } : null, inBatch);
            default:
                return there is null ? (this, Refusal(inBatch)) : (new ManagerModel(Secrets.Remove(step.Name)), true);
        }
    }

    /// <summary>All or nothing.</summary>
    public (ManagerModel After, object Answer) ApplyAll(IEnumerable<ManagerStep> steps)
    {
        ManagerModel after = this;
        foreach (ManagerStep step in steps)
        {
            (after, object answer) = after.Apply(step, inBatch: true);
            if (answer is Type)
                return (this, answer);
        }

        return (after, true);
    }

    private static Secret Next(Secret? before, string value)
    {
        if (before is null)
            return new Secret(1, value, [], IsDeleted: false, Rotations: 0, Tag: null);
        ImmutableArray<Older> older = before.Older.Add(new Older(before.Version, before.Value));
        return before with { Version = before.Version + 1, Value = value, Older = older[Math.Max(0, older.Length - KeepVersions)..], IsDeleted = false };
    }

    private static object Refusal(bool inBatch) => inBatch ? typeof(SecretConflictException) : false;

    private (ManagerModel After, object Answer) YesNo(string name, Secret? after, bool inBatch) => after is null ? (this, Refusal(inBatch)) : (With(name, after).After, true);

    private (ManagerModel After, object Answer) With(string name, Secret secret) => (new ManagerModel(Secrets.SetItem(name, secret)), secret.Version);

    internal sealed record Older(long Version, string Value);

    internal sealed record Secret(long Version, string Value, ImmutableArray<Older> Older, bool IsDeleted, long Rotations, string? Tag);
}

internal enum ManagerStepKind
{
    Set,
    SetAbsent,
    SetVersion,
    Rotate,
    Rollback,
    Tag,
    Delete,
    Restore,
    Purge,
}

/// <summary>One write; the number is a version where the kind asks for one.</summary>
internal sealed record ManagerStep(ManagerStepKind Kind, string Name, long Number, string Value);
