using System.CommandLine;
using Strongroom.Cli.CommandLine;
using Strongroom.Cli.Vaults;

namespace Strongroom.Cli.Verbs;

/// <summary>What <c>copy</c> and <c>move</c> have in common.</summary>
internal abstract class CopyingVerb : ChangingVerb
{
    private readonly Argument<string> _from;
    private readonly Argument<string> _to;
    private readonly Option<bool> _force;

    protected CopyingVerb(string name, string description, params Example[] examples)
        : base(name, description, examples)
    {
        _from = Takes(Make.Required("SOURCE", "The secret; with '/' at its end, everything below."));
        _to = Takes(Make.Required("TARGET", "The new name; with '/' at its end, the new folder."));
        _force = With(Make.Flag("--force", "A secret that has the new name gets a new version. Without it that is a conflict (exit code 6).", "-f"));
    }

    /// <summary>Whether the source is deleted.</summary>
    protected abstract bool Removes { get; }

    /// <summary>Whether older versions are taken along.</summary>
    protected abstract bool WithHistory(CommandContext context);

    protected override async ValueTask<int> ChangeAsync(CommandContext context)
    {
        using var vault = await OpenAsync(context);
        using var copies = new SecretCopies(context, vault);
        foreach (var (from, to) in await SecretCopies.PairsAsync(context, vault, context.Get(_from)!, context.Get(_to)!))
            await copies.AddAsync(from, to, WithHistory(context), context.Get(_force), Removes);
        var isDryRun = IsDryRun(context);
        var revision = isDryRun ? vault.Revision : await copies.CommitAsync();
        var done = (isDryRun, Removes) switch
        {
            (true, true) => "would be moved to",
            (true, false) => "would be copied to",
            (false, true) => "moved to",
            _ => "copied to",
        };
        foreach (var copy in copies.All)
            context.Output.Note($"{(isDryRun ? "dry run: " : "")}{copy.From}: {done} {copy.To}{(copy.Versions > 1 ? $", {copy.Versions} versions" : "")}.");
        if (context.Output.IsJson)
            PrintJson(context, copies, isDryRun, revision);
        return ExitCodes.Ok;
    }

    private void PrintJson(CommandContext context, SecretCopies copies, bool isDryRun, long revision) => context.Output.Json(json =>
    {
        json.WriteString("verb", Name);
        json.WriteBoolean("dry_run", isDryRun);
        json.WriteNumber("revision", revision);
        json.WriteStartArray("secrets");
        foreach (var copy in copies.All)
        {
            json.WriteStartObject();
            json.WriteString("from", copy.From.ToString());
            json.WriteString("to", copy.To.ToString());
            json.WriteNumber("versions", copy.Versions);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    });
}
