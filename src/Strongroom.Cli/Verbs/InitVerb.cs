using System.CommandLine;
using Strongroom.Cli.CommandLine;
using Strongroom.Cli.Input;
using Strongroom.Cli.Output;

namespace Strongroom.Cli.Verbs;

/// <summary><c>init [PATH]</c>: makes a vault.</summary>
internal sealed class InitVerb : Verb
{
    private readonly Argument<string?> _path;
    private readonly Option<string?> _passphraseFile;
    private readonly Option<string?> _passphraseFd;
    private readonly Option<bool> _passphrasePrompt;
    private readonly Option<string?> _keyFile;
    private readonly Option<string?> _newKeyFile;
    private readonly Option<bool> _recoveryKey;
    private readonly Option<string?> _recoveryKeyFile;
    private readonly KdfOptions _kdf = new();
    private readonly Option<bool> _dryRun;

    public InitVerb()
        : base(
            "init",
            "Make a vault. Asks for a passphrase unless a key file or another source is named.",
            new Example("strongroom init secrets.json --recovery-key", "Asks for a passphrase, prints a recovery key"),
            new Example("strongroom init --vault /srv/app/secrets.json --new-key-file /etc/app/vault.key", "Without a passphrase, for a service"))
    {
        _path = Takes(Make.Optional("PATH", "The vault: a file, or a folder. Default: --vault or STRONGROOM_VAULT."));
        _passphraseFile = With(Make.Text("--passphrase-file", "PATH", "Read the passphrase from a file; one final newline does not belong to it."));
        _passphraseFd = With(Make.Text("--passphrase-fd", "N", "Read the passphrase from an open file descriptor."));
        _passphrasePrompt = With(Make.Flag("--passphrase-prompt", "Ask for a passphrase (also together with a key file: both are needed then)."));
        _keyFile = With(Make.Text("--key-file", "PATH", "Use a key file that is there already."));
        _newKeyFile = With(Make.Text("--new-key-file", "PATH", "Make a key file (mode 0600) there and use it; nothing is overwritten."));
        _recoveryKey = With(Make.Flag("--recovery-key", "Make a recovery key too and print it on standard output, once."));
        _recoveryKeyFile = With(Make.Text("--recovery-key-file", "PATH", "Make a recovery key too and write it to a new file (mode 0600)."));
        _kdf.AddTo(this);
        _dryRun = With(Make.Flag("--dry-run", "Check everything and say what would be done, but change nothing.", "-n"));
    }

    public override async ValueTask<int> RunAsync(CommandContext context)
    {
        if (context.Get(_path) is { } path)
            context.VaultPathOverride = path;
        var options = _kdf.Apply(context, context.VaultOptions());
        // Nobody types a passphrase, and no key file is made, for a vault that can't be.
        if (await SecretsManager.InspectAsync(options, context.Cancellation) is { } there)
            throw new VaultConfigurationException("SR1429", $"There already is a vault at {there.Location}.", "Use it, or choose another place.");
        if (context.Get(_dryRun))
            return Outcome.DryRun(context, Name, null, $"a vault would be made at {context.VaultPath}");
        using var key = await ResolveAsync(context);
        RecoveryKey? recovery = null;
        SecretsManager manager;
        try
        {
            recovery = context.Get(_recoveryKey) || context.Has(_recoveryKeyFile) ? RecoveryKey.Make(context.Get(_recoveryKeyFile)) : null;
            manager = await SecretsManager.CreateAsync(options, key.Unlock, context.Cancellation);
        }
        catch (Exception error)
        {
            if (!await MayBeMadeAsync(context, options, error))
            {
                key.TakeBack();
                recovery?.TakeBack();
            }

            recovery?.Dispose();
            throw;
        }

        using (recovery)
        using (manager)
        {
            if (recovery is not null)
                await AddRecoveryAsync(context, manager, recovery);
            return await ReportAsync(context, manager, key, recovery);
        }
    }

    // Files that open nothing are removed; those of a vault that may be there are not. A configuration error comes before anything is written, or says that another process was faster.
    private static async ValueTask<bool> MayBeMadeAsync(CommandContext context, VaultOptions options, Exception error)
    {
        if (error is VaultConfigurationException)
            return false;
        try
        {
            return await SecretsManager.InspectAsync(options, context.Cancellation) is not null;
        }
        catch (StrongroomException)
        {
            return true;
        }
    }

    private async ValueTask<NewKey> ResolveAsync(CommandContext context)
    {
        var made = context.Get(_newKeyFile);
        if (made is not null && context.Has(_keyFile))
            throw CliException.Together(_newKeyFile.Name, _keyFile.Name);
        var source = new CredentialSource(
            context.Get(_passphraseFile), context.Number(_passphraseFd, 0, int.MaxValue), context.Get(_passphrasePrompt), made ?? context.Get(_keyFile), "new passphrase");
        if (!source.IsGiven && Unlock.FromEnvironment() is { } fromEnvironment)
        {
            UnlockOptions.WarnOfPlainVariable(context, fromEnvironment);
            return new NewKey(NewKey.Warned(context, fromEnvironment));
        }

        return await NewKey.ReadAsync(context, source.IsGiven ? source : source with { Prompt = true }, makeKeyFile: made is not null);
    }

    private static async ValueTask AddRecoveryAsync(CommandContext context, SecretsManager manager, RecoveryKey recovery)
    {
        using var unlock = recovery.ToNewKey().Unlock;
        await manager.Slots.AddAsync(unlock, "recovery", context.Cancellation);
    }

    private static async ValueTask<int> ReportAsync(CommandContext context, SecretsManager manager, NewKey key, RecoveryKey? recovery)
    {
        foreach (var warning in manager.Warnings)
            context.Output.Warning(warning);
        if (key.MadeKeyFile is { } made)
            context.Output.Note($"Key file made: {made}. Whoever has it opens the vault; without it (and without another key) the vault is lost.");
        recovery?.HandOver(context);
        var slots = await manager.Slots.ListAsync(context.Cancellation);
        return Outcome.Done(context, "init", null, $"Vault made at {manager.Location}", json =>
        {
            json.WriteString("location", manager.Location);
            json.WriteString("vault_id", manager.VaultId.ToString());
            json.WriteNumber("revision", manager.Revision);
            json.WriteString("key_file", key.MadeKeyFile);
            json.Slots("slots", slots);
            recovery?.Write(json);
        });
    }
}
