using System.CommandLine;
using Strongroom.Cli.CommandLine;

namespace Strongroom.Cli.Input;

/// <summary>The credential of a new or changed key slot: a passphrase, a key file (made here or there already), both, or a recovery key that is made here.</summary>
internal sealed class NewKeyOptions
{
    private readonly Option<string?> _passphraseFile = Make.Text("--new-passphrase-file", "PATH", "Read the new passphrase from a file; one final newline does not belong to it.");
    private readonly Option<string?> _passphraseFd = Make.Text("--new-passphrase-fd", "N", "Read the new passphrase from an open file descriptor.");
    private readonly Option<bool> _passphrasePrompt = Make.Flag("--new-passphrase-prompt", "Ask for the new passphrase (also together with a key file: both are needed then).");
    private readonly Option<string?> _newKeyFile = Make.Text("--new-key-file", "PATH", "Make a key file (mode 0600) there and use it; nothing is overwritten.");
    private readonly Option<string?> _existingKeyFile = Make.Text("--existing-key-file", "PATH", "Use a key file that is there already.");
    private readonly Option<bool> _recoveryKey = Make.Flag("--recovery-key", "Make a recovery key and print it on standard output, once.");
    private readonly Option<string?> _recoveryKeyFile = Make.Text("--new-recovery-key-file", "PATH", "Make a recovery key and write it to a new file (mode 0600).");

    public void AddTo(Command command)
    {
        foreach (Option option in new Option[] { _passphraseFile, _passphraseFd, _passphrasePrompt, _newKeyFile, _existingKeyFile, _recoveryKey, _recoveryKeyFile })
            command.Options.Add(option);
    }

    /// <summary>Reads or makes the credential.</summary>
    public async ValueTask<NewKey> ResolveAsync(CommandContext context)
    {
        var newKeyFile = context.Get(_newKeyFile);
        if (newKeyFile is not null && context.Has(_existingKeyFile))
            throw CliException.Together(_newKeyFile.Name, _existingKeyFile.Name);
        var source = new CredentialSource(
            context.Get(_passphraseFile), context.Number(_passphraseFd, 0, int.MaxValue), context.Get(_passphrasePrompt), newKeyFile ?? context.Get(_existingKeyFile), "new passphrase");
        if (context.Get(_recoveryKey) || context.Has(_recoveryKeyFile))
            return source.IsGiven ? throw CliException.Together(_recoveryKey.Name, "another new credential") : RecoveryKey.Make(context.Get(_recoveryKeyFile)).ToNewKey();
        if (!source.IsGiven)
            source = source with { Prompt = true };
        return await NewKey.ReadAsync(context, source, makeKeyFile: newKeyFile is not null);
    }
}
