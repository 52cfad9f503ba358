using System.Globalization;
using System.Text;
using Strongroom.Audit;

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

    /// <summary>The operations of the audit log that changed something, in order; a rekey or a move in several commits is one. What began with an interrupted chain is left out: no head names it.</summary>
    /// <param name="manager">The vault.</param>
    /// <param name="but">Entries of this secret are left out.</param>
    public static async Task<string> LogOfAsync(SecretsManager manager, string but = "")
    {
        var text = new StringBuilder();
        string last = "";
        await foreach (AuditEntry entry in manager.Audit.ReadAsync().ConfigureAwait(false))
        {
            bool isNews = !AuditOperation.IsObservation(entry.Operation) && entry.Operation != AuditOperation.ChainStart && !entry.Secrets.Any(secret => secret.Name == but);
            if (isNews && !(entry.Operation == last && last is AuditOperation.Rekey or AuditOperation.Migrate))
                text.Append(entry.Operation).Append(' ');
            last = isNews ? entry.Operation : last;
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
