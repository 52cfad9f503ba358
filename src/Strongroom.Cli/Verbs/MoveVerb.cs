using System.CommandLine;
using Strongroom.Cli.CommandLine;

namespace Strongroom.Cli.Verbs;

/// <summary><c>move SOURCE TARGET</c>.</summary>
internal sealed class MoveVerb : CopyingVerb
{
    private readonly Option<bool> _currentOnly;

    public MoveVerb()
        : base(
            "move",
            "Give a secret, or everything below a folder, another name, with its versions and metadata; all in one commit.",
            new Example("strongroom move db/main database/main", "One secret"),
            new Example("strongroom move db/ database/ --dry-run", "What would be moved"))
    {
        Aliases.Add("mv");
        _currentOnly = With(Make.Flag("--current-only", "Leave the older versions behind."));
    }

    public override string Details => "The old name is deleted and can be restored; 'strongroom purge' removes it for ever. References to it (strongroom://…) have to be changed: 'strongroom check' finds them.";

    protected override bool Removes => true;

    protected override bool WithHistory(CommandContext context) => !context.Get(_currentOnly);
}
