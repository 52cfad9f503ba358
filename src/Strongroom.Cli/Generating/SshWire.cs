using System.Buffers.Binary;
using System.Text;
using Strongroom.Cli.Input;

namespace Strongroom.Cli.Generating;

/// <summary>Writes the data types of SSH (RFC 4251, section 5) into memory that is wiped.</summary>
internal readonly struct SshWire(WipedBuffer target)
{
    /// <summary>The public key of an algorithm with one string, as it is sent.</summary>
    public static byte[] PublicKey(string algorithm, ReadOnlySpan<byte> key)
    {
        using var buffer = new WipedBuffer();
        var wire = new SshWire(buffer);
        wire.Text(algorithm);
        wire.Bytes(key);
        return buffer.Span.ToArray();
    }

    /// <summary>An RSA public key, as it is sent (RFC 4253, section 6.6).</summary>
    public static byte[] RsaPublicKey(ReadOnlySpan<byte> exponent, ReadOnlySpan<byte> modulus)
    {
        using var buffer = new WipedBuffer();
        var wire = new SshWire(buffer);
        wire.Text("ssh-rsa");
        wire.Number(exponent);
        wire.Number(modulus);
        return buffer.Span.ToArray();
    }

    public void Int(uint number)
    {
        BinaryPrimitives.WriteUInt32BigEndian(target.GetSpan(4), number);
        target.Advance(4);
    }

    public void Text(string ascii) => Bytes(Encoding.ASCII.GetBytes(ascii));

    public void Bytes(ReadOnlySpan<byte> bytes, ReadOnlySpan<byte> more = default)
    {
        Int((uint)(bytes.Length + more.Length));
        target.Write(bytes);
        if (!more.IsEmpty)
            target.Write(more);
    }

    /// <summary>A positive number: no zeros in front, but one when the first bit would be a sign.</summary>
    public void Number(ReadOnlySpan<byte> bigEndian)
    {
        var digits = bigEndian.TrimStart((byte)0);
        if (digits.Length > 0 && digits[0] >= 0x80)
            Bytes([0], digits);
        else
            Bytes(digits);
    }
}
