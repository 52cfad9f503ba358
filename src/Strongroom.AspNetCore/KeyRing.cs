using System.Globalization;
using Strongroom.Cryptography;

namespace Strongroom.AspNetCore;

/// <summary>
/// Keys that protect Data Protection's keys, as the fields <c>k1</c>, <c>k2</c>, … of one secret, 64 bytes each. The newest protects; all of them open, so nothing that was protected is lost by a rotation.
/// </summary>
internal sealed class KeyRing(SecretsManager vault, SecretName name)
{
    private static readonly SetOptions WhenAbsent = new() { Condition = WriteCondition.Absent, Type = SecretType.EncryptionKey, Description = "Protects the keys of ASP.NET Core Data Protection" };

    /// <summary>Seals under the newest key, and makes the first one when there is none.</summary>
    public (string KeyId, byte[] Sealed) Seal(ReadOnlySpan<byte> plaintext)
    {
        using SecretData data = Vault.Read(vault, name) ?? Create();
        string newest = Newest(data.Value);
        using SealingKey key = Import(data, newest);
        return (newest, key.Seal(Aad(newest), plaintext));
    }

    /// <summary>Opens what was sealed under a key of the ring.</summary>
    /// <exception cref="VaultIntegrityException">It was changed, or sealed elsewhere.</exception>
    public SecretBuffer Open(string keyId, ReadOnlySpan<byte> sealedBytes)
    {
        using SecretData data = Vault.Read(vault, name) ?? throw new SecretNotFoundException("SR1741", $"The secret {name}, which protects Data Protection's keys, is missing.", "Restore it: without it what was protected can't be read.");
        using SealingKey key = Import(data, keyId);
        SecretBuffer plaintext = SecretBuffer.Allocate(Math.Max(0, sealedBytes.Length - SealingKey.Overhead));
        if (key.TryOpen(Aad(keyId), sealedBytes, plaintext.Span))
            return plaintext;
        plaintext.Dispose();
        throw new VaultIntegrityException("SR1742", $"A key of Data Protection does not open with {keyId} of {name}.", "It was changed, or comes from another application; restore it, or let Data Protection make a new key.");
    }

    /// <summary>Adds a key, which protects from now on.</summary>
    public static async ValueTask<string> RotateAsync(SecretsManager vault, SecretName name, CancellationToken ct)
    {
        using SecretData data = await vault.GetAsync(name, ct: ct).ConfigureAwait(false);
        string next = "k" + (Number(Newest(data.Value)) + 1).ToString(CultureInfo.InvariantCulture);
        using SecretBuffer random = SecretBuffer.Random(SealingKey.KeysSize);
        List<KeyValuePair<string, SecretValue>> fields = [new(next, SecretValue.FromBytes(random.Span))];
        foreach (string field in data.Value.FieldNames)
        {
            if (data.Value.TryGetField(field, out ReadOnlySpan<byte> bytes))
                fields.Add(new(field, SecretValue.FromBytes(bytes)));
        }

        using SecretValue value = SecretValue.FromFields(fields);
        await vault.SetAsync(name, value, new SetOptions { Condition = WriteCondition.Version(data.Metadata.Version) }, ct).ConfigureAwait(false);
        return next;
    }

    private SecretData Create()
    {
        using SecretBuffer random = SecretBuffer.Random(SealingKey.KeysSize);
        using SecretValue value = SecretValue.FromFields([new("k1", SecretValue.FromBytes(random.Span))]);
        try
        {
            Vault.Write(vault, name, value, WhenAbsent);
        }
        catch (SecretConflictException)
        {
            // Another instance of the application was first; its key is as good.
        }

        return Vault.Read(vault, name) ?? throw new SecretNotFoundException("SR1741", $"The secret {name}, which protects Data Protection's keys, is missing.", "Something deletes it; restore it.");
    }

    private SealingKey Import(SecretData data, string keyId) => data.Value.TryGetField(keyId, out ReadOnlySpan<byte> bytes) && bytes.Length == SealingKey.KeysSize
        ? new SealingKey(bytes)
        : throw new VaultConfigurationException("SR1740", $"{name} has no key {keyId} of {SealingKey.KeysSize} bytes, so it can't protect Data Protection's keys.", "Name a secret that does not exist yet: the first key is made by itself.");

    private byte[] Aad(string keyId)
    {
        var aad = new ContextBuilder(stackalloc byte[512], "data-protection-key"u8);
        aad.Add(Utf8.Strict.GetBytes(name.ToString()));
        aad.Add(Utf8.Strict.GetBytes(keyId));
        return aad.Written.ToArray();
    }

    private static string Newest(SecretValue value) => "k" + value.FieldNames.Select(Number).DefaultIfEmpty(0).Max().ToString(CultureInfo.InvariantCulture);

    private static int Number(string field) => field.StartsWith('k') && int.TryParse(field.AsSpan(1), NumberStyles.None, CultureInfo.InvariantCulture, out int number) ? number : 0;
}
