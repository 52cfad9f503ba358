using Strongroom.Cli.CommandLine;
using Strongroom.Rotation;

namespace Strongroom.Cli.Output;

/// <summary>Rotations for people and programs.</summary>
internal static class RotationText
{
    /// <summary>What is planned.</summary>
    public static void Print(CommandContext context, IReadOnlyList<RotationPlan> plans)
    {
        if (context.Output.IsJson)
            context.Output.Json(json =>
            {
                json.WriteStartArray("plans");
                foreach (var plan in plans)
                {
                    json.WriteStartObject();
                    json.WriteString("name", plan.Name.ToString());
                    json.WriteString("rotator", plan.Kind);
                    json.WriteString("stage", Word(plan.Stage));
                    json.WriteString("state", Word(plan.State));
                    json.Time("due_at", plan.DueAt);
                    json.Time("next_at", plan.NextAt);
                    json.WriteNumber("version", plan.Version);
                    json.WriteNumber("attempts", plan.Attempts);
                    json.WriteString("note", plan.Note);
                    json.WriteBoolean("overdue", plan.IsOverdue);
                    json.WriteEndObject();
                }

                json.WriteEndArray();
            });
        else
            context.Output.Table(
                ["Name", "Rotator", "State", "Due", "Note"],
                [.. plans.Select(plan => new[] { plan.Name.ToString(), plan.Kind, Word(plan.State), plan.DueAt is { } due ? $"{HumanText.Time(due)} ({HumanText.Relative(due, context.Now)})" : "-", plan.Note })]);
    }

    /// <summary>How a run left rotations; the exit code says whether all went well.</summary>
    public static int Print(CommandContext context, IReadOnlyList<RotationResult> results)
    {
        foreach (var result in results)
        {
            context.Output.Note($"{result.Name}: {Word(result.Kind)}, version {result.Version} is current.");
            if (result.Error is { } error && !context.Output.IsJson)
                context.Output.Warning($"{error.Message} [{error.Code}] {error.Hint}");
        }

        if (context.Output.IsJson)
            context.Output.Json(json =>
            {
                json.WriteStartArray("rotations");
                foreach (var result in results)
                {
                    json.WriteStartObject();
                    json.WriteString("name", result.Name.ToString());
                    json.WriteString("result", Word(result.Kind));
                    json.WriteNumber("version", result.Version);
                    json.WriteString("error", result.Error?.Code);
                    json.WriteEndObject();
                }

                json.WriteEndArray();
            });
        return results.Any(result => result.Kind is RotationResultKind.Failed or RotationResultKind.Refused or RotationResultKind.Stuck or RotationResultKind.Superseded) ? ExitCodes.Findings : ExitCodes.Ok;
    }

    /// <summary>Rotations that have ended.</summary>
    public static void Print(CommandContext context, SecretName name, IReadOnlyList<PastRotation> history)
    {
        if (context.Output.IsJson)
            context.Output.Json(json =>
            {
                json.WriteString("name", name.ToString());
                json.WriteStartArray("rotations");
                foreach (var past in history)
                {
                    json.WriteStartObject();
                    json.WriteString("id", past.Id.ToString());
                    json.WriteString("rotator", past.Rotator);
                    json.WriteString("result", Word(past.Result));
                    json.WriteNumber("from_version", past.FromVersion);
                    json.WriteNumber("to_version", past.ToVersion);
                    json.Time("begun_at", past.BegunAt);
                    json.Time("ended_at", past.EndedAt);
                    json.WriteString("reason", past.Reason);
                    json.WriteEndObject();
                }

                json.WriteEndArray();
            });
        else
            context.Output.Table(
                ["Begun", "Ended", "Rotator", "Versions", "Result", "Reason"],
                [.. history.Select(past => new[] { HumanText.Time(past.BegunAt), HumanText.Time(past.EndedAt), past.Rotator, past.ToVersion > 0 ? $"{past.FromVersion} to {past.ToVersion}" : $"{past.FromVersion}", Word(past.Result), past.Reason })]);
    }

    private static string Word<T>(T value)
        where T : struct, Enum => value.ToString().ToLowerInvariant();
}
