using Strongroom.Cli.CommandLine;

namespace Strongroom.Cli.Output;

/// <summary>Names with their metadata, as lines, a table, a tree or JSON.</summary>
internal static class EntryList
{
    /// <summary>Prints.</summary>
    /// <param name="context">The streams.</param>
    /// <param name="entries">In the order of their names.</param>
    /// <param name="next">The last name, when there are more.</param>
    /// <param name="isLong">With what is known of each.</param>
    /// <param name="isTree">By folders.</param>
    public static void Print(CommandContext context, IReadOnlyList<SecretEntry> entries, SecretName? next, bool isLong, bool isTree)
    {
        if (context.Output.IsJson)
        {
            PrintJson(context, entries, next);
            return;
        }

        if (isTree)
            EntryTree.Print(context, entries, isLong);
        else if (isLong)
            context.Output.Table(["Name", "Version", "Type", "State", "Updated", "Expires", "Tags"], [.. entries.Select(entry => Row(entry, context.Now))]);
        else
            foreach (var entry in entries)
                context.Output.Line(entry.Name.ToString());
        if (next is { } last)
            context.Output.Note($"More: --after {last}");
        else if (entries.Count == 0)
            context.Output.Note("No secrets.");
    }

    private static string[] Row(SecretEntry entry, DateTimeOffset now)
    {
        var metadata = entry.Metadata;
        var expires = metadata.ExpiresAt is { } at ? $"{HumanText.Time(at)} ({HumanText.Relative(at, now)})" : "-";
        return [entry.Name.ToString(), $"{metadata.Version}", metadata.SecretType.ToString(), metadata.State, HumanText.Time(metadata.UpdatedAt), expires, HumanText.Tags(metadata.Tags)];
    }

    private static void PrintJson(CommandContext context, IReadOnlyList<SecretEntry> entries, SecretName? next) => context.Output.Json(json =>
    {
        json.WriteStartArray("secrets");
        foreach (var entry in entries)
        {
            json.WriteStartObject();
            json.WriteString("name", entry.Name.ToString());
            json.Metadata(entry.Metadata);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteString("next", next?.ToString());
        // A vault file is verified as a whole when it is opened: no name can be missing from its list.
        json.WriteBoolean("verified", true);
    });
}
