using System.CommandLine;
using Strongroom.Cli.CommandLine;
using Strongroom.Cli.Input;
using Strongroom.Cli.Output;

namespace Strongroom.Cli.Verbs;

/// <summary><c>rotate history NAME</c>: rotations that have ended.</summary>
internal sealed class RotateHistoryVerb : VaultVerb
{
    private readonly Argument<string> _name;
    private readonly RotatorOptions _rotators = new();

    public RotateHistoryVerb()
        : base(
            "history",
            "Show the latest rotations of a secret by the engine, newest first.",
            new Example("strongroom rotate history db/oms", "When, why and how they ended"),
            new Example("strongroom rotate history db/oms --json", "The same for programs")) =>
        _name = Takes(Make.Required("NAME", "The secret."));

    public override async ValueTask<int> RunAsync(CommandContext context)
    {
        var name = context.Name(_name);
        using var vault = await OpenManagerAsync(context);
        using var engine = _rotators.Engine(context, vault);
        RotationText.Print(context, name, await engine.HistoryAsync(name, context.Cancellation));
        return ExitCodes.Ok;
    }
}
