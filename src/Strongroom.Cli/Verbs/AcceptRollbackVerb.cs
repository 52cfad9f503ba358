using Strongroom.Cli.CommandLine;

namespace Strongroom.Cli.Verbs;

/// <summary><c>accept-rollback</c>: takes an older or another vault as the one that is meant.</summary>
internal sealed class AcceptRollbackVerb : ChangingVerb
{
    public AcceptRollbackVerb()
        : base(
            "accept-rollback",
            "Accept, on purpose, a vault that is older than or another than what this machine has seen. Audited. Asks; scripts add --yes.",
            new Example("strongroom list --as-copy", "First look at what you would accept"),
            new Example("strongroom accept-rollback", "Then accept it"))
    {
    }

    protected override async ValueTask<int> ChangeAsync(CommandContext context)
    {
        var options = context.VaultOptions();
        using var unlock = await VaultOpening.CredentialAsync(context, Unlock, options);
        var revision = await RevisionAsync(context, options, unlock);
        if (IsDryRun(context))
            return Outcome.DryRun(context, Name, null, $"the vault at revision {revision} would be accepted");
        context.Ask.Confirm($"Accept the vault at {context.VaultPath} as it is, at revision {revision}? What was written after it is lost.");
        var accepted = await SecretsManager.AcceptRollbackAsync(options, unlock, context.Cancellation);
        return Outcome.Done(context, Name, null, $"Accepted as revision {accepted}", json => json.WriteNumber("revision", accepted));
    }

    private static async ValueTask<long> RevisionAsync(CommandContext context, VaultOptions options, Unlock unlock)
    {
        using var copy = await SecretsManager.OpenAsync(options with { AsCopy = true }, unlock, context.Cancellation);
        return copy.Revision;
    }
}
