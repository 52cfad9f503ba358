using System.Security.Cryptography;
using System.Xml.Linq;
using Microsoft.AspNetCore.DataProtection.XmlEncryption;
using Microsoft.Extensions.DependencyInjection;
using Strongroom.Cryptography;

namespace Strongroom.AspNetCore;

/// <summary>Protects Data Protection's keys before they are stored, wherever that is.</summary>
internal sealed class StrongroomXmlEncryptor(SecretsManager vault, SecretName name, string? vaultKey) : IXmlEncryptor
{
    public EncryptedXmlInfo Encrypt(XElement plaintextElement)
    {
        ArgumentNullException.ThrowIfNull(plaintextElement);
        byte[] plaintext = Utf8.Strict.GetBytes(plaintextElement.ToString(SaveOptions.DisableFormatting));
        try
        {
            (string keyId, byte[] sealedBytes) = new KeyRing(vault, name).Seal(plaintext);
            var element = new XElement("strongroom", new XAttribute("secret", name.ToString()), new XAttribute("key", keyId), new XElement("value", Convert.ToBase64String(sealedBytes)));
            if (vaultKey is not null)
                element.Add(new XAttribute("vault", vaultKey));
            return new EncryptedXmlInfo(element, typeof(StrongroomXmlDecryptor));
        }
        finally
        {
            CryptographicOperations.ZeroMemory(plaintext);
        }
    }
}

/// <summary>Opens them. Data Protection makes it by the type's name, which stands beside what is protected.</summary>
internal sealed class StrongroomXmlDecryptor(IServiceProvider services) : IXmlDecryptor
{
    public XElement Decrypt(XElement encryptedElement)
    {
        ArgumentNullException.ThrowIfNull(encryptedElement);
        SecretsManager vault = encryptedElement.Attribute("vault")?.Value is { } key ? services.GetRequiredKeyedService<SecretsManager>(key) : services.GetRequiredService<SecretsManager>();
        string secret = encryptedElement.Attribute("secret")?.Value ?? throw Damaged(), keyId = encryptedElement.Attribute("key")?.Value ?? throw Damaged();
        byte[] sealedBytes = new byte[encryptedElement.Element("value")?.Value.Length ?? throw Damaged()];
        if (!Convert.TryFromBase64Chars(encryptedElement.Element("value")!.Value, sealedBytes, out int length))
            throw Damaged();
        using SecretBuffer plaintext = new KeyRing(vault, SecretName.Parse(secret)).Open(keyId, sealedBytes.AsSpan(0, length));
        return XElement.Parse(Utf8.Strict.GetString(plaintext.Span));
    }

    private static VaultIntegrityException Damaged() => new("SR1743", "A key of Data Protection is not what was written: a part of it is missing.", "Restore it, or let Data Protection make a new key.");
}
