using System.CommandLine;
using Strongroom.Cli.CommandLine;

namespace Strongroom.Cli.Verbs;

/// <summary><c>completion SHELL</c>: the script for a shell.</summary>
internal sealed class CompletionVerb : Verb
{
    private readonly Argument<string> _shell;

    public CompletionVerb()
        : base(
            "completion",
            "Print the completion script for a shell: bash, zsh, fish or pwsh. Names of secrets are completed while the vault is unlocked in the agent; nothing is ever asked.",
            new Example("strongroom completion bash", "For bash: source <(strongroom completion bash) in ~/.bashrc"),
            new Example("strongroom completion fish", "For fish: strongroom completion fish | source"))
    {
        _shell = Takes(Make.Required("SHELL", $"One of {string.Join(", ", CompletionScripts.Shells)}."));
        Subcommands.Add(new CompletionWordsVerb());
        // It does something without a further verb too.
        SetAction(static _ => ExitCodes.Ok);
    }

    public override ValueTask<int> RunAsync(CommandContext context)
    {
        context.Output.Raw(CompletionScripts.Of(Values.OneOf("SHELL", context.Get(_shell)!, [.. CompletionScripts.Shells])));
        return new(ExitCodes.Ok);
    }
}
