using System.Security.Cryptography;
using Strongroom.Cryptography;

namespace Strongroom;

/// <summary>What opens a vault: a passphrase, a key file, both, or a recovery key. Owns its bytes until it is disposed of; opening does not dispose of it.</summary>
public sealed class Unlock : IDisposable
{
    private const int MaxFile = 4096;

    private Unlock(Credential credential) => Credential = credential;

    /// <summary>A passphrase as UTF-8 bytes; they are copied, the source stays the caller's to wipe.</summary>
    public static Unlock Passphrase(ReadOnlySpan<byte> utf8) => new(Credential.Passphrase(utf8));

    /// <summary>A passphrase as a string. Dangerous: a string can't be wiped and stays in memory.</summary>
    public static Unlock DangerousPassphrase(string passphrase)
    {
        using SecretValue value = SecretValue.DangerousFromString(passphrase);
        return new Unlock(Credential.Passphrase(value.Span));
    }

    /// <summary>A passphrase in a file; one final LF or CRLF does not belong to it.</summary>
    /// <exception cref="VaultConfigurationException">The file can't be read, or its content is no passphrase.</exception>
    public static Unlock PassphraseFile(string path)
    {
        using SecretBuffer content = ReadFile(path);
        return new Unlock(Credential.Passphrase(WithoutNewline(content.Span)));
    }

    /// <summary>A key file.</summary>
    /// <exception cref="VaultConfigurationException">The file can't be read, or is not a key file.</exception>
    public static Unlock KeyFile(string path)
    {
        using SecretBuffer content = ReadFile(path);
        return new Unlock(Credential.KeyFile(content.Span));
    }

    /// <summary>A passphrase and a key file, needed together.</summary>
    /// <exception cref="VaultConfigurationException">The file can't be read, or is not a key file.</exception>
    public static Unlock PassphraseAndKeyFile(ReadOnlySpan<byte> utf8, string keyFilePath)
    {
        using SecretBuffer content = ReadFile(keyFilePath);
        return new Unlock(Credential.PassphraseAndKeyFile(utf8, content.Span));
    }

    /// <summary>A passphrase in a file, of which one final LF or CRLF does not count, and a key file, needed together.</summary>
    /// <exception cref="VaultConfigurationException">A file can't be read, or is not what it should be.</exception>
    public static Unlock PassphraseFileAndKeyFile(string passphrasePath, string keyFilePath)
    {
        using SecretBuffer passphrase = ReadFile(passphrasePath);
        return PassphraseAndKeyFile(WithoutNewline(passphrase.Span), keyFilePath);
    }

    /// <summary>A printed recovery key, as typed.</summary>
    /// <exception cref="VaultConfigurationException">It is not a recovery key.</exception>
    public static Unlock RecoveryKey(ReadOnlySpan<byte> text) => new(Credential.RecoveryKey(text));

    /// <summary>A credential that was read elsewhere; this owns it from now on.</summary>
    public static Unlock FromCredential(Credential credential)
    {
        ArgumentNullException.ThrowIfNull(credential);
        return new Unlock(credential);
    }

    /// <summary>
    /// From <c>STRONGROOM_KEY_FILE</c>, <c>STRONGROOM_PASSPHRASE_FILE</c> (both: needed together) or <c>STRONGROOM_PASSPHRASE</c>, or else from the credential of systemd
    /// <c>$CREDENTIALS_DIRECTORY/strongroom</c>, a key file or a passphrase; null when none is there.
    /// </summary>
    public static Unlock? FromEnvironment()
    {
        string? keyFile = Variable("STRONGROOM_KEY_FILE"), passphraseFile = Variable("STRONGROOM_PASSPHRASE_FILE");
        if (passphraseFile is not null && keyFile is not null)
            return PassphraseFileAndKeyFile(passphraseFile, keyFile);

        if (keyFile is not null)
            return KeyFile(keyFile);
        if (passphraseFile is not null)
            return PassphraseFile(passphraseFile);
        if (Variable("STRONGROOM_PASSPHRASE") is { } text)
            return DangerousPassphrase(text);
        return Variable("CREDENTIALS_DIRECTORY") is { } folder && Path.Combine(folder, "strongroom") is var path && File.Exists(path) ? KeyFileOrPassphrase(path) : null;
    }

    private static Unlock KeyFileOrPassphrase(string path)
    {
        using SecretBuffer content = ReadFile(path);
        return new Unlock(content.Span.StartsWith("strongroom-key-1"u8) ? Credential.KeyFile(content.Span) : Credential.Passphrase(WithoutNewline(content.Span)));
    }

    /// <summary>Whether it is a passphrase that is easy to guess.</summary>
    public bool IsWeak => Credential.IsWeak;

    /// <summary>The kind of key slot that it opens.</summary>
    public string Kind => Credential.Kind;

    internal bool HasPassphrase => Kind is SlotKinds.Passphrase or SlotKinds.PassphraseAndKeyFile;

    internal Credential Credential { get; }

    /// <inheritdoc/>
    public void Dispose() => Credential.Dispose();

    private static string? Variable(string name) => Environment.GetEnvironmentVariable(name) is { Length: > 0 } value ? value : null;

    private static ReadOnlySpan<byte> WithoutNewline(ReadOnlySpan<byte> text)
    {
        if (text.EndsWith("\r\n"u8))
            return text[..^2];
        return text.EndsWith("\n"u8) ? text[..^1] : text;
    }

    // A pipe or /dev/fd path has no length, so this reads to the end, into memory that is wiped.
    private static SecretBuffer ReadFile(string path)
    {
        byte[] buffer = GC.AllocateUninitializedArray<byte>(MaxFile + 1, pinned: true);
        try
        {
            using var stream = new FileStream(path, new FileStreamOptions { BufferSize = 0 });
            int length = stream.ReadAtLeast(buffer, buffer.Length, throwOnEndOfStream: false);
            if (length > MaxFile)
                throw new VaultConfigurationException("SR1506", $"The file {path} is larger than {MaxFile} bytes, so it is not a passphrase or key file.", "Check the path.");
            return SecretBuffer.CopyOf(buffer.AsSpan(0, length));
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            throw new VaultConfigurationException("SR1507", $"The file {path} can't be read: {Reason(error)}.", "Check the path and its permissions.", error);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(buffer);
        }
    }

    private static string Reason(Exception error) => error switch
    {
        FileNotFoundException or DirectoryNotFoundException => "there is no such file",
        UnauthorizedAccessException => "permission denied, or it is a folder",
        _ => error.Message,
    };
}
