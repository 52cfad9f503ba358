using NSec.Cryptography;

namespace Strongroom.Cryptography.Age;

/// <summary>A public key of Curve25519 (C2SP age.md, "The X25519 recipient type").</summary>
internal sealed class X25519Recipient(PublicKey recipient) : AgeRecipient
{
    public const string StanzaType = "X25519";
    public const int KeySize = 32;

    private static ReadOnlySpan<byte> Label => "age-encryption.org/v1/X25519"u8;

    public static new X25519Recipient Parse(string text)
    {
        AgeKeys.RequireLibsodium();
        Span<byte> point = stackalloc byte[KeySize];
        return text.Length < 128 && System.Text.Ascii.IsValid(text) && Bech32.TryDecode(Utf8.Strict.GetBytes(text), "age"u8, upper: false, point)
            ? new X25519Recipient(Import(point))
            : throw AgeErrors.Recipient();
    }

    /// <summary>Any 32 bytes are a point; one of low order agrees with nothing.</summary>
    public static PublicKey Import(ReadOnlySpan<byte> point) => PublicKey.Import(KeyAgreementAlgorithm.X25519, point, KeyBlobFormat.RawPublicKey);

    /// <summary>The key that wraps the file key, from the shared secret and both public keys.</summary>
    public static SecretBuffer WrappingKey(SharedSecret shared, ReadOnlySpan<byte> share, ReadOnlySpan<byte> recipient)
    {
        var key = SecretBuffer.Allocate(KeySize);
        KeyDerivationAlgorithm.HkdfSha256.DeriveBytes(shared, [.. share, .. recipient], Label, key.Span);
        return key;
    }

    internal override AgeStanza Wrap(ReadOnlySpan<byte> fileKey)
    {
        using var ephemeral = Key.Create(KeyAgreementAlgorithm.X25519);
        using var shared = KeyAgreementAlgorithm.X25519.Agree(ephemeral, recipient) ?? throw AgeErrors.Recipient();
        var share = ephemeral.PublicKey.Export(KeyBlobFormat.RawPublicKey);
        using var wrappingKey = WrappingKey(shared, share, recipient.Export(KeyBlobFormat.RawPublicKey));
        return new AgeStanza([StanzaType, Utf8.Strict.GetString(AgeBase64.Encode(share))], AgeKeys.Wrap(wrappingKey.Span, fileKey));
    }
}

/// <summary>A private key of Curve25519.</summary>
internal sealed class X25519Identity(Key key) : AgeIdentity
{
    public static new X25519Identity Parse(ReadOnlySpan<byte> text)
    {
        AgeKeys.RequireLibsodium();
        using var scalar = SecretBuffer.Allocate(X25519Recipient.KeySize);
        return Bech32.TryDecode(text, "age-secret-key-"u8, upper: true, scalar.Span)
            ? new X25519Identity(Key.Import(KeyAgreementAlgorithm.X25519, scalar.Span, KeyBlobFormat.RawPrivateKey))
            : throw AgeErrors.Identity();
    }

    public override void Dispose() => key.Dispose();

    internal override bool TryUnwrap(AgeStanza stanza, Span<byte> fileKey)
    {
        if (stanza.Type != X25519Recipient.StanzaType)
            return false;
        var share = stanza.Arguments.Count == 2 ? AgeBase64.TryDecode(Utf8.Strict.GetBytes(stanza.Arguments[1])) : null;
        if (share is not { Length: X25519Recipient.KeySize })
            throw AgeErrors.Header("the share of a recipient does not fit");
        using var shared = KeyAgreementAlgorithm.X25519.Agree(key, X25519Recipient.Import(share)) ?? throw AgeErrors.Header("the share of a recipient is a point of low order");
        using var wrappingKey = X25519Recipient.WrappingKey(shared, share, key.PublicKey.Export(KeyBlobFormat.RawPublicKey));
        return AgeKeys.TryUnwrap(wrappingKey.Span, stanza, fileKey);
    }
}
