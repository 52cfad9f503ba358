namespace Strongroom.Cli.Moving;

/// <summary>Secrets as password managers see them: a plain value is the password, and only some fields have a place.</summary>
internal static class Logins
{
    /// <summary>The values by field, or null after adding what does not fit.</summary>
    /// <param name="secret">The secret.</param>
    /// <param name="places">The fields that have a place; null when any field has one.</param>
    /// <param name="problems">Takes what has none.</param>
    public static Dictionary<string, SecretValue>? Of(MovedSecret secret, IEnumerable<string>? places, Problems problems)
    {
        var values = secret.Fields.ToDictionary(static field => field.Key, static field => field.Value, StringComparer.Ordinal);
        if (secret.Plain is { } plain)
            values["password"] = plain;
        var known = places?.ToHashSet(StringComparer.Ordinal);
        var fits = true;
        foreach (var (field, value) in values)
        {
            if (known is not null && !known.Contains(field))
                problems.AddName(0, $"{secret.Source}: this format has no place for the field '{field}', only for {string.Join(", ", known)}");
            else if (!System.Text.Unicode.Utf8.IsValid(value.Span))
                problems.Add(0, $"{secret.Source}#{field} is not text, and this format holds nothing else; 'bundle' does");
            else
                continue;
            fits = false;
        }

        return fits ? values : null;
    }
}
