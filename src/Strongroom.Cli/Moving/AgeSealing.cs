using System.CommandLine;
using System.Text;
using Strongroom.Cli.CommandLine;
using Strongroom.Cli.Input;
using Strongroom.Cryptography;
using Strongroom.Cryptography.Age;

namespace Strongroom.Cli.Moving;

/// <summary><c>export --encrypted</c>: who can open the export, as age has it.</summary>
internal sealed class AgeSealing
{
    public Option<bool> Encrypted { get; } = Make.Flag("--encrypted", "Encrypt with age: to --recipient or --recipients-file, else to a passphrase.");

    public Option<string[]> Recipients { get; } = Make.Texts("--recipient", "KEY", "With --encrypted: an age public key (age1…). With pass: a key of gpg.", "-r");

    public Option<string?> RecipientsFile { get; } = Make.Text("--recipients-file", "FILE", "With --encrypted: age public keys, one a line.", "-R");

    public Option<string?> PassphraseFile { get; } = Make.Text("--age-passphrase-file", "PATH", "With --encrypted: the file with the passphrase. Default without recipients: a prompt.");

    public Option<bool> Armor { get; } = Make.Flag("--armor", "With --encrypted: as text.", "-a");

    public void AddTo(Command command)
    {
        foreach (Option option in new Option[] { Encrypted, Recipients, RecipientsFile, PassphraseFile, Armor })
            command.Options.Add(option);
    }

    /// <summary>Refuses options that make sense only with <c>--encrypted</c>: who forgot it must not get plain text.</summary>
    public void Check(CommandContext context, bool isPass)
    {
        if (context.Get(Encrypted))
        {
            if (isPass)
                throw CliException.Together(Encrypted.Name, "pass, which is encrypted already");
            return;
        }

        foreach (Option option in new Option[] { RecipientsFile, PassphraseFile, Armor })
        {
            if (context.Has(option))
                throw CliException.Usage($"{option.Name} needs {Encrypted.Name}.", "Add it.");
        }

        if (context.Has(Recipients) && !isPass)
            throw CliException.Usage($"{Recipients.Name} needs {Encrypted.Name}.", "Add it.");
    }

    /// <summary>Encrypts.</summary>
    public async Task<byte[]> SealAsync(CommandContext context, WipedBuffer plaintext)
    {
        var recipients = (context.Get(Recipients) ?? []).Select(AgeRecipient.Parse).ToList();
        if (context.Get(RecipientsFile) is { } path)
            recipients.AddRange(await FromFileAsync(path, context.Cancellation));
        if (recipients.Count > 0 && context.Has(PassphraseFile))
            throw CliException.Together(PassphraseFile.Name, "recipients");
        var file = recipients.Count > 0 ? AgeFile.Encrypt(plaintext.Span, recipients) : await ToPassphraseAsync(context, plaintext);
        return context.Get(Armor) ? AgeArmor.Encode(file) : file;
    }

    private async Task<byte[]> ToPassphraseAsync(CommandContext context, WipedBuffer plaintext)
    {
        using var passphrase = await ReadingSource.PassphraseAsync(context, context.Get(PassphraseFile), isNew: true);
        using var recipient = AgeRecipient.Passphrase(passphrase.Span);
        return AgeFile.Encrypt(plaintext.Span, [recipient]);
    }

    private static async Task<List<AgeRecipient>> FromFileAsync(string path, CancellationToken ct)
    {
        using var file = await StandardInput.ReadFileAsync(path, ct);
        var lines = Utf8.Strict.GetString(file.Span).Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        return [.. lines.Where(static line => !line.StartsWith('#')).Select(AgeRecipient.Parse)];
    }
}
