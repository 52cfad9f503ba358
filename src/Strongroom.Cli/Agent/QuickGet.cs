using System.Runtime.InteropServices;
using Strongroom.Cli.CommandLine;
using Strongroom.Cli.Output;
using Strongroom.Cli.Running;

namespace Strongroom.Cli.Agent;

/// <summary>
/// The short way of <c>get NAME[#FIELD]</c> into a pipe: the agent is asked before a command line is parsed, so that a script pays milliseconds. Whatever is not as simple as that (an option, another source of the key, a terminal,
/// an error, something to warn of) goes the long way, which says the same in more words.
/// </summary>
internal static class QuickGet
{
    /// <summary>Answers, if it can be done the short way.</summary>
    /// <returns>The exit code; null when it goes the long way.</returns>
    public static int? TryRun(string[] args)
    {
        if (args is not ["get" or "read", var reference] || reference.StartsWith('-') || !AgentPlace.IsSupported || Variable("STRONGROOM_VAULT") is not { } vault
            || vault.Contains(':', StringComparison.Ordinal) || Native.IsTerminal(1) != 0
            || Variable("STRONGROOM_KEY_FILE") is not null || Variable("STRONGROOM_PASSPHRASE_FILE") is not null || Variable("STRONGROOM_PASSPHRASE") is not null || Variable("CREDENTIALS_DIRECTORY") is not null)
        {
            return null;
        }

        var hash = reference.IndexOf('#', StringComparison.Ordinal);
        if (!SecretName.TryParse(hash < 0 ? reference : reference[..hash], out var name))
            return null;
        try
        {
            using var agent = AgentConnection.TryConnect();
            return agent?.Ask(
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
                    return Print(wire.Bytes());
                });
        }
        catch (Exception error) when (error is CliException or StrongroomException)
        {
            return null;
        }
    }

    // The long way would write the beginning again, so what failed is told here, in its words. A reader that went away is no error there either.
    private static int Print(ReadOnlySpan<byte> value)
    {
        if (Descriptor.WriteAll(1, value) || Marshal.GetLastPInvokeError() is var number && number == Native.NoReader)
            return ExitCodes.Ok;
        using var output = new OutputWriter(new OutputOptions(Json: false, Quiet: false, Verbose: false, Color: null), CommandContext.Variable);
        return Errors.Report(new IOException(Marshal.GetPInvokeErrorMessage(number)), output, path: null);
    }

    private static string? Variable(string name) => Environment.GetEnvironmentVariable(name) is { Length: > 0 } value ? value : null;
}
