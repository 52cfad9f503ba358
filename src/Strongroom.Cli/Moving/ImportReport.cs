using System.Text.Json;
using Strongroom.Cli.CommandLine;

namespace Strongroom.Cli.Moving;

/// <summary>What an import did, or would do.</summary>
internal sealed record ImportReport(string Format, string Source, ImportPlan Plan, IReadOnlyList<string> Notes, bool IsDryRun, long Revision, int Batches)
{
    private static readonly (ImportAction Action, string Word, string Member)[] Words =
        [(ImportAction.Create, "created", "created"), (ImportAction.NewVersion, "new versions", "new_versions"), (ImportAction.Unchanged, "unchanged", "unchanged"), (ImportAction.Skip, "skipped", "skipped")];

    public int Print(CommandContext context)
    {
        if (context.Output.IsJson)
        {
            context.Output.Json(WriteJson);
            return ExitCodes.Ok;
        }

        foreach (var note in Notes)
            context.Output.Note(note);
        if (IsDryRun || context.Output.Options.Verbose)
            context.Output.Table(["Name", "Action", "Source", "Line"], [.. Plan.Steps.Select(static step => (string[])[step.Name.ToString(), Word(step.Action), step.Secret.Source, step.Secret.Line == 0 ? "-" : $"{step.Secret.Line}"])]);
        var counts = string.Join(", ", Words.Select(word => (word.Word, Count: Plan.Count(word.Action))).Where(static word => word.Count > 0).Select(static word => $"{word.Count} {word.Word}"));
        var batches = Batches > 1 ? $", in {Batches} batches" : "";
        context.Output.Note(IsDryRun
            ? $"dry run: {Plan.Steps.Count} secrets of {Source}: {(counts.Length == 0 ? "nothing to do" : counts)}; nothing was written."
            : $"{Plan.Steps.Count} secrets of {Source}: {(counts.Length == 0 ? "nothing to do" : counts)}{batches} (revision {Revision}).");
        return ExitCodes.Ok;
    }

    private void WriteJson(Utf8JsonWriter json)
    {
        json.WriteString("verb", "import");
        json.WriteBoolean("dry_run", IsDryRun);
        json.WriteNumber("revision", Revision);
        json.WriteString("format", Format);
        json.WriteString("source", Source);
        json.WriteStartObject("counts");
        foreach (var (action, _, member) in Words)
            json.WriteNumber(member, Plan.Count(action));
        json.WriteEndObject();
        json.WriteStartArray("secrets");
        foreach (var step in Plan.Steps)
        {
            json.WriteStartObject();
            json.WriteString("name", step.Name.ToString());
            json.WriteString("action", Word(step.Action).Replace(' ', '_'));
            json.WriteString("source", step.Secret.Source);
            if (step.Secret.Line == 0)
                json.WriteNull("line");
            else
                json.WriteNumber("line", step.Secret.Line);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteStartArray("notes");
        foreach (var note in Notes)
            json.WriteStringValue(note);
        json.WriteEndArray();
    }

    private static string Word(ImportAction action) => action switch
    {
        ImportAction.Create => "create",
        ImportAction.NewVersion => "new version",
        ImportAction.Unchanged => "unchanged",
        _ => "skip",
    };
}
