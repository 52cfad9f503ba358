using System.CommandLine;
using System.Runtime.Versioning;
using Strongroom.Cli.Agent;
using Strongroom.Cli.CommandLine;

namespace Strongroom.Cli.Verbs;

/// <summary><c>agent start</c>.</summary>
internal sealed class AgentStartVerb : Verb
{
    private readonly Option<bool> _foreground;
    private readonly Option<bool> _announce;
    private readonly Option<bool> _endWhenLocked;

    public AgentStartVerb()
        : base(
            "start",
            "Start the agent; it holds nothing open yet. One that was started so stays until it is stopped, one that 'unlock' starts ends with the last vault.",
            new Example("strongroom agent start", "In the background"),
            new Example("strongroom agent start --json", "The same for programs: its process id"))
    {
        _foreground = With(Make.Flag("--foreground", "Be the agent instead of starting it in the background."));
        _announce = With(Make.Flag("--announce", "Say when it listens."));
        _endWhenLocked = With(Make.Flag("--end-when-locked", "End with the last vault."));
        _announce.Hidden = _endWhenLocked.Hidden = true;
    }

    public override async ValueTask<int> RunAsync(CommandContext context)
    {
        AgentProcess.RequireSupport();
        if (!OperatingSystem.IsWindows() && context.Get(_foreground))
            return await ServeAsync(context);
        using var running = AgentConnection.TryConnect(context.Cancellation);
        using var agent = running ?? AgentProcess.ConnectOrStart(context, endsWhenLocked: false);
        return Outcome.Done(context, "agent start", null, $"The agent {(running is null ? "was started" : "runs already")} (process {agent.Process})", json =>
        {
            json.WriteNumber("agent", agent.Process);
            json.WriteBoolean("started", running is null);
        });
    }

    [UnsupportedOSPlatform("windows")]
    private async Task<int> ServeAsync(CommandContext context)
    {
        using var server = AgentServer.TryListen(context.Get(_endWhenLocked))
            ?? throw new CliException(ExitCodes.Conflict, "SR2085", "There is an agent already.", "'strongroom agent stop' ends it.");
        if (context.Get(_announce))
            AgentProcess.Announce();
        else
            context.Output.Note($"The agent listens on {AgentPlace.Socket}.");
        await server.RunAsync(context.Cancellation);
        return ExitCodes.Ok;
    }
}
