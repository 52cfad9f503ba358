using System.Collections.Immutable;

namespace Strongroom.Cli.Agent;

/// <summary>Secrets, metadata and conditions on the wire.</summary>
internal static class WireSecrets
{
    public static void Metadata(this WireWriter wire, SecretMetadata metadata)
    {
        wire.Time(metadata.CreatedAt);
        wire.Time(metadata.UpdatedAt);
        wire.Time(metadata.ExpiresAt);
        wire.Time(metadata.LastAccessed);
        wire.Number(metadata.RotationCount);
        wire.Number(metadata.Version);
        wire.Text(metadata.State);
        wire.Text(metadata.SecretType.ToString());
        wire.Items(metadata.Tags, static (wire, tag) => wire.Pair(tag.Key, tag.Value));
        wire.Text(metadata.Description);
    }

    public static SecretMetadata Metadata(this ref WireReader wire)
    {
        var metadata = new SecretMetadata
        {
            CreatedAt = wire.Time(),
            UpdatedAt = wire.Time(),
            ExpiresAt = wire.TimeOrNull(),
            LastAccessed = wire.TimeOrNull(),
            RotationCount = wire.Number(),
            Version = wire.Number(),
            State = wire.Text(),
            SecretType = SecretType.Parse(wire.Text()),
        };
        var tags = SecretMetadata.EmptyTags.ToBuilder();
        for (var left = wire.Count(); left > 0; left--)
            tags[wire.Text()] = wire.Text();
        return metadata with { Tags = tags.ToImmutable(), Description = wire.Text() };
    }

    public static void Value(this WireWriter wire, SecretValue value)
    {
        wire.Flag(value.HasFields);
        if (!value.HasFields)
        {
            wire.Bytes(value.Span);
            return;
        }

        var names = value.FieldNames;
        wire.Length((uint)names.Count);
        foreach (var name in names)
        {
            wire.Text(name);
            _ = value.TryGetField(name, out var field);
            wire.Bytes(field);
        }
    }

    /// <summary>The caller owns it.</summary>
    public static SecretValue Value(this ref WireReader wire)
    {
        if (!wire.Flag())
            return SecretValue.FromBytes(wire.Bytes());
        var fields = new List<KeyValuePair<string, SecretValue>>();
        try
        {
            for (var left = wire.Count(); left > 0; left--)
                fields.Add(new(wire.Text(), SecretValue.FromBytes(wire.Bytes())));
        }
        catch
        {
            foreach (var (_, value) in fields)
                value.Dispose();
            throw;
        }

        return SecretValue.FromFields(fields);
    }

    public static void Condition(this WireWriter wire, WriteCondition condition)
    {
        wire.Number(condition.IfVersion);
        wire.Flag(condition.IfAbsent);
        wire.Flag(condition.IfPresent);
        wire.Text(condition.IfTag?.Key);
        wire.Text(condition.IfTag?.Value);
    }

    public static WriteCondition Condition(this ref WireReader wire)
    {
        var condition = new WriteCondition { IfVersion = wire.NumberOrNull(), IfAbsent = wire.Flag(), IfPresent = wire.Flag() };
        var (tag, value) = (wire.TextOrNull(), wire.TextOrNull());
        return tag is null ? condition : condition with { IfTag = KeyValuePair.Create(tag, value) };
    }

    public static void Options(this WireWriter wire, SetOptions options)
    {
        wire.Condition(options.Condition);
        wire.Text(options.Type?.ToString());
        wire.Text(options.Description);
        wire.Time(options.ExpiresAt);
        wire.Flag(options.ClearExpiry);
        wire.Flag(options.Tags is not null);
        if (options.Tags is { } tags)
            wire.Items(tags, static (wire, tag) => wire.Pair(tag.Key, tag.Value));
    }

    public static SetOptions SetOptions(this ref WireReader wire)
    {
        var options = new SetOptions
        {
            Condition = wire.Condition(),
            Type = TypeOf(wire.TextOrNull()),
            Description = wire.TextOrNull(),
            ExpiresAt = wire.TimeOrNull(),
            ClearExpiry = wire.Flag(),
        };
        if (!wire.Flag())
            return options;
        var tags = new Dictionary<string, string>(StringComparer.Ordinal);
        for (var left = wire.Count(); left > 0; left--)
            tags[wire.Text()] = wire.Text();
        return options with { Tags = tags };
    }

    public static void Options(this WireWriter wire, RotateOptions options)
    {
        wire.Condition(options.Condition);
        wire.Number(options.Grace?.Ticks);
        wire.Time(options.ExpiresAt);
    }

