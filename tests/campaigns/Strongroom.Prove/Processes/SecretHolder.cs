using System.Security.Cryptography;

namespace Strongroom.Prove.Processes;

/// <summary>A process that opens a vault with a passphrase and reads its values, and then lets go of everything, while another one looks into its memory.</summary>
internal static class SecretHolder
{
    public static async Task RunAsync(VaultOptions options)
    {
        byte[] passphrase = GC.AllocateArray<byte>(64, pinned: true);
        using Stream input = Console.OpenStandardInput(0);
        int length = 0;
        for (int next; (next = ReadByte()) is >= 0 and not '\n';)
            passphrase[length++] = (byte)next;
        SecretsManager manager;
        using (Unlock unlock = Unlock.Passphrase(passphrase.AsSpan(0, length)))
        {
            CryptographicOperations.ZeroMemory(passphrase);
            manager = await SecretsManager.OpenAsync(options, unlock);
        }

        SecretData held = manager.Get("held");
        Console.WriteLine("open");
        ReadByte();
        held.Dispose();
        await manager.DisposeAsync();
        Console.WriteLine("closed");
        ReadByte();

        // A stream's own buffer would keep what was read.
        int ReadByte()
        {
            Span<byte> one = stackalloc byte[1];
            int read = input.Read(one);
            byte got = one[0];
            one.Clear();
            return read == 1 ? got : -1;
        }
    }
}
