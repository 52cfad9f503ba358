namespace Strongroom.Cryptography;

/// <summary>What a person or machine brings to open a slot. Owns its bytes.</summary>
public sealed class Credential : IDisposable
{
    /// <summary>The longest passphrase in bytes.</summary>
    public const int MaxPassphraseLength = 1024;

    private readonly SecretBuffer? _passphrase;
    private readonly SecretBuffer? _key;

    private Credential(string kind, SecretBuffer? passphrase, SecretBuffer? key)
    {
        Kind = kind;
        _passphrase = passphrase;
        _key = key;
    }

    /// <summary>The kind of slot it opens: <c>passphrase</c>, <c>passphrase+key-file</c>, <c>key-file</c>, <c>recovery-key</c>.</summary>
    public string Kind { get; }

    /// <summary>Whether a passphrase is so short or uniform that guessing it is easy; false for keys, and for a passphrase that is needed together with a key.</summary>
    public bool IsWeak => _key is null && PassphraseStrength.IsWeak(_passphrase!.Span);

    /// <summary>Whether slots of its kind have a slow derivation.</summary>
    internal bool HasPassphrase => _passphrase is not null;

    /// <summary>A passphrase: exact UTF-8 bytes, 1 to 1,024. The bytes are copied; the source stays the caller's to wipe.</summary>
    /// <exception cref="VaultConfigurationException">Empty, too long or not UTF-8.</exception>
    public static Credential Passphrase(ReadOnlySpan<byte> utf8) => new(SlotKinds.Passphrase, ReadPassphrase(utf8), null);

    /// <summary>A key file's content (format, section 5).</summary>
    /// <exception cref="VaultConfigurationException">It is not a key file, or its checksum is wrong.</exception>
    public static Credential KeyFile(ReadOnlySpan<byte> content) => new(SlotKinds.KeyFile, null, ReadKeyFile(content));

    /// <summary>A printed recovery key.</summary>
    /// <exception cref="VaultConfigurationException">It is not a recovery key, or its checksum is wrong.</exception>
    public static Credential RecoveryKey(ReadOnlySpan<byte> text) =>
        new(SlotKinds.RecoveryKey, null, CheckedKey.ReadRecovery(text)
            ?? throw new VaultConfigurationException("SR1006", "This is not a recovery key, or it was mistyped.", "Type all ten groups again; the checksum finds single mistakes."));

    /// <summary>A passphrase and a key file that are needed together.</summary>
    /// <exception cref="VaultConfigurationException">Either is refused.</exception>
    public static Credential PassphraseAndKeyFile(ReadOnlySpan<byte> utf8, ReadOnlySpan<byte> keyFileContent)
    {
        var key = ReadKeyFile(keyFileContent);
        try
        {
            return new(SlotKinds.PassphraseAndKeyFile, ReadPassphrase(utf8), key);
        }
        catch
        {
            key.Dispose();
            throw;
        }
    }

    /// <summary>A new random key as the text of its file (with LF).</summary>
    public static SecretBuffer NewKeyFile()
    {
        using var key = SecretBuffer.Random(CheckedKey.KeySize);
        return CheckedKey.WriteFile(key.Span);
    }

    /// <summary>A new random recovery key as printed text.</summary>
    public static SecretBuffer NewRecoveryKey()
    {
        using var key = SecretBuffer.Random(CheckedKey.KeySize);
        return CheckedKey.WriteRecovery(key.Span);
    }

    /// <summary>Wipes the bytes.</summary>
    public void Dispose()
    {
        _passphrase?.Dispose();
        _key?.Dispose();
    }

    /// <summary>X of the format, section 5: what the slot's keys are derived from.</summary>
    /// <param name="salt">The slot's salt.</param>
    /// <param name="kdf">The slot's derivation, within bounds; null for a key.</param>
    /// <param name="argon2">For what the built-in library can't do.</param>
    /// <param name="hasLibsodium">Whether the built-in library is there.</param>
    internal SecretBuffer SlotSecret(ReadOnlySpan<byte> salt, KdfParameters? kdf, IArgon2Provider? argon2, bool hasLibsodium)
    {
        if (_passphrase is null)
        {
            var copy = SecretBuffer.CopyOf(_key!.Span);
            GC.KeepAlive(this);
            return copy;
        }

        var secret = SecretBuffer.Allocate(_key is null ? CheckedKey.KeySize : 2 * CheckedKey.KeySize);
        try
        {
            _key?.Span.CopyTo(secret.Span[CheckedKey.KeySize..]);
            PassphraseKdf.Derive(_passphrase.Span, salt, kdf!, argon2, hasLibsodium, secret.Span[..CheckedKey.KeySize]);
            // A derivation takes long enough for the collector to find a credential that nobody holds any more: its bytes must not be wiped before the end.
            GC.KeepAlive(this);
            return secret;
        }
        catch
        {
            secret.Dispose();
            throw;
        }
    }

    private static SecretBuffer ReadPassphrase(ReadOnlySpan<byte> utf8)
    {
        if (utf8.Length is 0 or > MaxPassphraseLength)
            throw Refused($"it has {utf8.Length} bytes, allowed are 1 to {MaxPassphraseLength}");
        if (!System.Text.Unicode.Utf8.IsValid(utf8))
            throw Refused("it is not valid UTF-8");
        return SecretBuffer.CopyOf(utf8);
    }

    private static SecretBuffer ReadKeyFile(ReadOnlySpan<byte> content) =>
        CheckedKey.ReadFile(content)
        ?? throw new VaultConfigurationException("SR1005", "This is not a Strongroom key file, or it is damaged.", "Name the file that was made by 'strongroom', one line that begins with 'strongroom-key-1'.");

    private static VaultConfigurationException Refused(string why) =>
        new("SR1004", $"The passphrase can't be used: {why}.", "Give the passphrase as UTF-8 text.");
}
