using System.CommandLine;
using Strongroom.Audit;
using Strongroom.Cli.CommandLine;
using Strongroom.Cli.Input;
using Strongroom.Cli.Output;
using Strongroom.Cli.Vaults;
using Strongroom.Cryptography;

namespace Strongroom.Cli.Verbs;

/// <summary><c>log</c>: the audit log, as it stands or verified.</summary>
internal sealed class LogVerb : VaultVerb
{
    private const int DefaultLimit = 100;
    private readonly Option<string?> _limit;
    private readonly Option<bool> _verify;
    private readonly Option<string[]> _checkpoints;
    private readonly Option<string[]> _printedKeys;

    public LogVerb()
        : base(
            "log",
            "Show the audit log: who read and wrote what and when. With --verify check it; exit code 7 when anything is wrong.",
            new Example("strongroom log --limit 20", "The last 20 entries"),
            new Example("strongroom log --verify", "Every entry and MAC"),
            new Example("strongroom log --verify --checkpoint audit-2027-01-01.txt", "Also that nothing before a checkpoint kept elsewhere was replaced"))
    {
        _limit = With(Make.Text("--limit", "N", $"The last N entries; 0 for all. Default: {DefaultLimit}."));
        _verify = With(Make.Flag("--verify", "Check every chain and print what was found, not the entries."));
        _checkpoints = With(Make.Texts("--checkpoint", "FILE", "With --verify: a checkpoint that must still hold."));
        _printedKeys = With(Make.Texts("--printed-key-file", "FILE", "With --verify: the first key of a chain, as 'log restart --print-key' printed it."));
        Subcommands.Add(new LogCheckpointVerb());
        Subcommands.Add(new LogRestartVerb());
        // It does something without a further verb too.
        SetAction(static _ => ExitCodes.Ok);
    }

    public override async ValueTask<int> RunAsync(CommandContext context)
    {
        if (!context.Get(_verify) && (context.Has(_checkpoints) || context.Has(_printedKeys)))
            throw CliException.Usage($"{_checkpoints.Name} and {_printedKeys.Name} need {_verify.Name}.");
        var limit = context.Number(_limit, 0, int.MaxValue) ?? DefaultLimit;
        using var vault = await OpenAsync(context);
        if (context.Get(_verify))
            return await VerifyAsync(context, vault);
        var total = 0L;
        var entries = new Queue<AuditEntry>();
        await foreach (var entry in vault.ReadLogAsync(context.Cancellation))
        {
            total++;
            entries.Enqueue(entry);
            if (limit > 0 && entries.Count > limit)
                entries.Dequeue();
        }

        if (context.Output.IsJson)
            PrintJson(context, entries, total);
        else
            Print(context, entries, total);
        return ExitCodes.Ok;
    }

    private async ValueTask<int> VerifyAsync(CommandContext context, IOpenVault vault)
    {
        var checkpoints = new List<AuditCheckpoint>();
        foreach (var path in context.Get(_checkpoints) ?? [])
        {
            using var text = await StandardInput.ReadFileAsync(path, context.Cancellation);
            checkpoints.Add(AuditCheckpoint.Parse(System.Text.Encoding.ASCII.GetString(text.Span)));
        }

        var keys = new Dictionary<RandomId, SecretBuffer>();
        try
        {
            foreach (var path in context.Get(_printedKeys) ?? [])
                await PrintedAuditKey.ReadAsync(path, keys, context.Cancellation);
            var report = await vault.VerifyLogAsync(checkpoints, keys, context.Cancellation);
            if (context.Output.IsJson)
                context.Output.Json(json => json.Audit("audit", report));
            else
                PrintReport(context, report);
            return report.IsIntact
                ? ExitCodes.Ok
                : throw new CliException(ExitCodes.Integrity, "SR2017", "The audit log is not what was written.", "Keep the folder for the investigation; 'strongroom log restart' begins a new chain that names the broken end.");
        }
        finally
        {
            foreach (var (_, key) in keys)
                key.Dispose();
        }
    }

    private static void PrintReport(CommandContext context, AuditReport report)
    {
        AuditText.PrintFindings(context, report);
        context.Output.Table(["Chain", "Owner", "Entries"], [.. report.Chains.Select(chain => new[] { chain.Chain.ToString(), chain.Owner, $"{chain.Entries}" })]);
        AuditText.PrintSummary(context, report);
    }

    private static void Print(CommandContext context, Queue<AuditEntry> entries, long total)
    {
        context.Output.Table(["Time", "Operation", "Outcome", "Revision", "Secrets", "Actor"], [.. entries.Select(Row)]);
        if (total > entries.Count)
            context.Output.Note($"{total - entries.Count} earlier entries: --limit 0 shows all.");
        context.Output.Note("Shown as it stands; 'strongroom log --verify' says whether it is genuine.");
    }

    private static string[] Row(AuditEntry entry)
    {
        var secrets = string.Join(", ", entry.Secrets.Take(4).Select(secret => $"{secret.Name} v{secret.Version}{(secret.Count > 1 ? $" ×{secret.Count}" : "")}"));
        if (entry.Secrets.Count > 4)
            secrets += $" and {entry.Secrets.Count - 4} more";
        return [entry.Time.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss'Z'", null), entry.Operation, entry.Outcome, $"{entry.Revision}", secrets, entry.Actor];
    }

    private static void PrintJson(CommandContext context, Queue<AuditEntry> entries, long total) => context.Output.Json(json =>
    {
        json.WriteBoolean("verified", false);
        json.WriteNumber("total", total);
        json.WriteStartArray("entries");
        foreach (var entry in entries)
            json.Entry(entry);
        json.WriteEndArray();
    });
}
