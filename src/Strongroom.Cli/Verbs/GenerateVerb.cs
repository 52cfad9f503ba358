using System.CommandLine;
using System.Globalization;
using Strongroom.Cli.CommandLine;
using Strongroom.Cli.Generating;
using Strongroom.Cli.Input;
using Strongroom.Cli.Vaults;

namespace Strongroom.Cli.Verbs;

/// <summary><c>generate NAME[#FIELD]</c>: makes a random value and stores it without showing it.</summary>
internal sealed class GenerateVerb : ChangingVerb
{
    private readonly Argument<string> _reference;
    private readonly GeneratorOptions _generator = new();
    private readonly Option<string?> _field;
    private readonly Option<bool> _print;
    private readonly MetadataOptions _metadata = new("A tag. The tags given replace all tags of the secret.");
    private readonly ConditionOptions _condition = new();

    public GenerateVerb()
        : base(
            "generate",
            "Make a random password, passphrase, identifier or key and store it, without showing it.",
            new Example("strongroom generate app/session-key --kind hex --length 32", "32 random bytes in hexadecimal"),
            new Example("strongroom generate db/main#password --length 40 --min-digits 2 --min-symbols 2", "One field, by a policy; the other fields stay as they are"),
            new Example("strongroom generate deploy/key --kind ssh --comment deploy --print", "A pair of keys for SSH; the public one is printed"))
    {
        _reference = Takes(Make.Required("NAME[#FIELD]", "The secret, and the field that is made."));
        _generator.AddTo(this);
        _field = With(Make.Text("--field", "FIELD", "Store it as this field; other fields of the secret stay. The same as NAME#FIELD."));
        _print = With(Make.Flag("--print", "Print the value on standard output too; of a pair of keys the public one."));
        _metadata.AddTo(this);
        _condition.AddTo(this);
    }

    public override string Details =>
        """
        Entropy is the logarithm of how many values were equally likely; of a pair of keys, the strength that is commonly given for its kind.
        The words are those of EFF's long word list (Electronic Frontier Foundation, CC BY 3.0 US).
        """;

    protected override async ValueTask<int> ChangeAsync(CommandContext context)
    {
        var (name, inName) = Values.Reference(context.Get(_reference)!);
        if (inName is not null && context.Has(_field))
            throw CliException.Together(_field.Name, "NAME#FIELD");
        var field = inName ?? context.Get(_field);
        var condition = _condition.Get(context);
        var options = _metadata.ToSetOptions(context, condition);
        using var made = _generator.Generate(context);
        if (made.IsPair && field is not null)
            throw CliException.Usage("A pair of keys is stored as two fields, private_key and public_key, and not as one.", "Leave the field away.");
        using var vault = await OpenAsync(context);
        // A dry run is no access.
        if (IsDryRun(context))
        {
            var before = await DryRun.CheckAsync(context, vault, name, condition);
            return Outcome.DryRun(context, Name, name, $"a value of {Bits(made)} bits would be written as version {(before?.Version ?? 0) + 1}");
        }

        using var current = await vault.TryGetAsync(name, version: null, context.Cancellation);
        using var value = Compose(current, made, field);
        if (made.IsPair && current is null && options.Type is null)
            options = options with { Type = SecretType.PrivateKey };
        // What was read, or was not there, decides what is written: it must still be so.
        if (condition is { IfVersion: null, IfAbsent: false })
            options = options with { Condition = current is null ? WriteCondition.Absent : WriteCondition.Version(current.Metadata.Version) };
        var metadata = await vault.SetAsync(name, value, options, context.Cancellation);
        return Report(context, vault, name, metadata, made);
    }

    private static SecretValue Compose(SecretData? current, Generated made, string? field)
    {
        if (field is not null)
            return SecretFields.With(current, field, made.Text.Span);
        if (current is not { Value.HasFields: true })
            return made.ToValue();
        if (!made.IsPair)
            throw SecretFields.NeedsFieldOption(current);
        using var pair = made.ToValue();
        return SecretFields.Merge(current, pair);
    }

    private int Report(CommandContext context, IOpenVault vault, SecretName name, SecretMetadata metadata, Generated made)
    {
        var print = context.Get(_print);
        var code = Outcome.Written(context, Name, name, metadata, vault.Revision, $"version {metadata.Version} written, entropy {Bits(made)} bits", json =>
        {
            json.WriteNumber("entropy_bits", Math.Floor(made.Bits));
            if (print)
                json.WriteString(made.IsPair ? "public_key" : "value", made.Shown);
        });
        if (!print || context.Output.IsJson)
            return code;
        context.Output.Bytes(made.Shown);
        if (context.Output.IsTerminal && !made.Shown.EndsWith("\n"u8))
            context.Output.Bytes("\n"u8);
        return code;
    }

    private static string Bits(Generated made) => Math.Floor(made.Bits).ToString(CultureInfo.InvariantCulture);
}
