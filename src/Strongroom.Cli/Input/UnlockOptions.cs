using System.CommandLine;
using Strongroom.Cli.CommandLine;
using Strongroom.Cli.Configuration;

namespace Strongroom.Cli.Input;

/// <summary>
/// What opens the vault: the options, else the environment, else a prompt. An option switches the environment off altogether, so that a forgotten variable is never mixed with what was asked for.
/// </summary>
internal sealed class UnlockOptions
{
    public Option<string?> PassphraseFile { get; } = Make.Text("--passphrase-file", "PATH", "Read the passphrase from a file; one final newline does not belong to it.");

    public Option<string?> PassphraseFd { get; } = Make.Text("--passphrase-fd", "N", "Read the passphrase from an open file descriptor.");

    public Option<bool> PassphrasePrompt { get; } = Make.Flag("--passphrase-prompt", "Ask for the passphrase, whatever the environment says.");

    public Option<string?> KeyFile { get; } = Make.Text("--key-file", "PATH", "The key file. Together with a passphrase: both are needed.");

    public Option<string?> RecoveryKeyFile { get; } = Make.Text("--recovery-key-file", "PATH", "Read the recovery key from a file.");

    public void AddTo(Command command)
    {
        foreach (Option option in new Option[] { PassphraseFile, PassphraseFd, PassphrasePrompt, KeyFile, RecoveryKeyFile })
            command.Options.Add(option);
    }

    /// <summary>A passphrase or key file as the options name them.</summary>
    public CredentialSource Source(CommandContext context) =>
        new(context.Get(PassphraseFile), context.Number(PassphraseFd, 0, int.MaxValue), context.Get(PassphrasePrompt), context.Get(KeyFile));

    /// <summary>What the user's configuration names; it comes after options, environment and agent.</summary>
    public static CredentialSource Configured(CommandContext context) => new(
        context.Settings.FindInFiles(Setting.PassphraseFile)?.Value, null, false, context.Settings.FindInFiles(Setting.KeyFile)?.Value);

    /// <summary>Whether the options or the environment name something; if not, an agent may hold the vault open.</summary>
    public bool IsGiven(CommandContext context) => context.Get(RecoveryKeyFile) is not null || Source(context).IsGiven
        || CommandContext.Variable("STRONGROOM_KEY_FILE") is not null || CommandContext.Variable("STRONGROOM_PASSPHRASE_FILE") is not null || CommandContext.Variable("STRONGROOM_PASSPHRASE") is not null
        || SystemCredential is not null;

    /// <summary>The credential that systemd hands to a service, a key file or a passphrase; null when there is none.</summary>
    public static string? SystemCredential => CommandContext.Variable("CREDENTIALS_DIRECTORY") is { } folder && Path.Combine(folder, "strongroom") is var path && File.Exists(path) ? path : null;

    /// <summary>What the options or the environment give, without asking; null when a person must be asked.</summary>
    public async ValueTask<Unlock?> TryResolveAsync(CommandContext context)
    {
        var source = Source(context);
        if (context.Get(RecoveryKeyFile) is { } recovery)
        {
            if (source.IsGiven)
                throw CliException.Together(RecoveryKeyFile.Name, "another way to unlock");
            using var text = await StandardInput.ReadFileAsync(recovery, context.Cancellation);
            return Unlock.RecoveryKey(text.Span);
        }

        if (source.IsGiven)
            return await source.ReadAsync(context, isNew: false);
        if (Unlock.FromEnvironment() is { } fromEnvironment)
        {
            WarnOfPlainVariable(context, fromEnvironment);
            return fromEnvironment;
        }

        var configured = Configured(context);
        return configured.IsGiven ? await configured.ReadAsync(context, isNew: false) : null;
    }

    /// <summary>Tells that a passphrase in the environment is readable by every process of the user.</summary>
    public static void WarnOfPlainVariable(CommandContext context, Unlock? fromEnvironment)
    {
        var used = fromEnvironment is not null && CommandContext.Variable("STRONGROOM_PASSPHRASE") is not null && CommandContext.Variable("STRONGROOM_KEY_FILE") is null && CommandContext.Variable("STRONGROOM_PASSPHRASE_FILE") is null;
        if (used)
            WarnOfPlainVariable(context);
    }

    /// <summary>Tells it.</summary>
    public static void WarnOfPlainVariable(CommandContext context) =>
        context.Output.Warning("The passphrase comes from STRONGROOM_PASSPHRASE, which other processes of this user can read. Better: STRONGROOM_PASSPHRASE_FILE or --passphrase-fd.");
}
