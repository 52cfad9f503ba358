using System.CommandLine;
using Strongroom.Cli.CommandLine;
using Strongroom.Cli.Input;

namespace Strongroom.Cli.Verbs;

/// <summary><c>rollback NAME --to N</c>: an older version's value as a new version.</summary>
internal sealed class RollbackVerb : ChangingVerb
{
    private readonly Argument<string> _name;
    private readonly Option<string?> _to;
    private readonly ConditionOptions _condition = new(withAbsent: false);

    public RollbackVerb()
        : base(
            "rollback",
            "Write an older version's value as a new version.",
            new Example("strongroom rollback broker/binance --to 3", "Version 3's value becomes the newest version"),
            new Example("strongroom rollback broker/binance --to 3 --dry-run", "Only check that it could be done"))
    {
        _name = Takes(Make.Required("NAME", "The secret."));
        _to = With(Make.Text("--to", "N", "The version to go back to."));
        _condition.AddTo(this);
    }

    protected override async ValueTask<int> ChangeAsync(CommandContext context)
    {
        var name = context.Name(_name);
        var to = context.Number(_to, 1, long.MaxValue) ?? throw CliException.Usage("rollback needs --to N.", $"'strongroom history {name}' shows the versions.");
        var condition = _condition.Get(context);
        using var vault = await OpenAsync(context);
        if (IsDryRun(context))
        {
            var before = await DryRun.CheckAsync(context, vault, name, condition, mustExist: true);
            var versions = await vault.HistoryAsync(name, context.Cancellation);
            if (versions.All(version => version.Version != to))
                throw new CliException(ExitCodes.NotFound, "SR2014", $"Version {to} of {name} is not kept.", $"'strongroom history {name}' shows the versions.");
            return Outcome.DryRun(context, Name, name, $"version {to} would be written again as version {before!.Version + 1}");
        }

        var metadata = await vault.RollbackAsync(name, to, condition, context.Cancellation);
        return Outcome.Written(context, Name, name, metadata, vault.Revision, $"version {to} written again as version {metadata.Version}");
    }
}
