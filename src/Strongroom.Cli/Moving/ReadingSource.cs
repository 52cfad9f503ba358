using System.CommandLine;
using Strongroom.Cli.CommandLine;
using Strongroom.Cli.Input;
using Strongroom.Cryptography;
using Strongroom.Cryptography.Age;

namespace Strongroom.Cli.Moving;

/// <summary>The file that an import reads: found, read within a bound, decrypted when it is an age file, checked to be UTF-8.</summary>
internal sealed class ReadingSource
{
    private const int MaxBytes = 128 * 1024 * 1024;

    public Option<string[]> Identities { get; } = Make.Texts("--identity", "FILE", "For a file encrypted with age: an identity file, as age-keygen writes it.");

    public Option<string?> AgePassphraseFile { get; } = Make.Text("--age-passphrase-file", "PATH", "For a file encrypted with age: the file with its passphrase. Default: a prompt.");

    public void AddTo(Command command)
    {
        command.Options.Add(Identities);
        command.Options.Add(AgePassphraseFile);
    }

    /// <summary>Reads into a format.</summary>
    public async Task ReadAsync(CommandContext context, string file, MoveFormat format, ImportSink sink)
    {
        using var raw = file == "-" ? await StandardInput.ReadAsync(context, MaxBytes) : await StandardInput.ReadFileAsync(file, context.Cancellation, MaxBytes);
        using var opened = AgeFile.IsAge(raw.Span) ? await OpenAsync(context, raw) : null;
        Read(opened is null ? raw.Span : opened.Span, format, sink);
    }

    /// <summary>Reads bytes that may be anything into a format.</summary>
    public static void Read(ReadOnlySpan<byte> content, MoveFormat format, ImportSink sink)
    {
        if (content.StartsWith("\uFEFF"u8))
            content = content[3..];
        if (FirstInvalidLine(content) is { } line)
            sink.Problems.Add(line, "this is not UTF-8");
        else
            format.Read(content, sink);
    }

    /// <summary>What unlocks age files, from the options or a prompt. The caller owns the passphrase.</summary>
    public static async Task<WipedBuffer> PassphraseAsync(CommandContext context, string? file, bool isNew)
    {
        if (file is null)
            return isNew ? context.Ask.Twice("passphrase of the export", "Give --recipient or --age-passphrase-file.") : context.Ask.Passphrase("passphrase of the age file");
        var passphrase = await StandardInput.ReadFileAsync(file, context.Cancellation);
        passphrase.DropFinalNewline();
        return passphrase;
    }

    private async Task<SecretBuffer> OpenAsync(CommandContext context, WipedBuffer file)
    {
        var identities = new List<AgeIdentity>();
        try
        {
            foreach (var path in context.Get(Identities) ?? [])
            {
                using var keys = await StandardInput.ReadFileAsync(path, context.Cancellation);
                identities.AddRange(AgeIdentity.ParseFile(keys.Span));
            }

            if (identities.Count == 0)
            {
                using var passphrase = await PassphraseAsync(context, context.Get(AgePassphraseFile), isNew: false);
                identities.Add(AgeIdentity.Passphrase(passphrase.Span));
            }

            return AgeFile.Decrypt(file.Span, identities);
        }
        finally
        {
            identities.ForEach(static identity => identity.Dispose());
        }
    }

    private static int? FirstInvalidLine(ReadOnlySpan<byte> content)
    {
        var at = 0;
        while (at < content.Length)
        {
            if (System.Text.Rune.DecodeFromUtf8(content[at..], out _, out var length) != System.Buffers.OperationStatus.Done)
                return content[..at].Count((byte)'\n') + 1;
            at += length;
        }

        return null;
    }
}
