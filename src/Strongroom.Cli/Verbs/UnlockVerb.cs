using System.CommandLine;
using Strongroom.Cli.Agent;
using Strongroom.Cli.CommandLine;
using Strongroom.Cli.Configuration;
using Strongroom.Cli.Output;
using Strongroom.Storage;

namespace Strongroom.Cli.Verbs;

/// <summary><c>unlock</c>: the agent holds the vault open, so that the next commands need no key.</summary>
internal sealed class UnlockVerb : VaultVerb
{
    private readonly Option<string?> _idleOption;
    private readonly Option<string?> _ttlOption;

    public UnlockVerb()
        : base(
            "unlock",
            "Unlock the vault in the agent: until it is locked, commands need no key. An agent is started when there is none.",
            new Example("strongroom unlock", "Asks for the passphrase; locks after 15 minutes without use, and after 8 hours"),
            new Example("strongroom unlock --ttl 1h --idle 5m", "Shorter limits"))
    {
        _ttlOption = With(Make.Text("--ttl", "TIME", "Lock after this time in any case, at most 30d. Default: 8h."));
        _idleOption = With(Make.Text("--idle", "TIME", "Lock after this time without use, at most 30d. Default: 15m."));
    }

    public override string Details => "The agent answers requests of this user's processes; the root key never leaves it (docs/agent.md). A command that is given a key, by option or variable, uses that and not the agent.";

    public override async ValueTask<int> RunAsync(CommandContext context)
    {
        AgentProcess.RequireSupport();
        if (context.AsCopy)
            throw CliException.Usage("--as-copy opens read-only for one command: the agent can't hold a copy.");
        TimeSpan ttl = Limit(context, _ttlOption, Setting.UnlockTtl), idle = Limit(context, _idleOption, Setting.UnlockIdle);
        var options = context.VaultOptions();
        var status = await SecretsManager.InspectAsync(options, context.Cancellation)
            ?? throw new VaultUnavailableException("SR1410", $"There is no vault at {VaultAddress.Describe(options.Path!)}.", "Check --vault or STRONGROOM_VAULT, or make one with 'strongroom init'.");
        using var material = await KeyMaterial.CollectAsync(context, Unlock);
        try
        {
            Send(context, options, material, idle, ttl);
        }
        catch (VaultLockedException) when (material.IsKeyFile && !context.Ask.NoInput && status.Slots.Any(slot => slot.Kind == "passphrase+key-file"))
        {
            material.AskToo(context);
            Send(context, options, material, idle, ttl);
        }

        return ExitCodes.Ok;
    }

    private static void Send(CommandContext context, VaultOptions options, KeyMaterial material, TimeSpan idle, TimeSpan ttl)
    {
        try
        {
            SendOnce(context, options, material, idle, ttl);
        }
        catch (CliException error) when (error.Code == "SR2082")
        {
            // It may have ended with its last vault in this moment: the next one is asked, once.
            SendOnce(context, options, material, idle, ttl);
        }
    }

    private static void SendOnce(CommandContext context, VaultOptions options, KeyMaterial material, TimeSpan idle, TimeSpan ttl)
    {
        using var agent = AgentProcess.ConnectOrStart(context, endsWhenLocked: true);
        var (location, id, warnings) = agent.Ask(
            AgentOperation.Unlock,
            AgentPlace.KeyOf(options.Path!),
            wire => UnlockRequest.Write(wire, options, material, idle, ttl),
            static (ref WireReader wire) => (wire.Text(), wire.Id(), wire.Texts()));
        foreach (var warning in warnings)
            context.Output.Warning(warning);
        Outcome.Done(context, "unlock", null, $"Unlocked {location} for {HumanText.Duration(idle)} without use and {HumanText.Duration(ttl)} at most", json =>
        {
            json.WriteString("vault", location);
            json.WriteString("vault_id", id.ToString());
            json.WriteNumber("agent", agent.Process);
            json.WriteNumber("idle_seconds", (long)idle.TotalSeconds);
            json.WriteNumber("ttl_seconds", (long)ttl.TotalSeconds);
        });
    }

    private static TimeSpan Limit(CommandContext context, Option<string?> option, Setting setting) =>
        context.Duration(option, setting) is var limit && limit > TimeSpan.Zero && limit <= UnlockRequest.MostTime ? limit : throw CliException.OptionValue(option.Name, "give a time from 1s to 30d");
}
