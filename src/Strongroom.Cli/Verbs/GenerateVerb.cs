using System.CommandLine;
using System.Globalization;
using Strongroom.Cli.CommandLine;
using Strongroom.Cli.Input;
using Strongroom.Cli.Vaults;

namespace Strongroom.Cli.Verbs;

/// <summary><c>generate NAME</c>: makes a random value and stores it without showing it.</summary>
internal sealed class GenerateVerb : ChangingVerb
{
    private readonly Argument<string> _name;
    private readonly GeneratorOptions _generator = new();
    private readonly Option<string?> _field;
    private readonly Option<bool> _print;
    private readonly MetadataOptions _metadata = new("A tag. The tags given replace all tags of the secret.");
    private readonly ConditionOptions _condition = new();

    public GenerateVerb()
        : base(
            "generate",
            "Make a random value and store it, without showing it.",
            new Example("strongroom generate app/session-key --kind hex --length 32", "32 random bytes in hexadecimal"),
            new Example("strongroom generate db/main --field password --length 40", "One field; the other fields stay as they are"))
    {
        _name = Takes(Make.Required("NAME", "The secret."));
        _generator.AddTo(this);
        _field = With(Make.Text("--field", "FIELD", "Store it as this field; other fields of the secret stay."));
        _print = With(Make.Flag("--print", "Print the value on standard output too."));
        _metadata.AddTo(this);
        _condition.AddTo(this);
    }

    protected override async ValueTask<int> ChangeAsync(CommandContext context)
    {
        var name = context.Name(_name);
        var condition = _condition.Get(context);
        var options = _metadata.ToSetOptions(context, condition);
        var (bytes, bits) = _generator.Generate(context);
        using (bytes)
        {
            using var vault = await OpenAsync(context);
            using var current = await vault.TryGetAsync(name, version: null, context.Cancellation);
            using var value = Compose(context, current, bytes);
            if (IsDryRun(context))
            {
                var before = await DryRun.CheckAsync(context, vault, name, condition);
                return Outcome.DryRun(context, Name, name, $"a value of {Bits(bits)} bits would be written as version {(before?.Version ?? 0) + 1}");
            }

            // What was read to keep the other fields must still be there.
            if (current is not null && context.Has(_field) && condition.IfVersion is null)
                options = options with { Condition = condition with { IfVersion = current.Metadata.Version } };
            var metadata = await vault.SetAsync(name, value, options, context.Cancellation);
            return Report(context, vault, name, metadata, bytes, bits);
        }
    }

    private SecretValue Compose(CommandContext context, SecretData? current, WipedBuffer bytes)
    {
        if (context.Get(_field) is { } field)
            return SecretFields.With(current, field, bytes.Span);
        return current is { Value.HasFields: true } ? throw SecretFields.NeedsFieldOption(current) : SecretValue.FromBytes(bytes.Span);
    }

    private int Report(CommandContext context, IOpenVault vault, SecretName name, SecretMetadata metadata, WipedBuffer bytes, double bits)
    {
        var print = context.Get(_print);
        var code = Outcome.Written(context, Name, name, metadata, vault.Revision, $"version {metadata.Version} written, entropy {Bits(bits)} bits", json =>
        {
            json.WriteNumber("entropy_bits", Math.Floor(bits));
            if (print)
                json.WriteString("value", bytes.Span);
        });
        if (!print || context.Output.IsJson)
            return code;
        context.Output.Bytes(bytes.Span);
        if (context.Output.IsTerminal)
            context.Output.Bytes("\n"u8);
        return code;
    }

    private static string Bits(double bits) => Math.Floor(bits).ToString(CultureInfo.InvariantCulture);
}
