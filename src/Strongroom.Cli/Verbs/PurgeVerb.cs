using System.CommandLine;
using Strongroom.Cli.CommandLine;
using Strongroom.Cli.Input;

namespace Strongroom.Cli.Verbs;

/// <summary><c>purge NAME</c>: removes for ever.</summary>
internal sealed class PurgeVerb : ChangingVerb
{
    private readonly Argument<string> _name;
    private readonly ConditionOptions _condition = new(withAbsent: false);

    public PurgeVerb()
        : base(
            "purge",
            "Remove a secret with all its versions for ever. Asks for the name to be typed; scripts add --yes.",
            new Example("strongroom purge broker/old", "Asks for the name to be typed"),
            new Example("strongroom purge broker/old --yes", "For scripts"))
    {
        _name = Takes(Make.Required("NAME", "The secret; it may be deleted already."));
        _condition.AddTo(this);
    }

    public override string Details => "Copies of the vault (backups, snapshots, the blocks of a disk) still have it: rotate the credential itself if it is known to someone who should not know it.";

    protected override async ValueTask<int> ChangeAsync(CommandContext context)
    {
        var name = context.Name(_name);
        var condition = _condition.Get(context);
        using var vault = await OpenAsync(context);
        var metadata = await vault.GetMetadataAsync(name, context.Cancellation) ?? throw Outcome.NotFound(name);
        if (IsDryRun(context))
        {
            if (!metadata.IsDeleted)
                await DryRun.CheckAsync(context, vault, name, condition);
            return Outcome.DryRun(context, Name, name, "would be removed for ever");
        }

        context.Ask.ConfirmTyped($"{name} and all its versions will be gone for ever.", name.ToString());
        if (!await vault.PurgeAsync(name, condition, context.Cancellation))
            throw Outcome.NotFound(name);
        return Outcome.Done(context, Name, name, $"purged (revision {vault.Revision})", json => json.WriteNumber("revision", vault.Revision));
    }
}
