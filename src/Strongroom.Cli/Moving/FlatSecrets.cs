namespace Strongroom.Cli.Moving;

/// <summary>For formats that know names and values only: a field becomes a name of its own.</summary>
internal static class FlatSecrets
{
    /// <summary>Each value with the name that it gets: the secret's, and for a field what joins it and the field's.</summary>
    public static IEnumerable<(string Key, SecretValue Value, MovedSecret Secret)> Of(IEnumerable<MovedSecret> secrets, string joint)
    {
        foreach (var secret in secrets)
        {
            if (secret.Plain is { } plain)
                yield return (secret.Name, plain, secret);
            foreach (var (field, value) in secret.Fields)
                yield return (secret.Name + joint + field, value, secret);
        }
    }
}
