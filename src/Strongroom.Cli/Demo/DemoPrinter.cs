using System.Globalization;
using Strongroom.Cli.CommandLine;
using Strongroom.Cli.Output;

namespace Strongroom.Cli.Demo;

/// <summary>What one step of the demonstration showed.</summary>
/// <param name="Lines">What happened.</param>
/// <param name="AsPromised">Whether it is what this program promises.</param>
/// <param name="Elapsed">The time of the part that is worth measuring; null for the whole step.</param>
internal sealed record DemoResult(IReadOnlyList<string> Lines, bool AsPromised = true, TimeSpan? Elapsed = null);

/// <summary>Prints steps with the time that each one took, readable with and without a terminal.</summary>
internal sealed class DemoPrinter(CommandContext context)
{
    private const int Width = 64;
    private readonly List<(string Title, DemoResult Result, TimeSpan Elapsed)> _done = [];
    private readonly long _started = context.Time.GetTimestamp();

    private OutputWriter Output => context.Output;

    private bool Succeeded => _done.TrueForAll(static step => step.Result.AsPromised);

    public void Begin(DemoFolder folder)
    {
        if (Output.IsJson)
            return;
        Output.Raw(Output.Styled("Strongroom: a vault is made, used and attacked", "1") + "\n");
        Output.Raw(Output.Styled($"in {TerminalText.Escape(folder.Folder)}, with the real library; values shown are made up for this demonstration", "2") + "\n\n");
        Output.Flush();
    }

    /// <summary>Runs and shows a step.</summary>
    public async ValueTask StepAsync(string title, Func<ValueTask<DemoResult>> step)
    {
        context.Cancellation.ThrowIfCancellationRequested();
        var started = context.Time.GetTimestamp();
        var result = await step();
        var elapsed = result.Elapsed ?? context.Time.GetElapsedTime(started);
        _done.Add((title, result, elapsed));
        if (Output.IsJson)
            return;
        var mark = result.AsPromised ? Output.Styled("ok  ", "32") : Output.Styled("FAIL", "31;1");
        var heading = $"{_done.Count,2}. {title}";
        Output.Raw($"{mark} {Output.Styled(heading.PadRight(Width), "1")} {Output.Styled($"{Milliseconds(elapsed),12}", "36")}\n");
        foreach (var line in result.Lines)
            Output.Raw($"         {TerminalText.Escape(line)}\n");
        Output.Flush();
    }

    /// <summary>Shows the end.</summary>
    /// <returns>The exit code: 0 when every step was as promised.</returns>
    public int End(DemoFolder folder)
    {
        var total = context.Time.GetElapsedTime(_started);
        if (Output.IsJson)
        {
            WriteJson(folder, total);
        }
        else
        {
            var summary = Succeeded ? $"All {_done.Count} steps as promised" : "NOT as promised: see the steps marked FAIL";
            Output.Raw($"\n{Output.Styled(summary, Succeeded ? "32;1" : "31;1")}, {Milliseconds(total)} in all.\n");
            Output.Line(folder.IsKept ? $"Kept: {folder.Folder}. Look into it with:" : "The folder is removed. Next: strongroom init --help");
            if (folder.IsKept)
                Output.Line($"  STRONGROOM_STATE_DIR={folder.State} strongroom list --long --vault {folder.Vault} --passphrase-file {folder.PassphraseFile}");
        }

        return Succeeded ? ExitCodes.Ok : ExitCodes.Unexpected;
    }

    private void WriteJson(DemoFolder folder, TimeSpan total) => Output.Json(json =>
    {
        json.WriteBoolean("as_promised", Succeeded);
        json.WriteNumber("milliseconds", Math.Round(total.TotalMilliseconds, 3));
        json.WriteString("kept", folder.IsKept ? folder.Folder : null);
        json.WriteStartArray("steps");
        foreach (var (title, result, elapsed) in _done)
        {
            json.WriteStartObject();
            json.WriteString("title", title);
            json.WriteBoolean("as_promised", result.AsPromised);
            json.WriteNumber("milliseconds", Math.Round(elapsed.TotalMilliseconds, 3));
            json.WriteEndObject();
        }

        json.WriteEndArray();
    });

    private static string Milliseconds(TimeSpan time) => time.TotalMilliseconds switch
    {
        >= 10 => string.Create(CultureInfo.InvariantCulture, $"{time.TotalMilliseconds:0} ms"),
        >= 0.1 => string.Create(CultureInfo.InvariantCulture, $"{time.TotalMilliseconds:0.00} ms"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{time.TotalMicroseconds:0.0} µs"),
    };
}
