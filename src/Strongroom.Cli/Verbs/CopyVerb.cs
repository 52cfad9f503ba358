using System.CommandLine;
using Strongroom.Cli.CommandLine;

namespace Strongroom.Cli.Verbs;

/// <summary><c>copy SOURCE TARGET</c>.</summary>
internal sealed class CopyVerb : CopyingVerb
{
    private readonly Option<bool> _history;

    public CopyVerb()
        : base(
            "copy",
            "Write a secret, or everything below a folder, under another name too: value and metadata, all in one commit.",
            new Example("strongroom copy db/main db/replica", "The current version"),
            new Example("strongroom copy db/ archive/db/ --history", "All below db/, with their versions"))
    {
        Aliases.Add("cp");
        _history = With(Make.Flag("--history", "Older versions too, in their order. The times of writing are those of the copy."));
    }

    protected override bool Removes => false;

    protected override bool WithHistory(CommandContext context) => context.Get(_history);
}
