using System.CommandLine;
using Strongroom.Cli.Output;
using Strongroom.Cli.Platform;

namespace Strongroom.Cli.CommandLine;

/// <summary>
/// The command. Its rules, which every verb keeps (docs/cli.md):
/// <list type="bullet">
/// <item>Options come before the environment. There is no hidden default vault.</item>
/// <item>What was asked for goes to standard output, everything else to standard error. A value goes into a pipe byte for byte.</item>
/// <item>Questions go to the terminal device. <c>--no-input</c> makes of each the exit code 4. Nothing waits for ever.</item>
/// <item>A value is never repeated in a message, and never taken from the command line without a warning. Text from the vault is escaped before it is printed.</item>
/// <item>Errors say what, why and what to do, with a stable code; exit codes are few and stable (<see cref="ExitCodes"/>).</item>
/// <item>What changes something has <c>--dry-run</c>; what can't be undone asks, or wants <c>--yes</c>.</item>
/// </list>
/// </summary>
internal static class StrongroomCommand
{
    private static readonly ParserConfiguration Configuration = new() { ResponseFileTokenReplacer = null };

    /// <summary>Runs a command line.</summary>
    /// <returns>The exit code.</returns>
    public static async Task<int> RunAsync(string[] args)
    {
        var globals = new GlobalOptions();
        var parse = new StrongroomRoot(globals).Parse(Arrange(args), Configuration);
        using var output = new OutputWriter(globals.OutputOptions(parse), Environment.GetEnvironmentVariable);
        using var interrupts = new Interrupts();
        CommandContext? context = null;
        try
        {
            if (args is ["help", var topic] && Topics.Find(topic) is { } text)
            {
                output.Raw(text);
                return ExitCodes.Ok;
            }

            if (ShowHelp(parse, globals, output))
                return ExitCodes.Ok;
            if (ParseFailure.Of(parse) is { } failure)
                throw failure;
            if (globals.Problem(parse) is { } problem)
                throw problem;
            context = new CommandContext(parse, globals, output, TimeProvider.System, interrupts.Token);
            var code = await ((Verb)parse.CommandResult.Command).RunAsync(context);
            output.Flush();
            return code;
        }
        catch (OperationCanceledException) when (interrupts.Token.IsCancellationRequested)
        {
            return Failed(parse, Errors.Report(new CliException(interrupts.ExitCode, "SR2013", "Interrupted."), output, PathOf(context)));
        }
        catch (Exception error)
        {
            // The last place: everything is turned into a message without values and an exit code.
            return Failed(parse, Errors.Report(error, output, PathOf(context)));
        }
    }

    // When the error is that the configuration can't be read, there is no path to tell.
    private static string? PathOf(CommandContext? context)
    {
        try
        {
            return context?.KnownVaultPath;
        }
        catch (CliException)
        {
            return null;
        }
    }

    private static int Failed(ParseResult parse, int code) => parse.CommandResult.Command is Verb verb ? verb.FailureCode(code) : code;

    /// <summary>Parses without running: for tests.</summary>
    internal static ParseResult Parse(params string[] args) => new StrongroomRoot(new GlobalOptions()).Parse(Arrange(args), Configuration);

    // "strongroom help get" is "strongroom get --help", "strongroom --version" is "strongroom version".
    private static string[] Arrange(string[] args) => args switch
    {
        ["help", .. var rest] => [.. rest, "--help"],
        ["--version", .. var rest] => ["version", .. rest],
        _ => args,
    };

    private static bool ShowHelp(ParseResult parse, GlobalOptions globals, OutputWriter output)
    {
        var bare = parse.CommandResult.Command is StrongroomRoot && parse.Tokens.Count == 0;
        if (!bare && !parse.GetValue(globals.Help))
            return false;
        // "strongroom gte --help" is a mistake, not a wish for the overview.
        if (parse.CommandResult.Command is StrongroomRoot && parse.UnmatchedTokens.Count > 0)
            return false;
        output.Raw(parse.GetValue(globals.Markdown) && parse.CommandResult.Command is StrongroomRoot root ? ManualText.Of(root) : HelpText.Of(parse.CommandResult));
        return true;
    }
}
