using Strongroom.Cli.Running;

namespace Strongroom.Cli.Agent;

/// <summary>
/// The short way of <c>get NAME[#FIELD]</c> into a pipe: the agent is asked before a command line is parsed, so that a script pays milliseconds. Whatever is not as simple as that (an option, another source of the key, a terminal,
/// an error, something to warn of) goes the long way, which says the same in more words.
/// </summary>
internal static class QuickGet
{
    /// <summary>Answers, if it can be done the short way.</summary>
    /// <returns>Whether it is done.</returns>
    public static bool TryRun(string[] args)
    {
        if (args is not ["get" or "read", var reference] || reference.StartsWith('-') || !AgentPlace.IsSupported || Variable("STRONGROOM_VAULT") is not { } vault
            || vault.Contains(':', StringComparison.Ordinal) || Native.IsTerminal(1) != 0
            || Variable("STRONGROOM_KEY_FILE") is not null || Variable("STRONGROOM_PASSPHRASE_FILE") is not null || Variable("STRONGROOM_PASSPHRASE") is not null || Variable("CREDENTIALS_DIRECTORY") is not null)
        {
            return false;
        }

        var hash = reference.IndexOf('#', StringComparison.Ordinal);
        if (!SecretName.TryParse(hash < 0 ? reference : reference[..hash], out var name))
            return false;
        try
        {
            using var agent = AgentConnection.TryConnect();
            return agent is not null && agent.Ask(
                AgentOperation.GetField,
                AgentPlace.KeyOfFile(vault),
                wire =>
                {
                    wire.Text(name.ToString());
                    wire.Text(hash < 0 ? null : reference[(hash + 1)..]);
                },
                static (ref WireReader wire) =>
                {
                    _ = wire.Number();
                    _ = Descriptor.WriteAll(1, wire.Bytes());
                    return true;
                });
        }
        catch (Exception error) when (error is CliException or StrongroomException)
        {
            return false;
        }
    }

    private static string? Variable(string name) => Environment.GetEnvironmentVariable(name) is { Length: > 0 } value ? value : null;
}
