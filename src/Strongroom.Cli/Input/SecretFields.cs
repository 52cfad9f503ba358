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
        if (secret is not null && !secret.Value.HasFields)
            throw new CliException(ExitCodes.Usage, "SR2015", $"{secret.Name} has one plain value and no fields.", "Leave --field away, or write all fields with 'strongroom set'.");
        var fields = new Dictionary<string, SecretValue>(StringComparer.Ordinal);
        try
        {
            foreach (var name in secret?.Value.FieldNames ?? [])
                fields[name] = secret!.Value.TryGetField(name, out var old) ? SecretValue.FromBytes(old) : throw NeedsField(secret);
            if (fields.Remove(field, out var replaced))
                replaced.Dispose();
            fields[field] = SecretValue.FromBytes(value);
            return SecretValue.FromFields(fields);
        }
        finally
        {
            foreach (var (_, part) in fields)
                part.Dispose();
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
}
