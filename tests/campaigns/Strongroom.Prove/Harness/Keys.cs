using Strongroom.Cryptography;

namespace Strongroom.Prove;

/// <summary>Credentials for campaigns: key files, which need no slow derivation, so nothing in the vault is weakened for them.</summary>
internal static class Keys
{
    /// <summary>A new key file's credential.</summary>
    public static Unlock New() => Of(NewBytes());

    /// <summary>The content of a new key file.</summary>
    public static byte[] NewBytes()
    {
        using SecretBuffer key = Credential.NewKeyFile();
        return key.Span.ToArray();
    }

    /// <summary>The credential of a key file with this content.</summary>
    public static Unlock Of(byte[] content) => Unlock.FromCredential(Credential.KeyFile(content));
}