    public static RotateOptions RotateOptions(this ref WireReader wire) => new()
    {
        Condition = wire.Condition(),
        Grace = wire.NumberOrNull() is { } ticks ? TimeSpan.FromTicks(ticks) : null,
        ExpiresAt = wire.TimeOrNull(),
    };

    public static void Change(this WireWriter wire, MetadataChange change)
    {
        wire.Text(change.Type?.ToString());
        wire.Text(change.Description);
        wire.Time(change.ExpiresAt);
        wire.Flag(change.ClearExpiry);
        wire.Tags(change.Tags);
    }

    public static MetadataChange Change(this ref WireReader wire) => new()
    {
        Type = TypeOf(wire.TextOrNull()),
        Description = wire.TextOrNull(),
        ExpiresAt = wire.TimeOrNull(),
        ClearExpiry = wire.Flag(),
        Tags = wire.Tags(),
    };

    public static void Query(this WireWriter wire, SecretQuery query)
    {
        wire.Text(query.Prefix);
        wire.Text(query.After?.ToString());
        wire.Number(query.Limit);
        wire.Tags(query.Tags);
        wire.Text(query.Type?.ToString());
        wire.Number(query.ExpiringWithin?.Ticks);
        wire.Flag(query.IncludeDeleted);
    }

    public static SecretQuery Query(this ref WireReader wire) => new()
    {
        Prefix = wire.Text(),
        After = wire.TextOrNull() is { } after ? SecretName.Parse(after) : default(SecretName?),
        Limit = (int)Math.Clamp(wire.Number(), 0, int.MaxValue),
        Tags = wire.Tags(),
        Type = TypeOf(wire.TextOrNull()),
        ExpiringWithin = wire.NumberOrNull() is { } ticks ? TimeSpan.FromTicks(ticks) : null,
        IncludeDeleted = wire.Flag(),
    };

    public static void Batch(this WireWriter wire, SecretBatch batch) => wire.Items(batch.Writes, static (wire, write) =>
    {
        wire.Byte((byte)write.Kind);
        wire.Text(write.Name.ToString());
        switch (write.Kind)
        {
            case SecretWriteKind.Set:
                wire.Value(write.Value!);
                wire.Options(write.Set);
                break;
            case SecretWriteKind.Rotate:
                wire.Value(write.Value!);
                wire.Options(write.Rotate);
                break;
            case SecretWriteKind.UpdateMetadata:
                wire.Change(write.Change!);
                wire.Condition(write.Condition);
                break;
            case SecretWriteKind.Revoke:
                wire.Number(write.Version);
                wire.Condition(write.Condition);
                break;
            default:
                wire.Condition(write.Condition);
                break;
        }
    });

    /// <summary>A batch; its values are added to a list that the caller disposes of, whatever happens.</summary>
    public static SecretBatch Batch(this ref WireReader wire, List<SecretValue> values)
    {
        var batch = new SecretBatch();
        for (var left = wire.Count(); left > 0; left--)
        {
            var kind = (SecretWriteKind)wire.Byte();
            var name = wire.Name();
            if (kind is SecretWriteKind.Set or SecretWriteKind.Rotate)
                values.Add(wire.Value());
            _ = kind switch
            {
                SecretWriteKind.Set => batch.Set(name, values[^1], wire.SetOptions()),
                SecretWriteKind.Rotate => batch.Rotate(name, values[^1], wire.RotateOptions()),
                SecretWriteKind.UpdateMetadata => batch.UpdateMetadata(name, wire.Change(), wire.Condition()),
                SecretWriteKind.Delete => batch.Delete(name, wire.Condition()),
                SecretWriteKind.Restore => batch.Restore(name, wire.Condition()),
                SecretWriteKind.Purge => batch.Purge(name, wire.Condition()),
                SecretWriteKind.Revoke => batch.Revoke(name, wire.Number(), wire.Condition()),
                _ => throw new WireException(),
            };
        }

        return batch;
    }

    private static void Pair(this WireWriter wire, string key, string? value)
    {
        wire.Text(key);
        wire.Text(value);
    }

    private static void Tags(this WireWriter wire, IReadOnlyDictionary<string, string?>? tags)
    {
        wire.Flag(tags is not null);
        if (tags is not null)
            wire.Items(tags, static (wire, tag) => wire.Pair(tag.Key, tag.Value));
    }

    private static Dictionary<string, string?>? Tags(this ref WireReader wire)
    {
        if (!wire.Flag())
            return null;
        var tags = new Dictionary<string, string?>(StringComparer.Ordinal);
        for (var left = wire.Count(); left > 0; left--)
            tags[wire.Text()] = wire.TextOrNull();
        return tags;
    }

    private static SecretType? TypeOf(string? text) => text is null ? default(SecretType?) : SecretType.Parse(text);
}
