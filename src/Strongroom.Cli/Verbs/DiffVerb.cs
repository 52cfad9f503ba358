using System.CommandLine;
using System.Security.Cryptography;
using Strongroom.Cli.CommandLine;
using Strongroom.Cli.Input;
using Strongroom.Cli.Output;
using Strongroom.Cli.Vaults;

namespace Strongroom.Cli.Verbs;

/// <summary><c>diff NAME [V1 [V2]]</c>: what differs between two versions.</summary>
internal sealed class DiffVerb : VaultVerb
{
    private readonly Argument<string> _name;
    private readonly Argument<string?> _from;
    private readonly Argument<string?> _to;
    private readonly Option<bool> _reveal;
    private readonly Option<bool> _exitCode;

    public DiffVerb()
        : base(
            "diff",
            "Say which fields differ between two versions of a secret, without showing values.",
            new Example("strongroom diff db/main", "The version before and the current one"),
            new Example("strongroom diff db/main 1 2 --exit-code", "Two versions; exit code 9 when they differ"))
    {
        _name = Takes(Make.Required("NAME", "The secret."));
        _from = Takes(Make.Optional("V1", "The older version. Default: the one before the current one."));
        _to = Takes(Make.Optional("V2", "The newer version. Default: the current one."));
        _reveal = With(Make.Flag("--reveal", "Show the values too."));
        _exitCode = With(Make.Flag("--exit-code", "Exit code 9 when they differ."));
    }

    public override async ValueTask<int> RunAsync(CommandContext context)
    {
        var name = context.Name(_name);
        var (from, to) = (Version(context, _from), Version(context, _to));
        using var vault = await OpenAsync(context);
        using var after = await vault.GetAsync(name, to, context.Cancellation);
        using var before = await vault.GetAsync(name, from ?? await BeforeAsync(context, vault, name, after.Metadata.Version), context.Cancellation);
        var changes = Changes(before, after);
        if (context.Output.IsJson)
            PrintJson(context, before, after, changes);
        else
            Print(context, before, after, changes);
        return context.Get(_exitCode) && changes.Any(change => change.Kind != "same") ? ExitCodes.Findings : ExitCodes.Ok;
    }

    private static long? Version(CommandContext context, Argument<string?> argument) =>
        context.Get(argument) is { } text ? Values.Number(argument.Name, text, 1, long.MaxValue) : null;

    private static async ValueTask<long> BeforeAsync(CommandContext context, IOpenVault vault, SecretName name, long version)
    {
        var older = (await vault.HistoryAsync(name, context.Cancellation)).Where(kept => kept.Version < version).Select(kept => kept.Version).ToArray();
        return older.Length > 0 ? older.Max() : throw new CliException(ExitCodes.NotFound, "SR2014", $"No version of {name} before {version} is kept.", $"'strongroom history {name}' shows the versions.");
    }

    private static List<Change> Changes(SecretData before, SecretData after)
    {
        var changes = new List<Change>();
        foreach (var field in Fields(before).Union(Fields(after)).OrderBy(field => field, StringComparer.Ordinal))
        {
            var (was, wasThere) = (Part(before, field, out var old), Has(before, field));
            var (becomes, isThere) = (Part(after, field, out var current), Has(after, field));
            var kind = (wasThere, isThere) switch
            {
                (true, false) => "removed",
                (false, true) => "added",
                _ => was && becomes && CryptographicOperations.FixedTimeEquals(old, current) ? "same" : "changed",
            };
            changes.Add(new Change(field, kind));
        }

        return changes;
    }

    // A plain value is one field without a name.
    private static string?[] Fields(SecretData secret) => secret.Value.HasFields ? [.. secret.Value.FieldNames] : [null];

    private static bool Has(SecretData secret, string? field) => Part(secret, field, out _);

    private static bool Part(SecretData secret, string? field, out ReadOnlySpan<byte> value)
    {
        value = default;
        if (secret.Value.HasFields)
            return field is not null && secret.Value.TryGetField(field, out value);
        if (field is not null)
            return false;
        value = secret.Value.Span;
        return true;
    }

    private void Print(CommandContext context, SecretData before, SecretData after, List<Change> changes)
    {
        var output = context.Output;
        output.Line($"{after.Name}: version {before.Metadata.Version} and version {after.Metadata.Version}");
        foreach (var (field, kind) in changes)
        {
            var (sign, attribute) = kind switch
            {
                "added" => ('+', "32"),
                "removed" => ('-', "31"),
                "changed" => ('~', "33"),
                _ => ('=', "2"),
            };
            output.Raw(output.Styled(TerminalText.Escape($"{sign} {field ?? "(value)"}: {kind}"), attribute) + "\n");
            if (context.Get(_reveal) && kind != "same")
                Reveal(output, Lines(before, field), Lines(after, field));
        }
    }

    private static void Reveal(OutputWriter output, string[] before, string[] after)
    {
        foreach (var (sign, line) in LineDiff.Of(before, after))
            output.Raw(output.Styled($"    {sign} {line}", sign == '+' ? "32" : sign == '-' ? "31" : "0") + "\n");
    }

    private static string[] Lines(SecretData secret, string? field) =>
        Part(secret, field, out var value) ? TerminalText.EscapeBytes(value).Split('\n') : [];

    private void PrintJson(CommandContext context, SecretData before, SecretData after, List<Change> changes)
    {
        var reveal = context.Get(_reveal);
        context.Output.Json(json =>
        {
            json.WriteString("name", after.Name.ToString());
            json.WriteNumber("from", before.Metadata.Version);
            json.WriteNumber("to", after.Metadata.Version);
            json.WriteBoolean("differ", changes.Any(change => change.Kind != "same"));
            json.WriteBoolean("revealed", reveal);
            json.WriteStartArray("fields");
            foreach (var (field, kind) in changes)
            {
                json.WriteStartObject();
                json.WriteString("name", field);
                json.WriteString("change", kind);
                if (reveal)
                {
                    WriteValue(json, "before", before, field);
                    WriteValue(json, "after", after, field);
                }

                json.WriteEndObject();
            }

            json.WriteEndArray();
        });
    }

    private static void WriteValue(System.Text.Json.Utf8JsonWriter json, string member, SecretData secret, string? field)
    {
        if (!Part(secret, field, out var value))
        {
            json.WriteNull(member);
            return;
        }

        json.WriteStartObject(member);
        json.Value(value);
        json.WriteEndObject();
    }

    private readonly record struct Change(string? Field, string Kind);
}
