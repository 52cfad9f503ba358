using System.CommandLine;
using Strongroom.Cli.Agent;
using Strongroom.Cli.CommandLine;

namespace Strongroom.Cli.Verbs;

/// <summary><c>completion words -- WORDS</c>: what completion scripts call. Never asks and never fails.</summary>
internal sealed class CompletionWordsVerb : Verb
{
    private const int Most = 500;
    private readonly Argument<string[]> _words;

    public CompletionWordsVerb()
        : base(
            "words",
            "Print what could stand at the end of a command line.",
            new Example("strongroom completion words -- get db/", "Names that begin with db/, while the vault is unlocked"),
            new Example("strongroom completion words -- ''", "All verbs"))
    {
        Hidden = true;
        _words = Takes(Make.Many("WORDS", "The words after the command's name; the last one is being typed."));
    }

    public override ValueTask<int> RunAsync(CommandContext context)
    {
        var words = context.Get(_words) ?? [];
        var globals = new GlobalOptions();
        var root = new StrongroomRoot(globals);
        foreach (var word in Completer.Complete(root, words, prefix => Names(context, Completer.ValueOf(globals.Vault, words), prefix)))
            context.Output.Line(word);
        return new(ExitCodes.Ok);
    }

    private static List<string> Names(CommandContext context, string? vault, string prefix)
    {
        try
        {
            context.VaultPathOverride = vault;
            if (context.KnownVaultPath is null)
                return [];
            using var held = AgentVault.TryOpen(context.VaultAddressText, ExpiryPolicy.Warn, context.Cancellation);
            return held is null ? [] : [.. held.List(new SecretQuery { Prefix = prefix, Limit = Most }).Select(entry => entry.Name.ToString())];
        }
        catch (Exception error) when (error is CliException or StrongroomException)
        {
            return [];
        }
    }
}
