using System.Globalization;

namespace Strongroom.Cli.Moving;

/// <summary>What is wrong with a file or with names, all of it together: whoever mends a file wants one list. Never carries a value.</summary>
internal sealed class Problems
{
    private const int Shown = 20;
    private readonly List<(int Line, string What)> _all = [];
    private bool _onlyNames = true;

    public bool Any => _all.Count > 0;

    /// <summary>A place in the file that can't be used.</summary>
    public void Add(int line, string what)
    {
        _onlyNames = false;
        _all.Add((line, what));
    }

    /// <summary>A name that does not fit.</summary>
    public void AddName(int line, string what) => _all.Add((line, what));

    /// <summary>Ends the command when anything was found; nothing has been written by then.</summary>
    /// <param name="what">What can't be done, as the message begins.</param>
    public void ThrowIfAny(string what)
    {
        if (!Any)
            return;
        var lines = _all.OrderBy(static problem => problem.Line).Take(Shown).Select(static problem => "\n  " + At(problem.Line) + problem.What);
        var more = _all.Count > Shown ? string.Create(CultureInfo.InvariantCulture, $"\n  and {_all.Count - Shown} more") : "";
        var message = $"{what}; nothing was written:{string.Concat(lines)}{more}";
        throw _onlyNames
            ? new CliException(ExitCodes.Usage, "SR2031", message, "Give --rename RULE ('strongroom import --help' has the rules), or change the source.")
            : new CliException(ExitCodes.Configuration, "SR2030", message, "Mend these places and run it again.");
    }

    private static string At(int line) => line == 0 ? "" : string.Create(CultureInfo.InvariantCulture, $"line {line}: ");
}
