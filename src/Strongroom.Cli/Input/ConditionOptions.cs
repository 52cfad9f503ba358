using System.CommandLine;
using Strongroom.Cli.CommandLine;

namespace Strongroom.Cli.Input;

/// <summary>What must hold for a write to happen: compare and swap.</summary>
internal sealed class ConditionOptions
{
    private readonly Option<string?> _ifVersion = Make.Text("--if-version", "N", "Only if the current version is N; otherwise exit code 6.");
    private readonly Option<bool>? _ifAbsent;

    public ConditionOptions(bool withAbsent = true) =>
        _ifAbsent = withAbsent ? Make.Flag("--if-absent", "Only if there is no such secret; otherwise exit code 6.") : null;

    public void AddTo(Command command)
    {
        command.Options.Add(_ifVersion);
        if (_ifAbsent is not null)
            command.Options.Add(_ifAbsent);
    }

    /// <summary>Whether one of the options was given.</summary>
    public bool IsGiven(CommandContext context) => context.Has(_ifVersion) || (_ifAbsent is not null && context.Get(_ifAbsent));

    public WriteCondition Get(CommandContext context)
    {
        var version = context.Number(_ifVersion, 1, long.MaxValue);
        var absent = _ifAbsent is not null && context.Get(_ifAbsent);
        return version is not null && absent ? throw CliException.Together("--if-version", "--if-absent") : new WriteCondition { IfVersion = version, IfAbsent = absent };
    }
}
