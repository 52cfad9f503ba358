using Strongroom.Cli.Platform;
using Strongroom.Cryptography;

namespace Strongroom.Cli.Input;

/// <summary>Makes key files.</summary>
internal static class KeyFiles
{
    /// <summary>Makes a key file of mode 0600; an existing file is never overwritten.</summary>
    public static void Make(string path)
    {
        using var text = Credential.NewKeyFile();
        PrivateFile.Create(path, text.Span);
    }
}
