using System.Text;

namespace Strongroom.Hosting;

/// <summary>Text that is a reference, or has references in it: <c>Host=db;Password=${strongroom://db/oms#password}</c>.</summary>
internal static class ReferenceText
{
    private const string Open = "${" + SecretReference.Scheme;

    public static bool HasReferences(string text) => SecretReference.IsReference(text) || text.Contains(Open, StringComparison.OrdinalIgnoreCase);

    /// <summary>The references of a text, in order.</summary>
    /// <exception cref="VaultConfigurationException">One of them can't be read.</exception>
    public static IReadOnlyList<SecretReference> Of(string key, string text)
    {
        var references = new List<SecretReference>();
        Walk(key, text, static _ => { }, references.Add);
        return references;
    }

    /// <summary>The text with its references replaced.</summary>
    public static string Replace(string key, string text, Func<SecretReference, string> resolve)
    {
        var result = new StringBuilder();
        Walk(key, text, between => result.Append(between), reference => result.Append(resolve(reference)));
        return result.ToString();
    }

    private static void Walk(string key, string text, Action<string> between, Action<SecretReference> reference)
    {
        if (SecretReference.IsReference(text))
        {
            reference(Parse(key, text));
            return;
        }

        int at = 0;
        while (text.IndexOf(Open, at, StringComparison.OrdinalIgnoreCase) is >= 0 and var start)
        {
            int end = text.IndexOf('}', start);
            if (end < 0)
                throw new VaultConfigurationException("SR1712", $"The reference in '{key}' is not closed: a '}}' is missing.", "Write it as ${strongroom://path#field}.");
            between(text[at..start]);
            reference(Parse(key, text[(start + 2)..end]));
            at = end + 1;
        }

        between(text[at..]);
    }

    private static SecretReference Parse(string key, string text)
    {
        SecretReference reference;
        try
        {
            reference = SecretReference.Parse(text);
        }
        catch (VaultConfigurationException error)
        {
            throw new VaultConfigurationException(error.Code, $"In '{key}': {error.Message}", error.Hint);
        }

        return reference.Form != SecretReferenceForm.Otp
            ? reference
            : throw new VaultConfigurationException("SR1713", $"'{key}' asks for a one-time password, which would be stale when it is used.", "Read the secret when the password is needed.");
    }
}
