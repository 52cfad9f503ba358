using System.CommandLine;
using Strongroom.Cli.CommandLine;
using Strongroom.Cli.Output;

namespace Strongroom.Cli.Verbs;

/// <summary><c>find WORD…</c>: looks in names and metadata.</summary>
internal sealed class FindVerb : VaultVerb
{
    private readonly Argument<string[]> _words;
    private readonly Option<bool> _long;
    private readonly Option<bool> _deleted;

    public FindVerb()
        : base(
            "find",
            "Find secrets by words in their name, type, tags or description. No value is decrypted.",
            new Example("strongroom find db", "Everything with 'db' in it"),
            new Example("strongroom find token ci --long", "Both words, in whatever case, with what is known of each"))
    {
        _words = Takes(Make.Many("WORD", "All of them must occur; case does not count."));
        _long = With(Make.Flag("--long", "A table with version, type, times, tags.", "-l"));
        _deleted = With(Make.Flag("--deleted", "Deleted secrets too: they can be restored."));
    }

    public override string Details => "Exit code 3 when nothing is found. Values are looked into by 'strongroom grep'.";

    public override async ValueTask<int> RunAsync(CommandContext context)
    {
        if (context.Get(_words) is not { Length: > 0 } words)
            throw CliException.Usage("find needs a word.", "'strongroom list' shows all names.");
        using var vault = await OpenAsync(context);
        var found = new List<SecretEntry>();
        await foreach (var entry in vault.ListAsync(new SecretQuery { IncludeDeleted = context.Get(_deleted) }, context.Cancellation))
        {
            if (words.All(word => Holds(entry, word)))
                found.Add(entry);
        }

        EntryList.Print(context, found, next: null, context.Get(_long), isTree: false);
        return found.Count == 0 ? ExitCodes.NotFound : ExitCodes.Ok;
    }

    private static bool Holds(SecretEntry entry, string word) =>
        Has(entry.Name.ToString(), word) || Has(entry.Metadata.SecretType.ToString(), word) || Has(entry.Metadata.Description, word) || entry.Metadata.Tags.Any(tag => Has($"{tag.Key}={tag.Value}", word));

    private static bool Has(string text, string word) => text.Contains(word, StringComparison.OrdinalIgnoreCase);
}
