using System.Security.Cryptography;
using System.Xml;
using Strongroom.Cryptography;

namespace Strongroom.Cli.Moving;

/// <summary>Writes what KeePass and <c>keepassxc-cli import</c> read: groups for segments, an entry for each secret.</summary>
internal static class KeePassWriter
{
    private static readonly (string Field, string Key)[] Standard = [("username", "UserName"), ("password", "Password"), ("url", "URL"), ("notes", "Notes")];

    public static void Write(XmlWriter xml, IReadOnlyList<(MovedSecret Secret, Dictionary<string, SecretValue> Values)> logins)
    {
        xml.WriteStartElement("KeePassFile");
        xml.WriteStartElement("Meta");
        xml.WriteElementString("Generator", "strongroom");
        xml.WriteEndElement();
        xml.WriteStartElement("Root");
        Group(xml, "Root", "", [.. logins.Select(static login => (login.Secret.Name, login))]);
        xml.WriteEndElement();
        xml.WriteEndElement();
    }

    private static void Group(XmlWriter xml, string name, string path, IReadOnlyList<(string Path, (MovedSecret Secret, Dictionary<string, SecretValue> Values) Login)> logins)
    {
        xml.WriteStartElement("Group");
        xml.WriteElementString("UUID", Uuid("group " + path));
        xml.WriteElementString("Name", name);
        foreach (var (title, login) in logins.Where(static item => !item.Path.Contains('/', StringComparison.Ordinal)))
            Entry(xml, title, login.Secret, login.Values);
        foreach (var group in logins.Where(static item => item.Path.Contains('/', StringComparison.Ordinal)).GroupBy(static item => item.Path[..item.Path.IndexOf('/', StringComparison.Ordinal)], StringComparer.Ordinal))
            Group(xml, group.Key, $"{path}/{group.Key}", [.. group.Select(item => (item.Path[(group.Key.Length + 1)..], item.Login))]);
        xml.WriteEndElement();
    }

    private static void Entry(XmlWriter xml, string title, MovedSecret secret, Dictionary<string, SecretValue> values)
    {
        xml.WriteStartElement("Entry");
        xml.WriteElementString("UUID", Uuid("entry " + secret.Name));
        xml.WriteElementString("Tags", string.Join(';', (secret.Tags ?? SecretMetadata.EmptyTags).Where(static tag => tag.Value.Length == 0).Select(static tag => tag.Key)));
        xml.WriteStartElement("Times");
        xml.WriteElementString("Expires", secret.ExpiresAt is null ? "False" : "True");
        if (secret.ExpiresAt is { } expires)
            xml.WriteElementString("ExpiryTime", expires.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", System.Globalization.CultureInfo.InvariantCulture));
        xml.WriteEndElement();
        String(xml, "Title", title);
        foreach (var (field, key) in Standard)
            String(xml, key, values.TryGetValue(field, out var value) ? value.DangerousRevealString() : "", isProtected: field == "password");
        foreach (var (field, value) in values.Where(static pair => !Array.Exists(Standard, standard => standard.Field == pair.Key)))
            String(xml, field, value.DangerousRevealString(), isProtected: true);
        xml.WriteEndElement();
    }

    // XML writers take strings only, which can't be wiped; the file itself is in clear.
    private static void String(XmlWriter xml, string key, string value, bool isProtected = false)
    {
        xml.WriteStartElement("String");
        xml.WriteElementString("Key", key);
        xml.WriteStartElement("Value");
        if (isProtected)
            xml.WriteAttributeString("ProtectInMemory", "True");
        xml.WriteString(value);
        xml.WriteEndElement();
        xml.WriteEndElement();
    }

    private static string Uuid(string what) => Convert.ToBase64String(SHA256.HashData(Utf8.Strict.GetBytes(what)).AsSpan(0, 16));
}
