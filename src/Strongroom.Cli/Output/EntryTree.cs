using Strongroom.Cli.CommandLine;

namespace Strongroom.Cli.Output;

/// <summary>Names as a tree: what stands before a slash is a folder. A name can be a secret and a folder at once.</summary>
internal static class EntryTree
{
    /// <summary>Prints.</summary>
    public static void Print(CommandContext context, IReadOnlyList<SecretEntry> entries, bool isLong)
    {
        var root = new Node();
        foreach (var entry in entries)
        {
            var node = root;
            foreach (var segment in entry.Name.ToString().Split('/'))
                node = node.Child(segment);
            node.Entry = entry;
        }

        foreach (var (name, child) in root.Children)
            Print(context, name, child, "", "", isLong);
    }

    private static void Print(CommandContext context, string name, Node node, string lead, string below, bool isLong)
    {
        var what = node.Entry is { } entry ? isLong ? $"{name}  {Known(entry.Metadata, context.Now)}" : name : $"{name}/";
        context.Output.Line(lead + what);
        var left = node.Children.Count;
        foreach (var (childName, child) in node.Children)
        {
            var isLast = --left == 0;
            Print(context, childName, child, $"{below}{(isLast ? "└── " : "├── ")}", $"{below}{(isLast ? "    " : "│   ")}", isLong);
        }
    }

    private static string Known(SecretMetadata metadata, DateTimeOffset now)
    {
        var state = metadata.IsDeleted ? ", deleted" : metadata.ExpiresAt is { } at ? $", {(at <= now ? "expired" : "expires")} {HumanText.Relative(at, now)}" : "";
        return $"(v{metadata.Version} {metadata.SecretType}{state})";
    }

    private sealed class Node
    {
        public SortedDictionary<string, Node> Children { get; } = new(StringComparer.Ordinal);

        public SecretEntry? Entry { get; set; }

        public Node Child(string name) => Children.TryGetValue(name, out var child) ? child : Children[name] = new Node();
    }
}
