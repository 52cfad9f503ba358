using System.CommandLine;
using Strongroom.Cli.CommandLine;
using Strongroom.Cli.Input;

namespace Strongroom.Cli.Verbs;

/// <summary><c>set NAME</c>: a new version.</summary>
internal sealed class SetVerb : ChangingVerb
{
    private readonly Argument<string> _name;
    private readonly ValueOptions _value = new();
    private readonly MetadataOptions _metadata = new("A tag. The tags given replace all tags of the secret.");
    private readonly ConditionOptions _condition = new();

    public SetVerb()
        : base(
            "set",
            "Write a value: the first, or a new version.",
            new Example("printf %s \"$TOKEN\" | strongroom set ci/token --type token", "The exact bytes of standard input"),
            new Example("printf %s \"$SECRET\" | strongroom set broker/binance key=@key.txt secret=- --type api_key", "Fields: one from a file, one from standard input"),
            new Example("strongroom set tls/site --file site.pem --expires 90d --if-absent", "A file, only if there is no such secret yet"))
    {
        Aliases.Add("put");
        _name = Takes(Make.Required("NAME", "The secret, such as broker/binance."));
        _value.AddTo(this);
        _metadata.AddTo(this);
        _condition.AddTo(this);
    }

    public override string Details =>
        """
        The value comes from --file, --stdin, --value or fields; else from standard input, exactly as it is; else, on a terminal, from a hidden prompt.
        field=- drops one final newline of standard input. A field that begins with '@' or is '-' has to come from a file or standard input.
        """;

    protected override async ValueTask<int> ChangeAsync(CommandContext context)
    {
        var name = context.Name(_name);
        var condition = _condition.Get(context);
        var options = _metadata.ToSetOptions(context, condition);
        using var value = await _value.ReadAsync(context);
        using var vault = await OpenAsync(context);
        if (IsDryRun(context))
        {
            var before = await DryRun.CheckAsync(context, vault, name, condition);
            return Outcome.DryRun(context, Name, name, $"version {(before?.Version ?? 0) + 1} would be written");
        }

        var metadata = await vault.SetAsync(name, value, options, context.Cancellation);
        return Outcome.Written(context, Name, name, metadata, vault.Revision, $"version {metadata.Version} written");
    }
}
