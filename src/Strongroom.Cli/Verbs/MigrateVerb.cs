using System.CommandLine;
using Strongroom.Cli.CommandLine;
using Strongroom.Cli.Output;
using Strongroom.Storage;

namespace Strongroom.Cli.Verbs;

/// <summary><c>migrate --to ADDRESS</c>: moves the vault to another place.</summary>
internal sealed class MigrateVerb : ChangingVerb
{
    private readonly Option<string?> _to;

    public MigrateVerb()
        : base(
            "migrate",
            "Move the vault to another file or database, with keys, versions, metadata and audit position. The old one can still be read and refuses writes. Asks; scripts add --yes.",
            new Example("strongroom migrate --to sqlite:/srv/app/vault.db", "From the file of --vault or STRONGROOM_VAULT"),
            new Example("strongroom migrate --to postgres://vault@db/secrets --yes", "Run again after an interruption, it goes on where it stopped")) =>
        _to = With(Make.Text("--to", "ADDRESS", "Where: a file, or an address such as sqlite:PATH, postgres://HOST/DATABASE or redis://HOST/NAME."));

    protected override async ValueTask<int> ChangeAsync(CommandContext context)
    {
        var to = context.Get(_to) ?? throw CliException.Usage($"{_to.Name} is missing.", "Say where the vault goes: --to sqlite:PATH.");
        if (VaultAddress.Of(to) is { HasPassword: true })
            throw CliException.Usage("The address has a password in it, which every process of this machine can read.", "Leave it out: use a password file (PGPASSFILE).");
        var source = context.VaultOptions();
        var target = source with { Path = to };
        using var unlock = await VaultOpening.CredentialAsync(context, Unlock, source);
        if (IsDryRun(context))
            return await LookAsync(context, source, target, unlock);
        context.Ask.Confirm($"Move the vault from {context.VaultPath} to {to}?");
        using var progress = new ProgressLine(context.Output, "compared");
        var report = await SecretsManager.MigrateAsync(source, target, unlock, progress, context.Cancellation);
        progress.Dispose();
        if (!report.Verified.IsIntact)
            throw new CliException(ExitCodes.Integrity, "SR2017", $"The vault at its new place is not intact: {string.Join(' ', report.Verified.Findings)}", "Verify the old one; it can still be read.");
        return Outcome.Done(context, Name, null, $"{report.Verified.Records} secrets are now at {report.Location}, verified; the old vault refuses writes", json =>
        {
            json.WriteString("location", report.Location);
            json.WriteNumber("revision", report.Revision);
            json.WriteNumber("secrets", report.Verified.Records);
            json.WriteNumber("versions", report.Verified.Versions);
        });
    }

    private async ValueTask<int> LookAsync(CommandContext context, VaultOptions source, VaultOptions target, Unlock unlock)
    {
        using var manager = await SecretsManager.OpenAsync(source with { AsCopy = true }, unlock, context.Cancellation);
        if (await SecretsManager.InspectAsync(target, context.Cancellation) is { } there && there.VaultId != manager.VaultId)
            throw new VaultConfigurationException("SR1429", $"There already is a vault at {there.Location}.", "Choose another place.");
        return Outcome.DryRun(context, Name, null, $"the vault at revision {manager.Revision} would be moved to {VaultAddress.Describe(target.Path!)}");
    }
}
