using System.CommandLine;
using Strongroom.Cli.CommandLine;

namespace Strongroom.Cli.Verbs;

/// <summary><c>restore-vault COPY</c>: puts a copy in place of the vault, on purpose.</summary>
internal sealed class RestoreVaultVerb : ChangingVerb
{
    private readonly Argument<string> _copy;

    public RestoreVaultVerb()
        : base(
            "restore-vault",
            "Put a verified copy in place of the vault, as a new revision; the vault that was there is kept beside it. Asks; scripts add --yes.",
            new Example("strongroom restore-vault secrets-2027-01-01.json", "Into the vault of --vault or STRONGROOM_VAULT"),
            new Example("strongroom restore-vault secrets-2027-01-01.json --dry-run", "Only look at copy and vault")) =>
        _copy = Takes(Make.Required("COPY", "The copy. It must open with the key at hand."));

    protected override async ValueTask<int> ChangeAsync(CommandContext context)
    {
        var copy = context.Get(_copy)!;
        var options = context.VaultOptions();
        var copyOptions = options with { Path = copy, AsCopy = true };
        using var unlock = await VaultOpening.CredentialAsync(context, Unlock, copyOptions);
        if (IsDryRun(context))
            return await LookAsync(context, copyOptions, unlock);
        context.Ask.Confirm($"Put {copy} in place of the vault at {context.VaultPath}?");
        var report = await SecretsManager.RestoreVaultAsync(options, copy, unlock, context.Cancellation);
        var kept = report.ReplacedPath is { } path ? $"; what was there is kept as {path}" : "";
        return Outcome.Done(context, Name, null, $"Restored from revision {report.CopyRevision} as revision {report.Revision}{kept}", json =>
        {
            json.WriteNumber("revision", report.Revision);
            json.WriteNumber("copy_revision", report.CopyRevision);
            json.WriteString("replaced", report.ReplacedPath);
        });
    }

    private async ValueTask<int> LookAsync(CommandContext context, VaultOptions copyOptions, Unlock unlock)
    {
        using var manager = await SecretsManager.OpenAsync(copyOptions, unlock, context.Cancellation);
        var report = await manager.VerifyAsync(progress: null, context.Cancellation);
        if (!report.IsIntact)
            throw new CliException(ExitCodes.Integrity, "SR2017", $"The copy is damaged: {string.Join(' ', report.Findings)}", "Choose another copy.");
        return Outcome.DryRun(context, Name, null, $"a copy of {report.Records} secrets at revision {manager.Revision} would be put in place");
    }
}
