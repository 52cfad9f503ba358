using Strongroom.Cli.CommandLine;

namespace Strongroom.Cli.Input;

/// <summary>A credential for a slot that is about to be written, and what was made for it.</summary>
/// <param name="Unlock">The credential.</param>
/// <param name="MadeKeyFile">The key file that was made for it, or null.</param>
/// <param name="Recovery">The recovery key that was made, or null.</param>
internal sealed record NewKey(Unlock Unlock, string? MadeKeyFile = null, RecoveryKey? Recovery = null) : IDisposable
{
    /// <summary>Reads a credential; makes its key file first if asked to. Warns of a weak passphrase.</summary>
    public static async ValueTask<NewKey> ReadAsync(CommandContext context, CredentialSource source, bool makeKeyFile)
    {
        if (!makeKeyFile)
            return new NewKey(Warned(context, await source.ReadAsync(context, isNew: true)));
        KeyFiles.Make(source.KeyFile!);
        try
        {
            return new NewKey(Warned(context, await source.ReadAsync(context, isNew: true)), source.KeyFile);
        }
        catch
        {
            File.Delete(source.KeyFile!);
            throw;
        }
    }

    /// <summary>Says that a passphrase is weak; refusing it is the library's, where the options say so.</summary>
    public static Unlock Warned(CommandContext context, Unlock unlock)
    {
        if (unlock.IsWeak)
            context.Output.Warning("This passphrase is easy to guess. Better: at least five random words, or a key file.");
        return unlock;
    }

    /// <summary>Removes what was made for a slot that did not come to be.</summary>
    public void TakeBack()
    {
        if (MadeKeyFile is { } path)
            File.Delete(path);
        Recovery?.TakeBack();
    }

    public void Dispose()
    {
        Unlock.Dispose();
        Recovery?.Dispose();
    }
}
