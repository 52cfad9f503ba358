using System.CommandLine;
using Strongroom.Cli.CommandLine;
using Strongroom.Cli.Input;
using Strongroom.Cli.Output;
using Strongroom.Cli.Vaults;

namespace Strongroom.Cli.Verbs;

/// <summary><c>meta NAME</c>: shows or changes metadata without a new version of the value.</summary>
internal sealed class MetaVerb : ChangingVerb
{
    private readonly Argument<string> _name;
    private readonly MetadataOptions _metadata = new("Set a tag; the others stay.");
    private readonly Option<string[]> _untag;
    private readonly ConditionOptions _condition = new(withAbsent: false);

    public MetaVerb()
        : base(
            "meta",
            "Show or change type, tags, description and expiry; the value keeps its version and is not read.",
            new Example("strongroom meta broker/binance", "Show"),
            new Example("strongroom meta broker/binance --tag env=prod --untag draft --expires 2027-01-01", "Change"))
    {
        _name = Takes(Make.Required("NAME", "The secret."));
        _metadata.AddTo(this);
        _untag = With(Make.Texts("--untag", "KEY", "Remove a tag."));
        _condition.AddTo(this);
    }

    protected override async ValueTask<int> ChangeAsync(CommandContext context)
    {
        var name = context.Name(_name);
        var condition = _condition.Get(context);
        var change = _metadata.IsGiven(context) || context.Has(_untag) ? _metadata.ToChange(context, context.Get(_untag) ?? []) : null;
        using var vault = await OpenAsync(context);
        if (change is null)
            return await ShowAsync(context, vault, name);
        if (IsDryRun(context))
        {
            await DryRun.CheckAsync(context, vault, name, condition, mustExist: true);
            return Outcome.DryRun(context, Name, name, "metadata would be changed");
        }

        var metadata = await vault.UpdateMetadataAsync(name, change, condition, context.Cancellation);
        return Outcome.Written(context, Name, name, metadata, vault.Revision, "metadata changed");
    }

    private static async ValueTask<int> ShowAsync(CommandContext context, IOpenVault vault, SecretName name)
    {
        var metadata = await vault.GetMetadataAsync(name, context.Cancellation) ?? throw Outcome.NotFound(name);
        if (context.Output.IsJson)
            context.Output.Json(json =>
            {
                json.WriteString("name", name.ToString());
                json.Metadata(metadata);
            });
        else
            MetadataText.Print(context, metadata);
        return ExitCodes.Ok;
    }
}
