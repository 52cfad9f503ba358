using System.CommandLine;
using Strongroom.Cli.CommandLine;
using Strongroom.Cli.Input;
using Strongroom.Cli.Output;

namespace Strongroom.Cli.Verbs;

/// <summary><c>show NAME</c>: fields masked, metadata, versions.</summary>
internal sealed class ShowVerb : VaultVerb
{
    private const string Mask = "********";
    private readonly Argument<string> _name;
    private readonly Option<bool> _reveal;

    public ShowVerb()
        : base(
            "show",
            "Show a secret: its fields (masked), metadata and versions. Counts as a read.",
            new Example("strongroom show broker/binance", "Everything but the values"),
            new Example("strongroom show broker/binance --json", "The same for programs"))
    {
        _name = Takes(Make.Required("NAME", "The secret."));
        _reveal = With(Make.Flag("--reveal", "Show the values too."));
    }

    public override async ValueTask<int> RunAsync(CommandContext context)
    {
        var name = context.Name(_name);
        using var vault = await OpenAsync(context);
        using var secret = await ReadAsync(context, vault, name, version: null);
        var versions = await vault.HistoryAsync(name, context.Cancellation);
        if (context.Output.IsJson)
            PrintJson(context, secret, versions);
        else
            Print(context, secret, versions);
        return ExitCodes.Ok;
    }

    private void Print(CommandContext context, SecretData secret, IReadOnlyList<SecretVersion> versions)
    {
        var output = context.Output;
        output.Line(secret.Name.ToString());
        output.Line();
        MetadataText.Print(context, secret.Metadata);
        output.Line();
        var fields = Fields(secret);
        output.Table(["Field", "Value"], [.. fields.Select(field => new[] { field ?? "(value)", Shown(context, secret, field) })]);
        output.Line();
        HistoryVerb.PrintTable(context, versions);
    }

    // A plain value is one field without a name.
    private static string?[] Fields(SecretData secret) => secret.Value.HasFields ? [.. secret.Value.FieldNames] : [null];

    private string Shown(CommandContext context, SecretData secret, string? field) =>
        context.Get(_reveal) ? TerminalText.EscapeBytes(SecretFields.Select(secret, field), keepLines: false) : Mask;

    private void PrintJson(CommandContext context, SecretData secret, IReadOnlyList<SecretVersion> versions)
    {
        var reveal = context.Get(_reveal);
        context.Output.Json(json =>
        {
            json.WriteString("name", secret.Name.ToString());
            json.Metadata(secret.Metadata);
            json.WriteBoolean("revealed", reveal);
            json.WriteStartArray("fields");
            foreach (var field in Fields(secret))
            {
                json.WriteStartObject();
                json.WriteString("name", field);
                if (reveal)
                    json.Value(SecretFields.Select(secret, field));
                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.Versions(versions);
        });
    }
}
