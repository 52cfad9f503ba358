using System.Globalization;
using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace Strongroom.Cryptography.Age;

/// <summary>A passphrase as the only recipient of an age file (C2SP age.md, "The scrypt recipient type").</summary>
public sealed partial class ScryptPassphrase : AgeRecipient, IDisposable
{
    internal const string StanzaType = "scrypt";

    /// <summary>2²⁰ blocks of 1 KiB: what a file asks for is memory, and a hostile one would ask for all.</summary>
    internal const int MaxWorkFactor = 20;

    private const int SaltSize = 16;
    private readonly SecretBuffer _passphrase;
    private readonly int _workFactor;

    internal ScryptPassphrase(ReadOnlySpan<byte> passphrase, int workFactor)
    {
        if (workFactor is < 1 or > MaxWorkFactor)
            throw AgeErrors.WorkFactor(workFactor, MaxWorkFactor);
        if (passphrase.IsEmpty)
            throw AgeErrors.Recipients();
        _passphrase = SecretBuffer.CopyOf(passphrase);
        _workFactor = workFactor;
    }

    internal override bool MustBeAlone => true;

    /// <inheritdoc/>
    public void Dispose() => _passphrase.Dispose();

    /// <summary>The key that wraps the file key.</summary>
    internal static SecretBuffer WrappingKey(ReadOnlySpan<byte> passphrase, ReadOnlySpan<byte> salt, int workFactor)
    {
        AgeKeys.RequireLibsodium();
        ReadOnlySpan<byte> labelled = [.. "age-encryption.org/v1/scrypt"u8, .. salt];
        var key = SecretBuffer.Allocate(32);
        if (Scrypt(passphrase, (nuint)passphrase.Length, labelled, (nuint)labelled.Length, 1UL << workFactor, 8, 1, key.Span, (nuint)key.Length) == 0)
            return key;
        key.Dispose();
        throw new VaultUnavailableException("SR1029", $"The system gave no memory to stretch the passphrase: {1 << Math.Max(0, workFactor - 10)} MiB.", "Free memory and try again.");
    }

    internal override AgeStanza Wrap(ReadOnlySpan<byte> fileKey)
    {
        var salt = RandomNumberGenerator.GetBytes(SaltSize);
        using var key = WrappingKey(_passphrase.Span, salt, _workFactor);
        return new AgeStanza([StanzaType, Utf8.Strict.GetString(AgeBase64.Encode(salt)), _workFactor.ToString(CultureInfo.InvariantCulture)], AgeKeys.Wrap(key.Span, fileKey));
    }

    // NSec's own scrypt takes salts of 32 bytes only; this is the same function of the same library.
    [LibraryImport("libsodium", EntryPoint = "crypto_pwhash_scryptsalsa208sha256_ll")]
    private static partial int Scrypt(ReadOnlySpan<byte> passphrase, nuint passphraseLength, ReadOnlySpan<byte> salt, nuint saltLength, ulong n, uint r, uint p, Span<byte> key, nuint keyLength);
}

/// <summary>A passphrase that may open an age file.</summary>
internal sealed class ScryptIdentity(ReadOnlySpan<byte> passphrase) : AgeIdentity
{
    private const int SaltSize = 16;
    private readonly SecretBuffer _passphrase = SecretBuffer.CopyOf(passphrase);

    public override void Dispose() => _passphrase.Dispose();

    internal override bool TryUnwrap(AgeStanza stanza, Span<byte> fileKey)
    {
        if (stanza.Type != ScryptPassphrase.StanzaType)
            return false;
        var salt = stanza.Arguments.Count == 3 ? AgeBase64.TryDecode(Utf8.Strict.GetBytes(stanza.Arguments[1])) : null;
        if (salt is not { Length: SaltSize } || stanza.Body.Length != AgeKeys.WrappedSize || !TryWorkFactor(stanza.Arguments[2], out var workFactor))
            throw AgeErrors.Header("the recipient of a passphrase does not fit");
        if (workFactor > ScryptPassphrase.MaxWorkFactor)
            throw AgeErrors.WorkFactor(workFactor, ScryptPassphrase.MaxWorkFactor);
        using var key = ScryptPassphrase.WrappingKey(_passphrase.Span, salt, workFactor);
        return AgeKeys.TryUnwrap(key.Span, stanza, fileKey);
    }

    private static bool TryWorkFactor(string text, out int workFactor)
    {
        workFactor = 0;
        return text.Length is 1 or 2 && text[0] != '0' && int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out workFactor);
    }
}
