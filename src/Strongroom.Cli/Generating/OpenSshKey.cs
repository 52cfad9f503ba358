using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using Strongroom.Cli.Input;

namespace Strongroom.Cli.Generating;

/// <summary>Keys in the files of OpenSSH (its PROTOCOL.key): a private key without a passphrase of its own, since it lies in a vault.</summary>
internal static class OpenSshKey
{
    private const int LineLength = 70;
    private const int BlockSize = 8;

    /// <summary>The private key file. The caller owns it.</summary>
    /// <param name="publicKey">The public key as it is sent.</param>
    /// <param name="secret">The algorithm's part: its name, public and private numbers.</param>
    /// <param name="comment">A comment, ASCII.</param>
    public static WipedBuffer Private(ReadOnlySpan<byte> publicKey, ReadOnlySpan<byte> secret, string comment)
    {
        using var inner = new WipedBuffer(secret.Length + 128);
        var wire = new SshWire(inner);
        // The same random number twice: how a reader sees that it has decrypted.
        var check = BitConverter.ToUInt32(RandomNumberGenerator.GetBytes(4));
        wire.Int(check);
        wire.Int(check);
        inner.Write(secret);
        wire.Text(comment);
        for (byte pad = 1; inner.Length % BlockSize != 0; pad++)
            inner.Write([pad]);

        using var file = new WipedBuffer(inner.Length + publicKey.Length + 128);
        file.Write("openssh-key-v1\0"u8);
        wire = new SshWire(file);
        wire.Text("none");
        wire.Text("none");
        wire.Text("");
        wire.Int(1);
        wire.Bytes(publicKey);
        wire.Bytes(inner.Span);
        return Armour(file.Span);
    }

    /// <summary>The line of a public key file.</summary>
    public static byte[] Public(string algorithm, ReadOnlySpan<byte> publicKey, string comment) =>
        Encoding.ASCII.GetBytes($"{algorithm} {Convert.ToBase64String(publicKey)}{(comment.Length > 0 ? " " : "")}{comment}\n");

    private static WipedBuffer Armour(ReadOnlySpan<byte> file)
    {
        using var text = new WipedBuffer(Base64.GetMaxEncodedToUtf8Length(file.Length));
        _ = Base64.EncodeToUtf8(file, text.GetSpan(Base64.GetMaxEncodedToUtf8Length(file.Length)), out _, out var written);
        text.Advance(written);
        var armoured = new WipedBuffer(text.Length + (text.Length / LineLength) + 128);
        armoured.Write("-----BEGIN OPENSSH PRIVATE KEY-----\n"u8);
        for (var at = 0; at < text.Length; at += LineLength)
        {
            armoured.Write(text.Span.Slice(at, Math.Min(LineLength, text.Length - at)));
            armoured.Write("\n"u8);
        }

        armoured.Write("-----END OPENSSH PRIVATE KEY-----\n"u8);
        return armoured;
    }
}
