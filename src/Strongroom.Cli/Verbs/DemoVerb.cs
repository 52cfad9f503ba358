using System.CommandLine;
using Strongroom.Cli.CommandLine;
using Strongroom.Cli.Demo;

namespace Strongroom.Cli.Verbs;

/// <summary><c>demo</c>: a walk through a throw-away vault, with the real library.</summary>
internal sealed class DemoVerb : Verb
{
    private readonly Option<bool> _keep;

    public DemoVerb()
        : base(
            "demo",
            "Walk through a throw-away vault: store, read, rotate, tamper with it, roll it back, and see each attack refused. Touches nothing of yours.",
            new Example("strongroom demo", "In a temporary folder that is removed afterwards"),
            new Example("strongroom demo --keep", "Keep the folder, and say how to open the vault")) =>
        _keep = With(Make.Flag("--keep", "Keep the folder afterwards."));

    public override async ValueTask<int> RunAsync(CommandContext context)
    {
        using var folder = new DemoFolder(context, keep: context.Get(_keep));
        var printer = new DemoPrinter(context);
        printer.Begin(folder);
        var walk = new DemoWalk(context, folder);
        await using (walk)
        {
            foreach (var (title, step) in walk.Steps)
                await printer.StepAsync(title, step);
        }

        return printer.End(folder);
    }
}
