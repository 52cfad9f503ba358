using System.Text;
using Strongroom.Cli.CommandLine;
using Strongroom.Cli.Input;
using Strongroom.Cryptography;

namespace Strongroom.Cli.Agent;

/// <summary>What unlocks, as bytes on their way to the agent: passphrase, content of a key file, recovery key. Zeroed when disposed of.</summary>
internal sealed class KeyMaterial : IDisposable
{
    private const int MostKeyFile = 4096;

    private KeyMaterial(WipedBuffer? passphrase, WipedBuffer? keyFile, WipedBuffer? recoveryKey) => (_passphrase, _keyFile, _recoveryKey) = (passphrase, keyFile, recoveryKey);

    private WipedBuffer? _passphrase;
    private readonly WipedBuffer? _keyFile;
    private readonly WipedBuffer? _recoveryKey;

    /// <summary>Whether it is a key file alone: it may be one half of a slot.</summary>
    public bool IsKeyFile => _keyFile is not null && _passphrase is null;

    /// <summary>What the options or the environment give; else a passphrase is asked for.</summary>
    public static async ValueTask<KeyMaterial> CollectAsync(CommandContext context, UnlockOptions options)
    {
        if (context.Get(options.RecoveryKeyFile) is { } recovery)
        {
            return context.Get(options.PassphraseFile) is null && context.Get(options.PassphraseFd) is null && context.Get(options.KeyFile) is null && !context.Get(options.PassphrasePrompt)
                ? new KeyMaterial(null, null, await StandardInput.ReadFileAsync(recovery, context.Cancellation, MostKeyFile))
                : throw CliException.Together(options.RecoveryKeyFile.Name, "another way to unlock");
        }

        var source = options.Source(context);
        if (!source.IsGiven)
        {
            var (keyFile, passphraseFile, passphrase) = (CommandContext.Variable("STRONGROOM_KEY_FILE"), CommandContext.Variable("STRONGROOM_PASSPHRASE_FILE"), CommandContext.Variable("STRONGROOM_PASSPHRASE"));
            if (keyFile is null && passphraseFile is null && passphrase is not null)
            {
                UnlockOptions.WarnOfPlainVariable(context);
                return new KeyMaterial(Bytes(passphrase), null, null);
            }

            source = source with { PassphraseFile = passphraseFile, KeyFile = keyFile };
            if (!source.IsGiven && UnlockOptions.SystemCredential is { } credential)
                return await OfFileAsync(credential, context.Cancellation);
            if (!source.IsGiven)
                source = UnlockOptions.Configured(context);
            source = source with { Prompt = !source.IsGiven };
        }

        var file = source.KeyFile is { } path ? await StandardInput.ReadFileAsync(path, context.Cancellation, MostKeyFile) : null;
        return new KeyMaterial(source.HasPassphrase ? await source.PassphraseAsync(context, isNew: false) : null, file, null);
    }

    // A file that holds either, as systemd's does.
    private static async ValueTask<KeyMaterial> OfFileAsync(string path, CancellationToken ct)
    {
        var content = await StandardInput.ReadFileAsync(path, ct, MostKeyFile);
        if (content.Span.StartsWith("strongroom-key-"u8))
            return new KeyMaterial(null, content, null);
        content.DropFinalNewline();
        return new KeyMaterial(content, null, null);
    }

    /// <summary>Asks for the passphrase that is needed together with the key file.</summary>
    public void AskToo(CommandContext context) => _passphrase = context.Ask.Passphrase("passphrase");

    public void Write(WireWriter wire)
    {
        foreach (var part in (WipedBuffer?[])[_passphrase, _keyFile, _recoveryKey])
        {
            wire.Flag(part is not null);
            if (part is not null)
                wire.Bytes(part.Span);
        }
    }

    /// <summary>Reads it at the other end. The caller owns it.</summary>
    public static Unlock Read(ref WireReader wire)
    {
        var passphrase = Part(ref wire);
        var keyFile = Part(ref wire);
        var recoveryKey = Part(ref wire);
        return (passphrase.IsEmpty, keyFile.IsEmpty, recoveryKey.IsEmpty) switch
        {
            (true, true, false) => Unlock.RecoveryKey(recoveryKey),
            (true, false, true) => Unlock.FromCredential(Credential.KeyFile(keyFile)),
            (false, false, true) => Unlock.FromCredential(Credential.PassphraseAndKeyFile(passphrase, keyFile)),
            (_, true, true) => Unlock.Passphrase(passphrase),
            _ => throw new WireException(),
        };
    }

    public void Dispose()
    {
        _passphrase?.Dispose();
        _keyFile?.Dispose();
        _recoveryKey?.Dispose();
    }

    private static ReadOnlySpan<byte> Part(ref WireReader wire) => wire.Flag() ? wire.Bytes() : default;

    private static WipedBuffer Bytes(string text)
    {
        var bytes = new WipedBuffer(Utf8.Strict.GetMaxByteCount(text.Length));
        EncodingExtensions.GetBytes(Utf8.Strict, text, bytes);
        return bytes;
    }
}
