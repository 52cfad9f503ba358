using System.Text.Json;
using Strongroom.Cli.Output;
using Strongroom.Cli.Vaults;

namespace Strongroom.Cli.CommandLine;

/// <summary>How a change is acknowledged: a line on standard error, or JSON on standard output.</summary>
internal static class Outcome
{
    /// <summary>A secret was written.</summary>
    public static int Written(CommandContext context, string verb, SecretName name, SecretMetadata metadata, long revision, string what, Action<Utf8JsonWriter>? more = null)
    {
        context.Output.Note($"{name}: {what} (revision {revision}).");
        if (context.Output.IsJson)
            context.Output.Json(json =>
            {
                json.WriteString("verb", verb);
                json.WriteBoolean("dry_run", false);
                json.WriteNumber("revision", revision);
                json.WriteString("name", name.ToString());
                json.Metadata(metadata);
                more?.Invoke(json);
            });
        return ExitCodes.Ok;
    }

    /// <summary>Something else was done.</summary>
    /// <param name="context">The streams.</param>
    /// <param name="verb">The verb.</param>
    /// <param name="name">The secret, or null when it is about the vault.</param>
    /// <param name="what">For people.</param>
    /// <param name="members">More members of the JSON.</param>
    public static int Done(CommandContext context, string verb, SecretName? name, string what, Action<Utf8JsonWriter>? members = null)
    {
        context.Output.Note(name is { } secret ? $"{secret}: {what}." : $"{what}.");
        if (context.Output.IsJson)
            context.Output.Json(json => Head(json, verb, name, dryRun: false, members));
        return ExitCodes.Ok;
    }

    /// <summary>Nothing was done: <c>--dry-run</c>.</summary>
    public static int DryRun(CommandContext context, string verb, SecretName? name, string what)
    {
        context.Output.Note(name is { } secret ? $"dry run: {secret}: {what}." : $"dry run: {what}.");
        if (context.Output.IsJson)
            context.Output.Json(json => Head(json, verb, name, dryRun: true, json => json.WriteString("would", what)));
        return ExitCodes.Ok;
    }

    /// <summary>There is no such secret.</summary>
    public static CliException NotFound(SecretName name) =>
        new(ExitCodes.NotFound, "SR2014", $"There is no secret '{name}'.", "'strongroom list' shows the names, 'strongroom list --deleted' those that can be restored.");

    /// <summary>The error that there is no such secret, with the name that is closest: the vault is unlocked, so names are no secret here.</summary>
    public static async ValueTask<Exception> SuggestAsync(CommandContext context, IOpenVault vault, SecretName name, SecretNotFoundException error)
    {
        var names = new List<string>();
        await foreach (var entry in vault.ListAsync(null, context.Cancellation))
            names.Add(entry.Name.ToString());
        return Suggestions.For(name.ToString(), names) is { } close ? new SecretNotFoundException(error.Code, error.Message, $"Did you mean {close}?", error) : error;
    }

    private static void Head(Utf8JsonWriter json, string verb, SecretName? name, bool dryRun, Action<Utf8JsonWriter>? members)
    {
        json.WriteString("verb", verb);
        json.WriteBoolean("dry_run", dryRun);
        if (name is { } secret)
            json.WriteString("name", secret.ToString());
        members?.Invoke(json);
    }
}
