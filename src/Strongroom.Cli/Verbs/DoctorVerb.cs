using System.CommandLine;
using Strongroom.Cli.CommandLine;
using Strongroom.Cli.Diagnosis;

namespace Strongroom.Cli.Verbs;

/// <summary><c>doctor</c>: what is wrong around the vault, and what to do.</summary>
internal sealed class DoctorVerb : Verb
{
    private readonly Option<bool> _fix;

    public DoctorVerb()
        : base(
            "doctor",
            "Look for what is wrong around the vault: permissions, memory, clock, key slots, agent, configuration. No key is needed. Exit code 9 when there is something to do.",
            new Example("strongroom doctor", "What was looked at, and what to do"),
            new Example("strongroom doctor --fix --json", "Mends what can be mended without harm, for programs")) =>
        _fix = With(Make.Flag("--fix", "Mend what can be mended without harm: permissions of your own files, what was left behind."));

    public override string Details => "What is inside the vault is checked by 'strongroom verify'.";

    public override async ValueTask<int> RunAsync(CommandContext context)
    {
        var findings = await VaultChecks.RunAsync(context);
        var mended = new HashSet<Finding>();
        if (context.Get(_fix))
        {
            foreach (var finding in findings.Where(finding => finding is { IsFine: false, Mend: not null }))
            {
                finding.Mend!();
                mended.Add(finding);
            }
        }

        var left = findings.Count(finding => !finding.IsFine && !mended.Contains(finding));
        if (context.Output.IsJson)
            PrintJson(context, findings, mended);
        else
            Print(context, findings, mended, left);
        return left > 0 ? ExitCodes.Findings : ExitCodes.Ok;
    }

    private static void Print(CommandContext context, IReadOnlyList<Finding> findings, HashSet<Finding> mended, int left)
    {
        foreach (var finding in findings)
        {
            context.Output.Line($"{(finding.IsFine ? "ok      " : mended.Contains(finding) ? "MENDED  " : "FINDING ")} {finding.Message}");
            if (!finding.IsFine && !mended.Contains(finding))
                context.Output.Line($"         do this: {finding.Remedy}");
        }

        context.Output.Note(left == 0 ? "Nothing to do." : $"{left} thing{(left == 1 ? "" : "s")} to do.");
    }

    private static void PrintJson(CommandContext context, IReadOnlyList<Finding> findings, HashSet<Finding> mended) => context.Output.Json(json =>
    {
        json.WriteStartArray("checks");
        foreach (var finding in findings)
        {
            json.WriteStartObject();
            json.WriteString("check", finding.Check);
            json.WriteString("state", finding.IsFine ? "ok" : mended.Contains(finding) ? "mended" : "finding");
            json.WriteString("message", finding.Message);
            json.WriteString("remedy", finding.Remedy);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    });
}
