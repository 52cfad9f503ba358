using System.Collections.Immutable;
using Strongroom.Cryptography;

namespace Strongroom.Vault;

/// <summary>One write, applied to a plan. It may be applied again when a swap was lost, so it keeps nothing but what identifies it.</summary>
internal abstract class WriteOperation
{
    /// <summary>Its name in the audit log.</summary>
    public abstract string Name { get; }

    /// <summary>The secrets that it will look at.</summary>
    public virtual IEnumerable<SecretName> Secrets => [];

    /// <summary>Does ahead what other threads can do; the write is the same without, and what fails here fails again where the write is applied.</summary>
    public virtual void Prepare(CommitPlan plan)
    {
    }

    /// <summary>Applies it. An exception leaves the other writes of the commit alone.</summary>
    public abstract ValueTask<object?> ApplyAsync(CommitPlan plan, CancellationToken ct);
}

/// <summary>A write of one secret.</summary>
internal abstract class SecretOperation(SecretName secret, WriteCondition condition) : WriteOperation
{
    private (CommitPlan? Plan, SecretRecord? Record) _found;

    public override IEnumerable<SecretName> Secrets => [secret];

    protected SecretName Secret => secret;

    public override async ValueTask<object?> ApplyAsync(CommitPlan plan, CancellationToken ct)
    {
        SecretRecord? record = ReferenceEquals(_found.Plan, plan) && !plan.Has(secret) ? _found.Record : await plan.FindAsync(secret, ct).ConfigureAwait(false);
        Conditions.Check(secret, condition, record);
        return await ApplyAsync(plan, record, ct).ConfigureAwait(false);
    }

    /// <summary>Finds the record ahead, for <see cref="WriteOperation.Prepare"/>.</summary>
    protected SecretRecord? Find(CommitPlan plan)
    {
        _found = (plan, plan.FindAtOnce(secret));
        return _found.Record;
    }

    protected abstract ValueTask<object?> ApplyAsync(CommitPlan plan, SecretRecord? record, CancellationToken ct);

    protected SecretRecord Live(SecretRecord? record) => record is { Metadata.IsDeleted: false } ? record : throw Conditions.NotFound(secret, record);
}

/// <summary>Writes a new version.</summary>
internal sealed class SetOperation(SecretName secret, SecretValue value, SetOptions options) : SecretOperation(secret, options.Condition)
{
    private readonly RandomId _newId = RandomId.New();
    private readonly SealedPayload _payload = new(() => new ReadOnlyMemoryOwner(value, null));

    private ImmutableSortedDictionary<string, string>? _tags;

    public override string Name => "set";

    public override void Prepare(CommitPlan plan)
    {
        try
        {
            SecretRecord? record = Find(plan);
            plan.SealAhead(Secret, record?.Id ?? _newId, Metadata(plan, record).Version, _payload);
        }
        catch (Exception error) when (error is StrongroomException or ArgumentException or InvalidOperationException)
        {
            // It is told by ApplyAsync, in the order of the writes.
        }
    }

    protected override async ValueTask<object?> ApplyAsync(CommitPlan plan, SecretRecord? record, CancellationToken ct) =>
        await Versions.WriteAsync(plan, Secret, record, Metadata(plan, record), _newId, _payload, null, Name, ct).ConfigureAwait(false);

    private SecretMetadata Metadata(CommitPlan plan, SecretRecord? record)
    {
        SecretMetadata old = record?.Metadata ?? new SecretMetadata { CreatedAt = plan.Now, UpdatedAt = plan.Now, Version = 0 };
        if (options.Tags is not null)
            _tags ??= options.Tags.ToImmutableSortedDictionary(StringComparer.Ordinal);
        return old with
        {
            UpdatedAt = plan.Now,
            State = "current",
            Version = old.Version + 1,
            SecretType = options.Type ?? old.SecretType,
            Description = options.Description ?? old.Description,
            ExpiresAt = options.ClearExpiry ? null : options.ExpiresAt is { } expires ? MetadataFormat.Truncate(expires) : old.ExpiresAt,
            Tags = _tags ?? old.Tags,
        };
    }
}

