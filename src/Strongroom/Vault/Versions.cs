using Strongroom.Cryptography;

namespace Strongroom.Vault;

/// <summary>Writing a new version on top of a record, and opening the value of one.</summary>
internal static class Versions
{
    /// <summary>Seals a payload as the version that <paramref name="metadata"/> names; the value it replaces becomes an older version, and the oldest beyond the setting go.</summary>
    public static async ValueTask<object?> WriteAsync(
        CommitPlan plan, SecretName name, SecretRecord? replaced, SecretMetadata metadata, RandomId newId, SealedPayload payload, DateTimeOffset? readableUntil, string operation, CancellationToken ct)
    {
        MetadataFormat.Check(metadata);
        var template = new SecretRecord
        {
            Id = replaced?.Id ?? newId,
            Epoch = 0,
            Generation = 0,
            Metadata = metadata,
            Extra = replaced?.Extra ?? [],
            Value = [],
            History = replaced?.History ?? [],
        };
        SecretRecord record = plan.Seal(name, template, payload);
        int keep = plan.Options.KeepVersions;
        if (replaced is not null && keep > 0)
            record = record with { History = record.History.Add(plan.Archive(replaced, readableUntil)) };
        else if (replaced is not null)
            plan.DropValue(replaced.Generation);
        int excess = record.History.Length - keep;
        for (int i = 0; i < excess; i++)
            await plan.DropVersion(record.Id, record.History[i], ct).ConfigureAwait(false);
        if (excess > 0)
            record = record with { History = record.History.RemoveRange(0, excess) };
        plan.Put(name, record, operation);
        return metadata;
    }

    /// <summary>Opens the value of a record or of an older version's row.</summary>
    public static SecretBuffer Open(HardenedEncryption keys, SecretName name, SecretRecord record)
    {
        byte[] aad = keys.ValueAad(record.Id, name.ToString(), record.Metadata.Version, record.Generation, record.Epoch);
        return keys.OpenValue(aad, record.Generation, record.Epoch, record.Value);
    }
}

/// <summary>The conditions of writes, and the errors when they do not hold.</summary>
internal static class Conditions
{
    public static void Check(SecretName name, WriteCondition condition, SecretRecord? record)
    {
        bool live = record is { Metadata.IsDeleted: false };
        if (condition.IfAbsent && live)
            throw new SecretConflictException("SR1414", $"{name} already exists, in version {record!.Metadata.Version}.", "Choose another name, or write without the condition that it be absent.");
        if (condition.IfPresent && !live)
            throw new SecretConflictException("SR1415", $"{name} does not exist.", "Create it first, or write without the condition that it be present.");
        if (condition.IfVersion is { } version && (record is null || record.Metadata.Version != version))
            throw new SecretConflictException("SR1416", record is null ? $"{name} does not exist, version {version} was expected." : $"{name} is in version {record.Metadata.Version}, not {version}.", "Somebody else has written it. Read it again and decide anew.");
        if (condition.IfTag is { } tag && (!live || record!.Metadata.Tags.GetValueOrDefault(tag.Key) != tag.Value))
            throw new SecretConflictException("SR1451", $"The tag '{tag.Key}' of {name} is not what was expected.", "Somebody else has changed it. Read it again and decide anew.");
    }

    public static SecretNotFoundException NotFound(SecretName name, SecretRecord? record) => record is null
        ? new SecretNotFoundException("SR1417", $"There is no secret '{name}'.", "See the names with list.")
        : new SecretNotFoundException("SR1418", $"'{name}' is deleted.", "Restore it with restore, or write it anew with set.");

    public static SecretConflictException Missing(SecretName name) =>
        new("SR1419", $"{name} is not in the state that the batch needs.", "Read again and build the batch anew.");
}
