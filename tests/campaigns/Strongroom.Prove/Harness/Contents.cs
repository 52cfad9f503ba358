using System.Globalization;
using System.Text;

namespace Strongroom.Prove;

/// <summary>Everything that an open vault says, as text: two vaults with the same text are the same to whoever uses them.</summary>
internal static class Contents
{
    /// <summary>Names, metadata but for access times, values and the values of all readable versions.</summary>
    public static async Task<string> OfAsync(SecretsManager manager)
    {
        var text = new StringBuilder();
        await foreach (SecretEntry entry in manager.ListAsync(new SecretQuery { IncludeDeleted = true }).ConfigureAwait(false))
        {
            SecretMetadata data = entry.Metadata;
            text.Append(CultureInfo.InvariantCulture, $"{entry.Name} v{data.Version} {data.State} {data.SecretType} {data.RotationCount} {data.ExpiresAt:O} '{data.Description}'");
            foreach ((string tag, string value) in data.Tags)
                text.Append(CultureInfo.InvariantCulture, $" {tag}={value}");
            if (!data.IsDeleted)
            {
                foreach (SecretVersion version in await manager.HistoryAsync(entry.Name).ConfigureAwait(false))
                    await AppendAsync(text, manager, entry.Name, version).ConfigureAwait(false);
            }

            text.Append('\n');
        }

        return text.ToString();
    }

    private static async Task AppendAsync(StringBuilder text, SecretsManager manager, SecretName name, SecretVersion version)
    {
        text.Append(CultureInfo.InvariantCulture, $" {version.Version}:{version.State}=");
        try
        {
            using SecretData data = await manager.GetAsync(name, version.Version).ConfigureAwait(false);
            foreach (string field in data.Value.FieldNames)
                text.Append(CultureInfo.InvariantCulture, $"{field}:{data.Value.DangerousRevealString(field)};");
            if (!data.Value.HasFields)
                text.Append(data.Value.DangerousRevealString());
        }
        catch (SecretExpiredException)
        {
            text.Append("(no longer readable)");
        }
    }
}
