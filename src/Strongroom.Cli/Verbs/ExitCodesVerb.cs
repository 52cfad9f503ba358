using System.Globalization;
using Strongroom.Cli.CommandLine;

namespace Strongroom.Cli.Verbs;

/// <summary><c>exit-codes</c>.</summary>
internal sealed class ExitCodesVerb : Verb
{
    public ExitCodesVerb()
        : base(
            "exit-codes",
            "List the exit codes. They are stable: scripts may rely on them.",
            new Example("strongroom exit-codes", "A table"),
            new Example("strongroom exit-codes --json", "For programs"))
    {
    }

    public override ValueTask<int> RunAsync(CommandContext context)
    {
        if (context.Output.IsJson)
            context.Output.Json(json =>
            {
                json.WriteStartArray("exit_codes");
                foreach (var (code, meaning) in ExitCodes.All)
                {
                    json.WriteStartObject();
                    json.WriteNumber("code", code);
                    json.WriteString("meaning", meaning);
                    json.WriteEndObject();
                }

                json.WriteEndArray();
            });
        else
            context.Output.Table(["Code", "Meaning"], [.. ExitCodes.All.Select(exit => new[] { exit.Code.ToString(CultureInfo.InvariantCulture), exit.Meaning })]);
        return new(ExitCodes.Ok);
    }
}
