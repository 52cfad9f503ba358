using System.CommandLine;
using Strongroom.Cli.CommandLine;
using Strongroom.Cli.Input;

namespace Strongroom.Cli.Verbs;

/// <summary><c>key new PATH</c>: makes a key file; needs no vault.</summary>
internal sealed class KeyNewVerb : Verb
{
    private readonly Argument<string> _path;

    public KeyNewVerb()
        : base(
            "new",
            "Make a key file of mode 0600. Nothing is overwritten, and no vault is touched.",
            new Example("strongroom key new vault.key", "Make it"),
            new Example("strongroom key new ci.key && strongroom init secrets.json --key-file ci.key", "Make it and use it for a new vault")) =>
        _path = Takes(Make.Required("PATH", "Where."));

    public override ValueTask<int> RunAsync(CommandContext context)
    {
        var path = context.Get(_path)!;
        KeyFiles.Make(path);
        return ValueTask.FromResult(Outcome.Done(context, "key new", null, $"Key file made: {path}", json => json.WriteString("key_file", path)));
    }
}
