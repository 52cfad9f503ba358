using System.Xml.Linq;
using Microsoft.AspNetCore.DataProtection.Repositories;

namespace Strongroom.AspNetCore;

/// <summary>Data Protection's keys and revocations as secrets, each one of its own, below a name. Reads and writes are synchronous where the vault's storage is.</summary>
internal sealed class StrongroomXmlRepository(SecretsManager vault, SecretName folder) : IDeletableXmlRepository
{
    public IReadOnlyCollection<XElement> GetAllElements() => [.. Read().Select(static stored => stored.Element)];

    public void StoreElement(XElement element, string friendlyName)
    {
        ArgumentNullException.ThrowIfNull(element);
        ArgumentNullException.ThrowIfNull(friendlyName);
        using SecretValue value = SecretValue.DangerousFromString(element.ToString(SaveOptions.DisableFormatting));
        // Without an expiry: a key that has expired for Data Protection still unprotects.
        SetOptions options = new() { Type = SecretType.EncryptionKey, Description = "ASP.NET Core Data Protection" };
        Vault.Write(vault, NameOf(friendlyName), value, options);
    }

    public bool DeleteElements(Action<IReadOnlyCollection<IDeletableElement>> chooseElements)
    {
        ArgumentNullException.ThrowIfNull(chooseElements);
        Stored[] stored = [.. Read()];
        chooseElements(stored);
        foreach (Stored element in stored.Where(static element => element.DeletionOrder is not null).OrderBy(static element => element.DeletionOrder))
        {
            try
            {
                Vault.Delete(vault, element.Name);
            }
            catch (StrongroomException)
            {
                // The interface asks for false when not all could be deleted; Data Protection logs that.
                return false;
            }
        }

        return true;
    }

    private IEnumerable<Stored> Read()
    {
        foreach (SecretEntry entry in Vault.List(vault, new SecretQuery { Prefix = $"{folder}/" }))
        {
            using SecretData? data = Vault.Read(vault, entry.Name);
            if (data is not null)
                yield return new Stored(entry.Name, XElement.Parse(data.Value.DangerousRevealString()));
        }
    }

    // Data Protection names keys key-GUID and revocations revocation-GUID or revocation-TIME.
    private SecretName NameOf(string friendlyName)
    {
        string segment = string.Concat(friendlyName.Select(static character => char.IsAsciiLetterOrDigit(character) || character is '.' or '_' or '-' ? character : '-'));
        return SecretName.Parse($"{folder}/{(segment.Length > 0 && char.IsAsciiLetterOrDigit(segment[0]) ? segment : "element-" + segment)}");
    }

    private sealed class Stored(SecretName name, XElement element) : IDeletableElement
    {
        public SecretName Name => name;

        public XElement Element => element;

        public int? DeletionOrder { get; set; }
    }
}
