using Strongroom.Cli.CommandLine;
using Strongroom.Cli.Output;
using Strongroom.Cli.Vaults;

namespace Strongroom.Cli.Verbs;

/// <summary><c>verify</c>: reads and checks everything.</summary>
internal sealed class VerifyVerb : VaultVerb
{
    public VerifyVerb()
        : base(
            "verify",
            "Read and verify everything: every record, value, older version, and the audit log. Exit code 7 when anything is wrong.",
            new Example("strongroom verify", "Says what was checked"),
            new Example("strongroom verify --json", "For monitoring"))
    {
    }

    public override async ValueTask<int> RunAsync(CommandContext context)
    {
        using var vault = await OpenAsync(context);
        using var progress = new ProgressLine(context.Output, "verified");
        var report = await vault.VerifyAsync(progress, context.Cancellation);
        progress.Dispose();
        if (context.Output.IsJson)
            PrintJson(context, vault, report);
        else
            Print(context, vault, report);
        if (!report.IsIntact)
            throw new CliException(ExitCodes.Integrity, "SR2017", "The vault or its audit log is not what was written.", "Do not go on with it: look into what is listed, restore a backup with restore-vault, or begin a new audit chain with 'log restart'.");
        return ExitCodes.Ok;
    }

    private static void Print(CommandContext context, IOpenVault vault, VerifyReport report)
    {
        var output = context.Output;
        foreach (var finding in report.Findings)
            output.Line($"WRONG    {finding}");
        AuditText.PrintFindings(context, report.Audit);
        output.Line($"vault    {(report.Findings.Count == 0 ? "intact" : "NOT INTACT")}: {report.Records} secrets, {report.Versions} older versions, revision {vault.Revision}");
        AuditText.PrintSummary(context, report.Audit);
    }

    private static void PrintJson(CommandContext context, IOpenVault vault, VerifyReport report) => context.Output.Json(json =>
    {
        json.WriteBoolean("intact", report.IsIntact);
        json.WriteNumber("revision", vault.Revision);
        json.WriteNumber("secrets", report.Records);
        json.WriteNumber("versions", report.Versions);
        json.WriteStartArray("findings");
        foreach (var finding in report.Findings)
            json.WriteStringValue(finding);
        json.WriteEndArray();
        json.Audit("audit", report.Audit);
    });
}
