using System.CommandLine;
using Strongroom.Cli.CommandLine;
using Strongroom.Cli.Input;
using Strongroom.Cli.Output;

namespace Strongroom.Cli.Verbs;

/// <summary><c>rotate abandon NAME</c>: gives up a rotation that was not promoted.</summary>
internal sealed class RotateAbandonVerb : ChangingVerb
{
    private readonly Argument<string> _name;
    private readonly RotatorOptions _rotators = new();

    public RotateAbandonVerb()
        : base(
            "abandon",
            "Give up a rotation whose new value is not current yet; the staged value is destroyed. The far side may accept it already.",
            new Example("strongroom rotate abandon fix/cme", "After looking at the far side"),
            new Example("strongroom rotate abandon fix/cme --dry-run", "Only say what is under way")) =>
        _name = Takes(Make.Required("NAME", "The secret."));

    protected override async ValueTask<int> ChangeAsync(CommandContext context)
    {
        var name = context.Name(_name);
        using var vault = await OpenManagerAsync(context);
        using var engine = _rotators.Engine(context, vault);
        if (IsDryRun(context))
        {
            RotationText.Print(context, [.. (await engine.PlanAsync(context.Cancellation)).Where(plan => plan.Name == name)]);
            return ExitCodes.Ok;
        }

        return RotationText.Print(context, [await engine.AbandonAsync(name, context.Cancellation)]);
    }
}