/// <summary>Replaces the value and counts a rotation.</summary>
internal sealed class RotateOperation(SecretName secret, SecretValue value, RotateOptions options) : SecretOperation(secret, options.Condition)
{
    private readonly SealedPayload _payload = new(() => new ReadOnlyMemoryOwner(value, null));

    public override string Name => "rotate";

    protected override async ValueTask<object?> ApplyAsync(CommitPlan plan, SecretRecord? record, CancellationToken ct)
    {
        SecretMetadata old = Live(record).Metadata;
        DateTimeOffset? expires = options.ExpiresAt is { } at ? MetadataFormat.Truncate(at) : old.ExpiresAt is { } was && was > old.UpdatedAt ? plan.Now + (was - old.UpdatedAt) : old.ExpiresAt;
        SecretMetadata metadata = old with { UpdatedAt = plan.Now, Version = old.Version + 1, RotationCount = old.RotationCount + 1, ExpiresAt = expires };
        DateTimeOffset readableUntil = MetadataFormat.Truncate(plan.Now + (options.Grace ?? plan.Options.RotationGrace));
        return await Versions.WriteAsync(plan, Secret, record, metadata, default, _payload, readableUntil, Name, ct).ConfigureAwait(false);
    }
}

/// <summary>Writes an older version's value as a new version.</summary>
internal sealed class RollbackOperation(SecretName secret, long version, WriteCondition condition) : SecretOperation(secret, condition)
{
    public override string Name => "rollback";

    protected override async ValueTask<object?> ApplyAsync(CommitPlan plan, SecretRecord? record, CancellationToken ct)
    {
        SecretRecord current = Live(record);
        HistoryEntry entry = current.History.FirstOrDefault(candidate => candidate.Version == version)
            ?? throw new SecretNotFoundException("SR1413", $"Version {version} of {Secret} is not kept.", "See its versions with history.");
        SecretRecord older = await plan.VersionAsync(current.Id, entry, ct).ConfigureAwait(false);
        var payload = new SealedPayload(() => new ReadOnlyMemoryOwner(null, Versions.Open(plan.Keys, Secret, older)));
        SecretMetadata metadata = current.Metadata with { UpdatedAt = plan.Now, Version = current.Metadata.Version + 1 };
        return await Versions.WriteAsync(plan, Secret, current, metadata, default, payload, null, Name, ct).ConfigureAwait(false);
    }
}

/// <summary>Changes metadata only.</summary>
internal sealed class MetadataOperation(SecretName secret, MetadataChange change, WriteCondition condition) : SecretOperation(secret, condition)
{
    public override string Name => "metadata";

    protected override ValueTask<object?> ApplyAsync(CommitPlan plan, SecretRecord? record, CancellationToken ct)
    {
        SecretRecord current = Live(record);
        SecretMetadata metadata = current.Metadata;
        ImmutableSortedDictionary<string, string> tags = metadata.Tags;
        foreach ((string key, string? value) in change.Tags ?? ImmutableSortedDictionary<string, string?>.Empty)
            tags = value is null ? tags.Remove(key) : tags.SetItem(key, value);
        metadata = metadata with
        {
            UpdatedAt = plan.Now,
            SecretType = change.Type ?? metadata.SecretType,
            Description = change.Description ?? metadata.Description,
            ExpiresAt = change.ClearExpiry ? null : change.ExpiresAt is { } expires ? MetadataFormat.Truncate(expires) : metadata.ExpiresAt,
            Tags = tags,
        };
        MetadataFormat.Check(metadata);
        plan.Put(Secret, current with { Metadata = metadata }, Name);
        return new ValueTask<object?>(metadata);
    }
}

/// <summary>Deletes so that it can be restored. In a batch a missing secret is a conflict, alone it is the answer false.</summary>
internal sealed class DeleteOperation(SecretName secret, WriteCondition condition, bool required) : SecretOperation(secret, condition)
{
    public override string Name => "delete";

