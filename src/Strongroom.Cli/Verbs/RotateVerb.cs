using System.CommandLine;
using Strongroom.Cli.CommandLine;
using Strongroom.Cli.Input;

namespace Strongroom.Cli.Verbs;

/// <summary><c>rotate NAME</c>: a new value; the one before stays readable for a while.</summary>
internal sealed class RotateVerb : ChangingVerb
{
    private readonly Argument<string> _name;
    private readonly ValueOptions _value = new();
    private readonly Option<bool> _generate;
    private readonly GeneratorOptions _generator = new();
    private readonly Option<string?> _field;
    private readonly Option<string?> _grace;
    private readonly Option<string?> _expires;
    private readonly ConditionOptions _condition = new(withAbsent: false);

    public RotateVerb()
        : base(
            "rotate",
            "Replace a value and count a rotation; the version before stays readable for a grace period.",
            new Example("printf %s \"$NEW_SECRET\" | strongroom rotate broker/binance --field secret --grace 1h", "A new secret; programs may read the old one for an hour"),
            new Example("strongroom rotate db/main --field password --generate --length 40", "A random password for one field"))
    {
        _name = Takes(Make.Required("NAME", "The secret."));
        _value.AddTo(this);
        _generate = With(Make.Flag("--generate", "Make the new value (see --length, --kind)."));
        _generator.AddTo(this);
        _field = With(Make.Text("--field", "FIELD", "Replace this field; the others stay."));
        _grace = With(Make.Text("--grace", "TIME", "How long the version before stays readable. Default: 1d."));
        _expires = With(Make.Text("--expires", "WHEN", "The new expiry. Default: as far away as the old one was."));
        _condition.AddTo(this);
    }

    protected override async ValueTask<int> ChangeAsync(CommandContext context)
    {
        var name = context.Name(_name);
        var condition = _condition.Get(context);
        var options = new RotateOptions { Condition = condition, Grace = context.Duration(_grace), ExpiresAt = context.Moment(_expires) };
        CheckSources(context);
        using var plain = await ReadPlainAsync(context);
        using var fields = plain is null ? await _value.ReadAsync(context) : null;
        using var vault = await OpenAsync(context);
        // A dry run is no access.
        if (IsDryRun(context))
        {
            var before = await DryRun.CheckAsync(context, vault, name, condition, mustExist: true);
            return Outcome.DryRun(context, Name, name, $"version {before!.Version + 1} would be written");
        }

        using var current = await vault.GetAsync(name, version: null, context.Cancellation);
        using var composed = fields is null ? Compose(context, current, plain!) : null;
        // The other fields are those of the version that was read.
        if (composed is { HasFields: true } && condition.IfVersion is null)
            options = options with { Condition = WriteCondition.Version(current.Metadata.Version) };
        var metadata = await vault.RotateAsync(name, fields ?? composed!, options, context.Cancellation);
        return Outcome.Written(context, Name, name, metadata, vault.Revision, $"rotated to version {metadata.Version}");
    }

    private void CheckSources(CommandContext context)
    {
        var named = context.Get(_value.Fields) is { Length: > 0 };
        if (context.Get(_generate) && _value.IsGiven(context))
            throw CliException.Together(_generate.Name, "another source of the value");
        if (named && context.Has(_field))
            throw CliException.Together(_field.Name, "FIELD=VALUE");
        if (!context.Get(_generate) && _generator.IsGiven(context))
            throw CliException.Usage("The options of the generator need --generate.");
    }

    private async ValueTask<WipedBuffer?> ReadPlainAsync(CommandContext context)
    {
        if (context.Get(_value.Fields) is { Length: > 0 })
            return null;
        if (!context.Get(_generate))
            return await _value.ReadPlainAsync(context);
        var made = _generator.Generate(context);
        if (!made.IsPair)
            return made.Text;
        made.Dispose();
        throw CliException.Usage("rotate makes one value, and a pair of keys is two.", "Use 'strongroom generate': the pair before stays as a version.");
    }

    private SecretValue Compose(CommandContext context, SecretData current, WipedBuffer plain)
    {
        if (context.Get(_field) is { } field)
            return SecretFields.With(current, field, plain.Span);
        return current.Value.HasFields ? throw SecretFields.NeedsFieldOption(current) : SecretValue.FromBytes(plain.Span);
    }
}
