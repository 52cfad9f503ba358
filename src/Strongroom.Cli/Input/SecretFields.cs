namespace Strongroom.Cli.Input;

/// <summary>Picks and replaces fields.</summary>
internal static class SecretFields
{
    /// <summary>The bytes of a plain value or of a field. Valid as long as the secret.</summary>
    /// <exception cref="CliException">The secret has fields and none is named, or the other way round.</exception>
    public static ReadOnlySpan<byte> Select(SecretData secret, string? field)
    {
        if (field is null)
            return secret.Value.HasFields ? throw NeedsField(secret) : secret.Value.Span;
        if (!secret.Value.HasFields)
            throw new CliException(ExitCodes.NotFound, "SR2014", $"{secret.Name} has one plain value and no fields.", $"Use: strongroom get {secret.Name}.");
        return secret.Value.TryGetField(field, out var value)
            ? value
            : throw new CliException(ExitCodes.NotFound, "SR2014", $"{secret.Name} has no such field.", $"It has {string.Join(", ", secret.Value.FieldNames)}.");
    }

    /// <summary>The fields of a secret with one of them replaced or added. The caller owns the result.</summary>
    public static SecretValue With(SecretData? secret, string field, ReadOnlySpan<byte> value)
    {
        if (secret is not null)
            RequireFields(secret);
        var fields = Copy(secret?.Value);
        try
        {
            Put(fields, field, value);
            return SecretValue.FromFields(fields);
        }
        finally
        {
            Dispose(fields);
        }
    }

    /// <summary>The fields of a secret with those of another value put over them. The caller owns the result.</summary>
    public static SecretValue Merge(SecretData secret, SecretValue changes)
    {
        RequireFields(secret);
        var fields = Copy(secret.Value);
        try
        {
            foreach (var name in changes.FieldNames)
            {
                if (changes.TryGetField(name, out var value))
                    Put(fields, name, value);
            }

            return SecretValue.FromFields(fields);
        }
        finally
        {
            Dispose(fields);
        }
    }

    /// <summary>The fields of a secret without one of them. The caller owns the result.</summary>
    public static SecretValue Without(SecretData secret, string field)
    {
        _ = Select(secret, field);
        if (secret.Value.FieldNames.Count == 1)
            throw new CliException(ExitCodes.Usage, "SR2015", $"'{field}' is the only field of {secret.Name}.", $"To delete the secret: strongroom remove {secret.Name}.");
        var fields = Copy(secret.Value);
        try
        {
            fields.Remove(field, out var removed);
            removed?.Dispose();
            return SecretValue.FromFields(fields);
        }
        finally
        {
            Dispose(fields);
        }
    }

    /// <summary>Names the fields there are: names are no secrets to who has unlocked the vault.</summary>
    public static CliException NeedsField(SecretData secret) => new(
        ExitCodes.Usage,
        "SR2015",
        $"{secret.Name} has fields: {string.Join(", ", secret.Value.FieldNames)}. Say which.",
        $"For example: strongroom get {secret.Name}#{secret.Value.FieldNames[0]}.");

    /// <summary>The same for verbs that write one field.</summary>
    public static CliException NeedsFieldOption(SecretData secret) => new(
        ExitCodes.Usage,
        "SR2015",
        $"{secret.Name} has fields: {string.Join(", ", secret.Value.FieldNames)}. One value would replace them all.",
        $"For example: --field {secret.Value.FieldNames[^1]}.");

    private static void RequireFields(SecretData secret)
    {
        if (!secret.Value.HasFields)
            throw new CliException(ExitCodes.Usage, "SR2015", $"{secret.Name} has one plain value and no fields.", $"Write it whole: strongroom set {secret.Name}, or strongroom edit {secret.Name}.");
    }

    private static Dictionary<string, SecretValue> Copy(SecretValue? value)
    {
        var fields = new Dictionary<string, SecretValue>(StringComparer.Ordinal);
        foreach (var name in value?.FieldNames ?? [])
        {
            if (value!.TryGetField(name, out var bytes))
                fields[name] = SecretValue.FromBytes(bytes);
        }

        return fields;
    }

    private static void Put(Dictionary<string, SecretValue> fields, string name, ReadOnlySpan<byte> value)
    {
        if (fields.Remove(name, out var replaced))
            replaced.Dispose();
        fields[name] = SecretValue.FromBytes(value);
    }

    private static void Dispose(Dictionary<string, SecretValue> fields)
    {
        foreach (var (_, part) in fields)
            part.Dispose();
    }
}
