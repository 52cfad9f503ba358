using System.CommandLine;
using Strongroom.Cli.CommandLine;
using Strongroom.Cli.Input;

namespace Strongroom.Cli.Verbs;

/// <summary><c>patch NAME FIELD=VALUE…</c>: changes some fields, keeps the others.</summary>
internal sealed class PatchVerb : ChangingVerb
{
    private readonly Argument<string> _name;
    private readonly Argument<string[]> _fields;
    private readonly Option<bool> _allowEmpty;
    private readonly ConditionOptions _condition = new(withAbsent: false);

    public PatchVerb()
        : base(
            "patch",
            "Change or add some fields of a secret; the others stay.",
            new Example("printf %s \"$NEW\" | strongroom patch db/main password=-", "One field, from standard input"),
            new Example("strongroom patch db/main host=db2.internal port=5433", "Two fields that are no secrets"))
    {
        _name = Takes(Make.Required("NAME", "The secret."));
        _fields = Takes(Make.Many("FIELD=VALUE", "field=value, field=@file, or field=- for standard input."));
        _allowEmpty = With(Make.Flag("--allow-empty", "An empty value is meant."));
        _condition.AddTo(this);
    }

    public override string Details => "The new version holds the fields of the one that was read: if somebody writes the secret meanwhile, nothing is written (exit code 6).";

    protected override async ValueTask<int> ChangeAsync(CommandContext context)
    {
        var name = context.Name(_name);
        var condition = _condition.Get(context);
        if (context.Get(_fields) is not { Length: > 0 } arguments)
            throw CliException.Usage("patch needs FIELD=VALUE.", "For example: strongroom patch db/main password=-");
        using var changes = await new FieldArguments(context, context.Get(_allowEmpty)).ReadAsync(arguments);
        using var vault = await OpenAsync(context);
        using var current = await vault.GetAsync(name, version: null, context.Cancellation);
        using var value = SecretFields.Merge(current, changes);
        var fields = string.Join(", ", changes.FieldNames);
        if (IsDryRun(context))
        {
            await DryRun.CheckAsync(context, vault, name, condition, mustExist: true);
            return Outcome.DryRun(context, Name, name, $"{fields} would be written, as version {current.Metadata.Version + 1}");
        }

        var options = new SetOptions { Condition = WriteCondition.Version(condition.IfVersion ?? current.Metadata.Version) };
        var metadata = await vault.SetAsync(name, value, options, context.Cancellation);
        return Outcome.Written(context, Name, name, metadata, vault.Revision, $"{fields} written, as version {metadata.Version}");
    }
}
