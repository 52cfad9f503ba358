using System.CommandLine;
using Strongroom.Cli.CommandLine;

namespace Strongroom.Cli.Input;

/// <summary>Type, tags, description and expiry that go with a write.</summary>
internal sealed class MetadataOptions
{
    private readonly Option<string?> _type = Make.Text("--type", "TYPE", "What it is: api_key, database_credentials, password, certificate, private_key, token, encryption_key, connection_string, generic, or another word.");
    private readonly Option<string?> _description = Make.Text("--description", "TEXT", "A description for people. It is readable in the file.");
    private readonly Option<string?> _expires = Make.Text("--expires", "WHEN", "When it expires: 2027-01-01, 2027-01-01T09:00Z, or from now: 30d.");
    private readonly Option<bool> _noExpires = Make.Flag("--no-expires", "It does not expire any more.");
    private readonly Option<string[]> _tags;

    public MetadataOptions(string tagDescription) => _tags = Make.Texts("--tag", "KEY=VALUE", tagDescription);

    public void AddTo(Command command)
    {
        foreach (Option option in new Option[] { _type, _tags, _description, _expires, _noExpires })
            command.Options.Add(option);
    }

    /// <summary>Whether anything is to be changed.</summary>
    public bool IsGiven(CommandContext context) =>
        context.Has(_type) || context.Has(_description) || context.Has(_expires) || context.Has(_noExpires) || context.Has(_tags);

    /// <summary>As the options of a write.</summary>
    public SetOptions ToSetOptions(CommandContext context, WriteCondition condition) => new()
    {
        Condition = condition,
        Type = Type(context),
        Description = context.Get(_description),
        ExpiresAt = Expires(context),
        ClearExpiry = context.Get(_noExpires),
        Tags = context.Has(_tags) ? new Dictionary<string, string>(Tags(context), StringComparer.Ordinal) : null,
    };

    /// <summary>As a change of metadata.</summary>
    /// <param name="context">The options.</param>
    /// <param name="remove">Tags to remove.</param>
    public MetadataChange ToChange(CommandContext context, IEnumerable<string> remove)
    {
        var tags = Tags(context).ToDictionary(tag => tag.Key, tag => (string?)tag.Value, StringComparer.Ordinal);
        foreach (var key in remove)
            tags[key] = null;
        return new MetadataChange
        {
            Type = Type(context),
            Description = context.Get(_description),
            ExpiresAt = Expires(context),
            ClearExpiry = context.Get(_noExpires),
            Tags = tags.Count == 0 ? null : tags,
        };
    }

    private SecretType? Type(CommandContext context) => context.Get(_type) is { } text ? SecretType.Parse(text) : null;

    private DateTimeOffset? Expires(CommandContext context)
    {
        if (context.Get(_noExpires) && context.Has(_expires))
            throw CliException.Together(_expires.Name, _noExpires.Name);
        var expires = context.Moment(_expires);
        if (expires < context.Now)
            context.Output.Warning("The expiry is in the past: the secret counts as expired at once.");
        return expires;
    }

    private IEnumerable<KeyValuePair<string, string>> Tags(CommandContext context) => (context.Get(_tags) ?? []).Select(text => Values.Tag(_tags.Name, text));
}
