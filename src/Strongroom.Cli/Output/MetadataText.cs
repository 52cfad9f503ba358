using Strongroom.Cli.CommandLine;

namespace Strongroom.Cli.Output;

/// <summary>Metadata as lines for people.</summary>
internal static class MetadataText
{
    public static void Print(CommandContext context, SecretMetadata metadata)
    {
        Line(context, "Version", $"{metadata.Version}{(metadata.IsDeleted ? " (deleted; 'strongroom restore' brings it back)" : "")}");
        Line(context, "Type", metadata.SecretType.ToString());
        Line(context, "Description", metadata.Description.Length == 0 ? "-" : metadata.Description);
        Line(context, "Tags", HumanText.Tags(metadata.Tags));
        Line(context, "Created", HumanText.Time(metadata.CreatedAt));
        Line(context, "Updated", HumanText.Time(metadata.UpdatedAt));
        Line(context, "Expires", metadata.ExpiresAt is { } at ? $"{HumanText.Time(at)} ({HumanText.Relative(at, context.Now)})" : "-");
        Line(context, "Last read", metadata.LastAccessed is { } read ? HumanText.Time(read) : "-");
        Line(context, "Rotations", $"{metadata.RotationCount}");
    }

    /// <summary>One named line.</summary>
    public static void Line(CommandContext context, string name, string value) => context.Output.Line($"{name,-12} {value}");
}
