using System.CommandLine;
using Strongroom.Cli.CommandLine;

namespace Strongroom.Cli.Verbs;

/// <summary><c>restore NAME</c>: undoes a delete.</summary>
internal sealed class RestoreVerb : ChangingVerb
{
    private readonly Argument<string> _name;

    public RestoreVerb()
        : base(
            "restore",
            "Bring a deleted secret back, with its versions.",
            new Example("strongroom restore broker/old", "Undo 'strongroom remove broker/old'"),
            new Example("strongroom list --deleted --long", "See what can be restored")) =>
        _name = Takes(Make.Required("NAME", "The secret."));

    protected override async ValueTask<int> ChangeAsync(CommandContext context)
    {
        var name = context.Name(_name);
        using var vault = await OpenAsync(context);
        if (IsDryRun(context))
        {
            var metadata = await vault.GetMetadataAsync(name, context.Cancellation);
            return metadata is { IsDeleted: true } ? Outcome.DryRun(context, Name, name, "would be restored") : throw NothingDeleted(name);
        }

        if (!await vault.RestoreAsync(name, default, context.Cancellation))
            throw NothingDeleted(name);
        return Outcome.Done(context, Name, name, $"restored (revision {vault.Revision})", json => json.WriteNumber("revision", vault.Revision));
    }

    private static CliException NothingDeleted(SecretName name) =>
        new(ExitCodes.NotFound, "SR2014", $"There is no deleted secret '{name}'.", "'strongroom list --deleted' shows what can be restored.");
}
