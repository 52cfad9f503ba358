using System.Security.Cryptography;
using Strongroom.Cli.Input;
using Strongroom.Cryptography;

namespace Strongroom.Cli.Generating;

/// <summary>Pairs of keys in the forms that programs read: PKCS #8 and SubjectPublicKeyInfo in PEM, and OpenSSH's own.</summary>
internal static class KeyPairs
{
    private const double CurveBits = 128;

    /// <summary>A key pair for signatures.</summary>
    public static Generated Ed25519()
    {
        using var pair = CurveKeyPair.Ed25519();
        return Pem(pair);
    }

    /// <summary>A key pair for key agreement.</summary>
    public static Generated X25519()
    {
        using var pair = CurveKeyPair.X25519();
        return Pem(pair);
    }

    /// <summary>An RSA key pair.</summary>
    public static Generated Rsa(int size)
    {
        using var rsa = RSA.Create(size);
        // At most so much for 8,192 bits; the framework writes PEM into memory of ours.
        var text = GC.AllocateUninitializedArray<char>(size * 2, pinned: true);
        try
        {
            if (!rsa.TryExportPkcs8PrivateKeyPem(text, out var written))
                throw new InvalidOperationException("The key is larger than it can be.");
            var privateKey = new WipedBuffer(written + 1);
            privateKey.Advance(System.Text.Encoding.ASCII.GetBytes(text.AsSpan(0, written), privateKey.GetSpan(written)));
            privateKey.Write("\n"u8);
            return new Generated(privateKey, System.Text.Encoding.ASCII.GetBytes(rsa.ExportSubjectPublicKeyInfoPem() + "\n"), RsaBits(size));
        }
        finally
        {
            Array.Clear(text);
        }
    }

    /// <summary>A key pair of Ed25519 for SSH.</summary>
    public static Generated SshEd25519(string comment)
    {
        using var pair = CurveKeyPair.Ed25519();
        using var seed = pair.PrivateBytes();
        var point = pair.PublicBytes();
        using var secret = new WipedBuffer(256);
        var key = new SshWire(secret);
        key.Text("ssh-ed25519");
        key.Bytes(point);
        // The format keeps the public key behind the seed, as one string.
        key.Bytes(seed.Span, point);
        return new Generated(OpenSshKey.Private(SshWire.PublicKey("ssh-ed25519", point), secret.Span, comment), OpenSshKey.Public("ssh-ed25519", SshWire.PublicKey("ssh-ed25519", point), comment), CurveBits);
    }

    /// <summary>An RSA key pair for SSH.</summary>
    public static Generated SshRsa(int size, string comment)
    {
        using var rsa = RSA.Create(size);
        var parameters = rsa.ExportParameters(includePrivateParameters: true);
        try
        {
            using var secret = new WipedBuffer(size);
            var key = new SshWire(secret);
            key.Text("ssh-rsa");
            foreach (var number in (byte[][])[parameters.Modulus!, parameters.Exponent!, parameters.D!, parameters.InverseQ!, parameters.P!, parameters.Q!])
                key.Number(number);
            var publicKey = SshWire.RsaPublicKey(parameters.Exponent!, parameters.Modulus!);
            return new Generated(OpenSshKey.Private(publicKey, secret.Span, comment), OpenSshKey.Public("ssh-rsa", publicKey, comment), RsaBits(size));
        }
        finally
        {
            foreach (var part in (byte[]?[])[parameters.D, parameters.DP, parameters.DQ, parameters.InverseQ, parameters.P, parameters.Q])
                CryptographicOperations.ZeroMemory(part);
        }
    }

    private static Generated Pem(CurveKeyPair pair)
    {
        using var pem = pair.PrivatePem();
        var privateKey = new WipedBuffer(pem.Length);
        privateKey.Write(pem.Span);
        return new Generated(privateKey, pair.PublicPem(), CurveBits);
    }

    // NIST SP 800-57 part 1, table 2, and FIPS 140-2 IG 7.5 between its rows.
    private static double RsaBits(int size) => size switch
    {
        >= 8192 => 200,
        >= 7680 => 192,
        >= 4096 => 150,
        >= 3072 => 128,
        _ => 112,
    };
}
