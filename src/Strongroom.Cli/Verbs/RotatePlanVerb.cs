using Strongroom.Cli.CommandLine;
using Strongroom.Cli.Input;
using Strongroom.Cli.Output;

namespace Strongroom.Cli.Verbs;

/// <summary><c>rotate plan</c>: what is due, under way and to come.</summary>
internal sealed class RotatePlanVerb : VaultVerb
{
    private readonly RotatorOptions _rotators = new();

    public RotatePlanVerb()
        : base(
            "plan",
            "Show the rotations of all secrets that have a policy: when they are due, what they wait for. Changes nothing.",
            new Example("strongroom rotate plan", "When what is rotated"),
            new Example("strongroom rotate plan --json", "The same for programs")) => _rotators.AddTo(this);

    public override async ValueTask<int> RunAsync(CommandContext context)
    {
        using var vault = await OpenManagerAsync(context);
        using var engine = _rotators.Engine(context, vault);
        var plans = await engine.PlanAsync(context.Cancellation);
        RotationText.Print(context, plans);
        if (plans.Count == 0)
            context.Output.Note("No secret has a policy. For example: strongroom meta NAME --tag rotate.with=generated --tag rotate.every=30d");
        return ExitCodes.Ok;
    }
}
