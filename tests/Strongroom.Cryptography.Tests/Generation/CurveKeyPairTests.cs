using NSec.Cryptography;
using System.Text;

namespace Strongroom.Cryptography.Tests;

/// <summary>Key pairs of Curve25519. That OpenSSL reads them is tested beside the command.</summary>
public sealed class CurveKeyPairTests
{
    [Fact]
    public void A_pair_for_signatures_is_one_pair_in_every_form()
    {
        using var pair = CurveKeyPair.Ed25519();
        using SecretBuffer pem = pair.PrivatePem(), bytes = pair.PrivateBytes();

        using var fromPem = Key.Import(SignatureAlgorithm.Ed25519, pem.Span, KeyBlobFormat.PkixPrivateKeyText);
        using var fromBytes = Key.Import(SignatureAlgorithm.Ed25519, bytes.Span, KeyBlobFormat.RawPrivateKey);

        Assert.Equal(32, bytes.Length);
        Assert.Equal(pair.PublicBytes(), fromPem.PublicKey.Export(KeyBlobFormat.RawPublicKey));
        Assert.Equal(pair.PublicBytes(), fromBytes.PublicKey.Export(KeyBlobFormat.RawPublicKey));
        Assert.StartsWith("-----BEGIN PUBLIC KEY-----", Encoding.ASCII.GetString(pair.PublicPem()), StringComparison.Ordinal);
    }

    [Fact]
    public void A_pair_for_key_agreement_is_one_pair_in_every_form_and_no_other()
    {
        using CurveKeyPair pair = CurveKeyPair.X25519(), other = CurveKeyPair.X25519();
        using SecretBuffer pem = pair.PrivatePem(), bytes = pair.PrivateBytes();

        using var fromPem = Key.Import(KeyAgreementAlgorithm.X25519, pem.Span, KeyBlobFormat.PkixPrivateKeyText);

        Assert.Equal(pair.PublicBytes(), fromPem.PublicKey.Export(KeyBlobFormat.RawPublicKey));
        Assert.NotEqual(pair.PublicBytes(), other.PublicBytes());
        Assert.Equal(32, bytes.Length);
    }

    [Fact]
    public void A_pair_that_was_disposed_of_gives_nothing_away()
    {
        var pair = CurveKeyPair.Ed25519();
        pair.Dispose();

        Assert.Throws<ObjectDisposedException>(() => pair.PrivateBytes());
    }
}
