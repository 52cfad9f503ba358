using System.CommandLine;
using Strongroom.Cli.CommandLine;
using Strongroom.Cli.Output;

namespace Strongroom.Cli.Verbs;

/// <summary><c>history NAME</c>: the versions that are kept.</summary>
internal sealed class HistoryVerb : VaultVerb
{
    private readonly Argument<string> _name;

    public HistoryVerb()
        : base(
            "history",
            "Show the versions of a secret that are kept, newest first.",
            new Example("strongroom history broker/binance", "Versions, when they were written, whether they can be read"),
            new Example("strongroom history broker/binance --json", "The same for programs")) =>
        _name = Takes(Make.Required("NAME", "The secret."));

    public override async ValueTask<int> RunAsync(CommandContext context)
    {
        var name = context.Name(_name);
        using var vault = await OpenAsync(context);
        var versions = await vault.HistoryAsync(name, context.Cancellation);
        if (context.Output.IsJson)
            context.Output.Json(json =>
            {
                json.WriteString("name", name.ToString());
                json.Versions(versions);
            });
        else
            PrintTable(context, versions);
        return ExitCodes.Ok;
    }

    /// <summary>The table of versions.</summary>
    public static void PrintTable(CommandContext context, IReadOnlyList<SecretVersion> versions) => context.Output.Table(
        ["Version", "State", "Written", "Readable until"],
        [.. versions.Select(version => new[] { $"{version.Version}", version.State, HumanText.Time(version.CreatedAt), Until(version, context.Now) })]);

    private static string Until(SecretVersion version, DateTimeOffset now) =>
        version.ReadableUntil is { } until ? $"{HumanText.Time(until)} ({HumanText.Relative(until, now)})" : "-";
}