    protected override ValueTask<object?> ApplyAsync(CommitPlan plan, SecretRecord? record, CancellationToken ct)
    {
        if (record is null or { Metadata.IsDeleted: true })
            return required ? throw Conditions.Missing(Secret) : new ValueTask<object?>(false);
        plan.Put(Secret, record with { Metadata = record.Metadata with { State = "deleted", UpdatedAt = plan.Now } }, Name);
        return new ValueTask<object?>(true);
    }
}

/// <summary>Undoes a delete.</summary>
internal sealed class RestoreOperation(SecretName secret, WriteCondition condition, bool required) : SecretOperation(secret, condition)
{
    public override string Name => "restore";

    protected override ValueTask<object?> ApplyAsync(CommitPlan plan, SecretRecord? record, CancellationToken ct)
    {
        if (record is null or { Metadata.IsDeleted: false })
            return required ? throw Conditions.Missing(Secret) : new ValueTask<object?>(false);
        plan.Put(Secret, record with { Metadata = record.Metadata with { State = "current", UpdatedAt = plan.Now } }, Name);
        return new ValueTask<object?>(true);
    }
}

/// <summary>Removes a secret with all its versions.</summary>
internal sealed class PurgeOperation(SecretName secret, WriteCondition condition, bool required) : SecretOperation(secret, condition)
{
    public override string Name => "purge";

    protected override async ValueTask<object?> ApplyAsync(CommitPlan plan, SecretRecord? record, CancellationToken ct)
    {
        if (record is null)
            return required ? throw Conditions.Missing(Secret) : false;
        foreach (HistoryEntry entry in record.History)
            await plan.DropVersion(record.Id, entry, ct).ConfigureAwait(false);
        plan.Remove(Secret, record, Name);
        return true;
    }
}

/// <summary>Makes an older version unreadable. In a batch one that is not kept is a conflict, alone it is the answer false.</summary>
internal sealed class RevokeOperation(SecretName secret, long version, WriteCondition condition, bool required) : SecretOperation(secret, condition)
{
    public override string Name => "revoke";

    protected override ValueTask<object?> ApplyAsync(CommitPlan plan, SecretRecord? record, CancellationToken ct)
    {
        SecretRecord current = Live(record);
        if (current.Metadata.Version == version)
            throw new SecretConflictException("SR1452", $"Version {version} of {Secret} is the current one.", "Rotate it first: the version before can then be revoked.");
        int at = current.History.IndexOf(current.History.FirstOrDefault(entry => entry.Version == version)!);
        if (at < 0)
            return required ? throw Conditions.Missing(Secret) : new ValueTask<object?>(false);
        if (current.History[at].State != "revoked")
            plan.Put(Secret, current with { History = current.History.SetItem(at, current.History[at] with { State = "revoked", ReadableUntil = plan.Now }) }, Name);
        return new ValueTask<object?>(true);
    }
}

/// <summary>Several writes, all or none.</summary>
internal sealed class BatchOperation(IReadOnlyList<WriteOperation> writes) : WriteOperation
{
    // Below, threads cost more than they save.
    private const int Few = 256;

    public override string Name => writes.Count == 1 ? writes[0].Name : "batch";

    public override IEnumerable<SecretName> Secrets => writes.SelectMany(static write => write.Secrets);

    public override async ValueTask<object?> ApplyAsync(CommitPlan plan, CancellationToken ct)
    {
        if (writes.Count >= Few && plan.FindsAtOnce)
            Parallel.For(0, Environment.ProcessorCount, part => Prepare(plan, part));
        foreach (WriteOperation write in writes)
            await write.ApplyAsync(plan, ct).ConfigureAwait(false);
        return null;
    }

    private void Prepare(CommitPlan plan, int part)
    {
        int end = (int)((long)writes.Count * (part + 1) / Environment.ProcessorCount);
        for (int i = (int)((long)writes.Count * part / Environment.ProcessorCount); i < end; i++)
            writes[i].Prepare(plan);
    }
}

/// <summary>A change of the head: slots, generations, chains.</summary>
internal sealed class HeadOperation(string name, Func<CommitPlan, CancellationToken, ValueTask<object?>> apply) : WriteOperation
{
    public override string Name => name;

    public override ValueTask<object?> ApplyAsync(CommitPlan plan, CancellationToken ct) => apply(plan, ct);
}
