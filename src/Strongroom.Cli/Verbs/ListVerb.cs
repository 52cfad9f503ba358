using System.CommandLine;
using Strongroom.Cli.CommandLine;
using Strongroom.Cli.Output;

namespace Strongroom.Cli.Verbs;

/// <summary><c>list [PREFIX]</c>: names and metadata; no value is decrypted.</summary>
internal sealed class ListVerb : VaultVerb
{
    private readonly Argument<string?> _prefix;
    private readonly Option<string[]> _tags;
    private readonly Option<string?> _type;
    private readonly Option<string?> _expiring;
    private readonly Option<bool> _deleted;
    private readonly Option<bool> _long;
    private readonly Option<bool> _tree;
    private readonly Option<string?> _pageSize;
    private readonly Option<string?> _after;

    public ListVerb()
        : base(
            "list",
            "List names, in byte order; with --long also what is known of them. No value is decrypted.",
            new Example("strongroom list broker/", "Names that begin with broker/"),
            new Example("strongroom list --tree", "The same as a tree"),
            new Example("strongroom list --long --tag env=prod --expiring 30d", "What expires within 30 days in production"))
    {
        Aliases.Add("ls");
        _prefix = Takes(Make.Optional("PREFIX", "Only names that begin with this text."));
        _tags = With(Make.Texts("--tag", "KEY[=VALUE]", "Only secrets with this tag."));
        _type = With(Make.Text("--type", "TYPE", "Only this type."));
        _expiring = With(Make.Text("--expiring", "TIME", "Only what has expired or expires within this time, such as 30d."));
        _deleted = With(Make.Flag("--deleted", "Deleted secrets too: they can be restored."));
        _long = With(Make.Flag("--long", "A table with version, type, times, tags.", "-l"));
        _tree = With(Make.Flag("--tree", "As a tree of folders; with --long each secret's version, type and expiry too."));
        _pageSize = With(Make.Text("--page-size", "N", "At most so many."));
        _after = With(Make.Text("--after", "NAME", "Only names after this one: the last of the page before."));
    }

    public override async ValueTask<int> RunAsync(CommandContext context)
    {
        var pageSize = context.Number(_pageSize, 1, int.MaxValue - 1);
        var query = Query(context, pageSize);
        using var vault = await OpenAsync(context);
        var entries = new List<SecretEntry>();
        await foreach (var entry in vault.ListAsync(query, context.Cancellation))
            entries.Add(entry);
        // One more than the page was asked for: it tells whether there is a next page, and is not shown.
        var next = pageSize is { } size && entries.Count > size ? entries[(int)size - 1].Name : (SecretName?)null;
        if (next is not null)
            entries.RemoveAt(entries.Count - 1);
        EntryList.Print(context, entries, next, context.Get(_long), context.Get(_tree));
        return ExitCodes.Ok;
    }

    private SecretQuery Query(CommandContext context, long? pageSize) => new()
    {
        Prefix = context.Get(_prefix) ?? "",
        After = context.Get(_after) is { } after ? SecretName.Parse(after) : default(SecretName?),
        Limit = pageSize is { } size ? (int)size + 1 : int.MaxValue,
        Tags = context.Get(_tags) is { Length: > 0 } tags ? tags.Select(Tag).ToDictionary(tag => tag.Key, tag => tag.Value, StringComparer.Ordinal) : null,
        Type = context.Get(_type) is { } type ? SecretType.Parse(type) : null,
        ExpiringWithin = context.Duration(_expiring),
        IncludeDeleted = context.Get(_deleted),
    };

    private static KeyValuePair<string, string?> Tag(string text)
    {
        var equals = text.IndexOf('=', StringComparison.Ordinal);
        return equals < 0 ? new KeyValuePair<string, string?>(text, null) : new(text[..equals], text[(equals + 1)..]);
    }
}
