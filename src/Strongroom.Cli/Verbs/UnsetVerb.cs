using System.CommandLine;
using Strongroom.Cli.CommandLine;
using Strongroom.Cli.Input;

namespace Strongroom.Cli.Verbs;

/// <summary><c>unset NAME#FIELD</c>: removes one field.</summary>
internal sealed class UnsetVerb : ChangingVerb
{
    private readonly Argument<string> _reference;
    private readonly ConditionOptions _condition = new(withAbsent: false);

    public UnsetVerb()
        : base(
            "unset",
            "Remove one field of a secret; the others stay, and older versions still have it.",
            new Example("strongroom unset db/main#port", "One field less, as a new version"),
            new Example("strongroom unset db/main#port --dry-run", "Only check that it could be done"))
    {
        _reference = Takes(Make.Required("NAME#FIELD", "The secret and the field."));
        _condition.AddTo(this);
    }

    protected override async ValueTask<int> ChangeAsync(CommandContext context)
    {
        var (name, field) = Values.Reference(context.Get(_reference)!);
        if (field is null)
            throw CliException.Usage("unset needs NAME#FIELD.", $"To delete the whole secret: strongroom remove {name}.");
        var condition = _condition.Get(context);
        using var vault = await OpenAsync(context);
        using var current = await vault.GetAsync(name, version: null, context.Cancellation);
        using var value = SecretFields.Without(current, field);
        if (IsDryRun(context))
        {
            await DryRun.CheckAsync(context, vault, name, condition, mustExist: true);
            return Outcome.DryRun(context, Name, name, $"{field} would be removed, as version {current.Metadata.Version + 1}");
        }

        var options = new SetOptions { Condition = WriteCondition.Version(condition.IfVersion ?? current.Metadata.Version) };
        var metadata = await vault.SetAsync(name, value, options, context.Cancellation);
        return Outcome.Written(context, Name, name, metadata, vault.Revision, $"{field} removed, as version {metadata.Version}");
    }
}
