using System.CommandLine;
using Strongroom.Cli.CommandLine;
using Strongroom.Cli.Input;
using Strongroom.Cli.Output;
using Strongroom.Rotation;

namespace Strongroom.Cli.Verbs;

/// <summary><c>rotate NAME</c>: a new value; the one before stays readable for a while. With <c>--now</c> or <c>--due</c> the engine does it by the policy, with the side that checks the value.</summary>
internal sealed class RotateVerb : ChangingVerb
{
    private readonly Argument<string?> _name;
    private readonly ValueOptions _value = new();
    private readonly Option<bool> _generate;
    private readonly GeneratorOptions _generator = new();
    private readonly Option<string?> _field;
    private readonly Option<string?> _grace;
    private readonly Option<string?> _expires;
    private readonly ConditionOptions _condition = new(withAbsent: false);
    private readonly Option<bool> _now;
    private readonly Option<bool> _due;
    private readonly Option<bool> _urgent;
    private readonly Option<string?> _reason;
    private readonly RotatorOptions _rotators = new();

    public RotateVerb()
        : base(
            "rotate",
            "Replace a value and count a rotation; the version before stays readable for a grace period.",
            new Example("printf %s \"$NEW_SECRET\" | strongroom rotate broker/binance --field secret --grace 1h", "A new secret; programs may read the old one for an hour"),
            new Example("strongroom rotate db/main --field password --generate --length 40", "A random password for one field"),
            new Example("strongroom rotate db/main --now", "By its policy: made, set and proved at the database, made current, the old one revoked when it is no longer used"),
            new Example("strongroom rotate --due", "All that is due or under way, from a timer"))
    {
        _name = Takes(Make.Optional("NAME", "The secret."));
        _value.AddTo(this);
        _generate = With(Make.Flag("--generate", "Make the new value (see --length, --kind)."));
        _generator.AddTo(this);
        _field = With(Make.Text("--field", "FIELD", "Replace this field; the others stay."));
        _grace = With(Make.Text("--grace", "TIME", "How long the version before stays readable. Default: 1d."));
        _expires = With(Make.Text("--expires", "WHEN", "The new expiry. Default: as far away as the old one was."));
        _condition.AddTo(this);
        _now = With(Make.Flag("--now", "By its policy (tags rotate.…), whatever the schedule says; also brings a rotation under way forward."));
        _due = With(Make.Flag("--due", "Everything that is due or under way, by its policy. Exit code 9 when something failed."));
        _urgent = With(Make.Flag("--urgent", "With --now: revoke the old value at once, whoever uses it."));
        _reason = With(Make.Text("--reason", "TEXT", "With --now: why, for the history."));
        _rotators.AddTo(this);
        Subcommands.Add(new RotatePlanVerb());
        Subcommands.Add(new RotateHistoryVerb());
        Subcommands.Add(new RotateAbandonVerb());
        // It does something without a further verb too.
        SetAction(static _ => ExitCodes.Ok);
    }

    protected override async ValueTask<int> ChangeAsync(CommandContext context)
    {
        if (context.Get(_due) || context.Get(_now))
            return await RunEngineAsync(context);
        if (context.Get(_urgent) || context.Has(_reason))
            throw CliException.Usage($"{_urgent.Name} and {_reason.Name} need {_now.Name}.");
        var name = SecretName.Parse(context.Get(_name) ?? throw CliException.Usage("rotate needs a NAME, or --due.", "See 'strongroom rotate --help'."));
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

    private async ValueTask<int> RunEngineAsync(CommandContext context)
    {
        var named = context.Get(_name);
        if (context.Get(_due) == (named is not null) || context.Get(_due) == context.Get(_now))
            throw CliException.Usage($"Give a NAME with {_now.Name}, or {_due.Name} alone.");
        if (_value.IsGiven(context) || context.Get(_generate) || _generator.IsGiven(context) || context.Has(_field) || context.Get(_value.Fields) is { Length: > 0 })
            throw CliException.Usage($"With {_now.Name} and {_due.Name} the policy says where the value comes from.", "Leave the source of the value away.");
        if (context.Has(_grace) || context.Has(_expires) || _condition.IsGiven(context))
            throw CliException.Usage($"With {_now.Name} and {_due.Name} the policy says when, and how long the version before is readable.", "Leave --grace, --expires and --if-version away, or change the policy (tags rotate.…).");
        if (context.Get(_due) && (context.Get(_urgent) || context.Has(_reason)))
            throw CliException.Usage($"{_urgent.Name} and {_reason.Name} belong to {_now.Name}.", "Leave them away, or rotate the secrets one by one.");
        using var vault = await OpenManagerAsync(context);
        using var engine = _rotators.Engine(context, vault);
        if (IsDryRun(context))
        {
            RotationText.Print(context, [.. (await engine.PlanAsync(context.Cancellation)).Where(plan => named is null ? plan.State is RotationState.Due or RotationState.Draining : plan.Name.ToString() == named)]);
            return ExitCodes.Ok;
        }

        if (named is null)
            return RotationText.Print(context, await engine.RunDueAsync(context.Cancellation));
        var request = new RotationRequest { Urgent = context.Get(_urgent), Reason = context.Get(_reason) ?? "requested" };
        return RotationText.Print(context, [await engine.RotateAsync(SecretName.Parse(named), request, context.Cancellation)]);
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
