using System.CommandLine;
using Strongroom.Cli.CommandLine;
using Strongroom.Cli.Input;

namespace Strongroom.Cli.Verbs;

/// <summary><c>remove NAME</c>: deletes so that it can be restored.</summary>
internal sealed class RemoveVerb : ChangingVerb
{
    private readonly Argument<string> _name;
    private readonly ConditionOptions _condition = new(withAbsent: false);

    public RemoveVerb()
        : base(
            "remove",
            "Delete a secret so that it can be restored; its versions are kept.",
            new Example("strongroom remove broker/old", "Delete; 'strongroom restore broker/old' undoes it"),
            new Example("strongroom remove broker/old --if-version 3", "Only if nobody has written it since version 3"))
    {
        Aliases.Add("rm");
        _name = Takes(Make.Required("NAME", "The secret."));
        _condition.AddTo(this);
    }

    protected override async ValueTask<int> ChangeAsync(CommandContext context)
    {
        var name = context.Name(_name);
        var condition = _condition.Get(context);
        using var vault = await OpenAsync(context);
        if (IsDryRun(context))
        {
            await DryRun.CheckAsync(context, vault, name, condition, mustExist: true);
            return Outcome.DryRun(context, Name, name, "would be deleted");
        }

        if (!await vault.DeleteAsync(name, condition, context.Cancellation))
            throw Outcome.NotFound(name);
        return Outcome.Done(context, Name, name, $"deleted (revision {vault.Revision}); 'strongroom restore {name}' undoes it", json => json.WriteNumber("revision", vault.Revision));
    }
}
