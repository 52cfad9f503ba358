using Microsoft.Win32.SafeHandles;
using Strongroom.Cli.CommandLine;

namespace Strongroom.Cli.Input;

/// <summary>A passphrase (file, descriptor or prompt), a key file, or both to be needed together.</summary>
internal sealed record CredentialSource(string? PassphraseFile, long? PassphraseFd, bool Prompt, string? KeyFile, string What = "passphrase")
{
    private const string NewHint = "Use a passphrase file or descriptor, or a key file (strongroom key new PATH).";

    /// <summary>Whether anything is given.</summary>
    public bool IsGiven => HasPassphrase || KeyFile is not null;

    /// <summary>Whether a passphrase belongs to it.</summary>
    public bool HasPassphrase => PassphraseFile is not null || PassphraseFd is not null || Prompt;

    /// <summary>Reads it. The caller owns the result.</summary>
    /// <param name="context">Streams and questions.</param>
    /// <param name="isNew">Whether a prompt asks twice.</param>
    public async ValueTask<Unlock> ReadAsync(CommandContext context, bool isNew)
    {
        if (!HasPassphrase && KeyFile is { } alone)
            return Unlock.KeyFile(alone);
        using var passphrase = await PassphraseAsync(context, isNew);
        return KeyFile is { } path ? Unlock.PassphraseAndKeyFile(passphrase.Span, path) : Unlock.Passphrase(passphrase.Span);
    }

    /// <summary>Reads the passphrase. The caller owns it.</summary>
    public async ValueTask<WipedBuffer> PassphraseAsync(CommandContext context, bool isNew)
    {
        if ((PassphraseFile is not null ? 1 : 0) + (PassphraseFd is not null ? 1 : 0) + (Prompt ? 1 : 0) > 1)
            throw CliException.Together("two sources of a passphrase");
        if (PassphraseFile is null && PassphraseFd is null)
            return isNew ? context.Ask.Twice(What, NewHint) : context.Ask.Passphrase(What);
        var read = PassphraseFile is { } path ? await StandardInput.ReadFileAsync(path, context.Cancellation) : ReadDescriptor((int)PassphraseFd!.Value);
        read.DropFinalNewline();
        return read;
    }

    // To its end, or to more than a passphrase can have; that much is refused by the library.
    private static WipedBuffer ReadDescriptor(int fd)
    {
        if (OperatingSystem.IsWindows())
            throw CliException.Usage("--passphrase-fd is not to be had on Windows.", "Use --passphrase-file.");
        var buffer = new WipedBuffer(2048);
        try
        {
            using var handle = new SafeFileHandle(fd, ownsHandle: false);
            using var stream = new FileStream(handle, FileAccess.Read, bufferSize: 0);
            while (buffer.Length < 1100)
            {
                var count = stream.Read(buffer.GetSpan(1));
                if (count == 0)
                    break;
                buffer.Advance(count);
            }

            return buffer;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            buffer.Dispose();
            throw new CliException(ExitCodes.Usage, "SR2012", $"File descriptor {fd} can't be read.", "Open it for the command: strongroom … --passphrase-fd 3 3<FILE.", error);
        }
    }
}
