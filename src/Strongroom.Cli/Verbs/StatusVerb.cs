using Strongroom.Cli.CommandLine;
using Strongroom.Cli.Output;

namespace Strongroom.Cli.Verbs;

/// <summary><c>status</c>: what is known of the vault, without asking for a passphrase.</summary>
internal sealed class StatusVerb : VaultVerb
{
    public StatusVerb()
        : base(
            "status",
            "Show what is known of the vault. Never asks: without a key at hand nothing of it is verified, and it says so.",
            new Example("strongroom status", "Place, revision, number of secrets, key slots"),
            new Example("strongroom status --key-file vault.key --json", "Verified with a key, for programs"))
    {
    }

    public override async ValueTask<int> RunAsync(CommandContext context)
    {
        using var unlock = await Unlock.TryResolveAsync(context);
        IReadOnlyList<string> warnings = [];
        VaultStatus? status;
        using var held = unlock is null ? TryAgent(context) : null;
        if (held is not null)
        {
            status = await held.StatusAsync(context.Cancellation);
            warnings = held.Warnings;
        }
        else if (unlock is null)
        {
            status = await SecretsManager.InspectAsync(context.VaultOptions(), context.Cancellation);
        }
        else
        {
            using var manager = await SecretsManager.OpenAsync(context.VaultOptions(), unlock, context.Cancellation);
            status = await manager.StatusAsync(context.Cancellation);
            warnings = manager.Warnings;
        }

        if (status is null)
            throw new VaultUnavailableException("SR1410", $"There is no vault at {context.VaultPath}.", "Check --vault or STRONGROOM_VAULT, or make one with 'strongroom init'.");
        if (context.Output.IsJson)
            PrintJson(context, status, warnings);
        else
            Print(context, status, warnings);
        return ExitCodes.Ok;
    }

    private static void Print(CommandContext context, VaultStatus status, IReadOnlyList<string> warnings)
    {
        if (!status.Verified)
            context.Output.Warning("Not verified: no key was given, so this is only what the file says.");
        foreach (var warning in warnings)
            context.Output.Warning(warning);
        MetadataText.Line(context, "Vault", status.Location);
        MetadataText.Line(context, "Id", status.VaultId.ToString());
        MetadataText.Line(context, "Verified", status.Verified ? "yes" : "no");
        MetadataText.Line(context, "Revision", $"{status.Revision}");
        MetadataText.Line(context, "Secrets", $"{status.Records} (deleted ones included)");
        MetadataText.Line(context, "Created", HumanText.Time(status.CreatedAt));
        MetadataText.Line(context, "Updated", HumanText.Time(status.UpdatedAt));
        MetadataText.Line(context, "Root key", $"generation {status.RootGeneration}{(status.RekeyRunning ? ", a rekey is under way: 'strongroom rekey' resumes it" : "")}");
        context.Output.Line();
        KeyListVerb.PrintTable(context, status.Slots);
    }

    private static void PrintJson(CommandContext context, VaultStatus status, IReadOnlyList<string> warnings) => context.Output.Json(json =>
    {
        json.WriteBoolean("verified", status.Verified);
        json.WriteString("location", status.Location);
        json.WriteString("vault_id", status.VaultId.ToString());
        json.WriteNumber("format", status.Format);
        json.WriteNumber("revision", status.Revision);
        json.WriteNumber("secrets", status.Records);
        json.Time("created_at", status.CreatedAt);
        json.Time("updated_at", status.UpdatedAt);
        json.WriteNumber("root_generation", status.RootGeneration);
        json.WriteBoolean("rekey_running", status.RekeyRunning);
        json.Slots("slots", status.Slots);
        json.WriteStartArray("warnings");
        foreach (var warning in warnings)
            json.WriteStringValue(warning);
        json.WriteEndArray();
    });
}
