using Strongroom.Audit;
using Strongroom.Cli.CommandLine;

namespace Strongroom.Cli.Output;

/// <summary>What a verification of the audit log found, for people.</summary>
internal static class AuditText
{
    /// <summary>What is wrong, and what is worth knowing.</summary>
    public static void PrintFindings(CommandContext context, AuditReport? report)
    {
        foreach (var finding in report?.Findings ?? [])
            context.Output.Line($"WRONG    {Where(finding)}: {finding.Message}");
        foreach (var note in report?.Notes ?? [])
            context.Output.Line($"note     {Where(note)}: {note.Message}");
    }

    /// <summary>One line.</summary>
    public static void PrintSummary(CommandContext context, AuditReport? report)
    {
        var summary = report is null
            ? "none (off, or an older copy is looked into)"
            : $"{(report.IsIntact ? "intact" : "NOT INTACT")}: {report.Chains.Sum(chain => chain.Entries)} entries in {report.Chains.Count} chain(s)";
        context.Output.Line($"audit    {summary}");
    }

    private static string Where(AuditFinding finding)
    {
        var chain = $"chain {HumanText.Short(finding.Chain.ToString())}";
        return finding.Index < 0 ? chain : $"{chain}, entry {finding.Index}";
    }
}
