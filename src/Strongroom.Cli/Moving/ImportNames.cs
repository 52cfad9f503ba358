namespace Strongroom.Cli.Moving;

/// <summary>Gives secrets their names in the vault: rules, prefix, grammar, no two alike. What does not fit is a problem, with what would fit.</summary>
internal static class ImportNames
{
    private const int MaxFields = 256;

    public static void Apply(IReadOnlyList<MovedSecret> secrets, NameRules rules, string prefix, Problems problems)
    {
        var seen = new Dictionary<string, MovedSecret>(StringComparer.Ordinal);
        foreach (var secret in secrets)
        {
            var renamed = rules.Name(secret.Source);
            secret.Name = prefix + renamed;
            for (var number = 2; rules.Numbers && seen.ContainsKey(secret.Name); number++)
                secret.Name = string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{prefix}{renamed}-{number}");
            if (!SecretName.IsValid(secret.Name))
                problems.AddName(secret.Line, $"'{secret.Source}' does not fit the grammar of names{Suggestion(NameRules.Slug(renamed), prefix)}");
            else if (!seen.TryAdd(secret.Name, secret))
                problems.AddName(secret.Line, $"'{secret.Source}' and '{seen[secret.Name].Source}'{Where(seen[secret.Name])} would both be '{secret.Name}'; --rename number tells them apart, --rename OLD=NEW renames one");
            Fields(secret, rules, problems);
        }
    }

    /// <summary>A prefix as it stands before names: it ends in '/'.</summary>
    public static string Prefix(string? text)
    {
        if (text is not { Length: > 0 })
            return "";
        var path = text.TrimEnd('/');
        return SecretName.IsValid(path) ? path + "/" : throw CliException.OptionValue("--prefix", "give segments of letters, digits, '.', '_' and '-' joined by '/', such as dev/api");
    }

    private static void Fields(MovedSecret secret, NameRules rules, Problems problems)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        for (var i = 0; i < secret.Fields.Count; i++)
        {
            var old = secret.Fields[i].Key;
            var field = rules.Field(old);
            secret.RenameField(i, field);
            if (!IsField(field))
                problems.AddName(secret.Line, $"'{secret.Source}': the field '{old}' does not fit the grammar{(IsField(NameRules.Slug(old, isField: true)) ? $"; --rename slug makes it '{NameRules.Slug(old, isField: true)}'" : "; rename it with --rename '#OLD=NEW'")}");
            else if (!seen.Add(field))
                problems.AddName(secret.Line, $"'{secret.Source}' has the field '{field}' twice; rename one with --rename '#OLD=NEW'");
        }

        if (secret.Plain is null && secret.Fields.Count > MaxFields)
            problems.Add(secret.Line, $"'{secret.Source}' has {secret.Fields.Count} fields, at most {MaxFields} are allowed");
    }

    private static bool IsField(string name) => name.Length <= 64 && !name.Contains('/', StringComparison.Ordinal) && SecretName.IsValid(name);

    private static string Suggestion(string slug, string prefix) =>
        SecretName.IsValid(prefix + slug) ? $"; --rename slug makes it '{slug}'" : "; rename it with --rename OLD=NEW";

    private static string Where(MovedSecret other) => other.Line == 0 ? "" : $" (line {other.Line})";
}
