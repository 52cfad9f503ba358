using System.IO.Compression;
using System.Xml;
using Strongroom.Cli.Input;
using Strongroom.Cryptography;

namespace Strongroom.Cli.Moving.Formats;

/// <summary>
/// KeePass 2 XML, which KeePass and <c>keepassxc-cli export</c> write. Groups below the root become segments, entries secrets, their strings and attachments fields. The recycle bin is left out, and so is the history.
/// </summary>
internal sealed class KeePassFormat : MoveFormat
{
    private static readonly (string Key, string Field)[] Standard = [("UserName", "username"), ("Password", "password"), ("URL", "url"), ("Notes", "notes")];

    public override string Name => "keepass-xml";

    public override string Summary => "XML of KeePass 2 and of 'keepassxc-cli export'; groups become segments";

    public override void Read(ReadOnlySpan<byte> content, ImportSink sink)
    {
        var bytes = content.ToArray();
        try
        {
            using var reader = XmlReader.Create(new MemoryStream(bytes), new XmlReaderSettings { DtdProcessing = DtdProcessing.Prohibit, XmlResolver = null, IgnoreComments = true, IgnoreProcessingInstructions = true });
            var document = XmlTree.Read(reader);
            if (document.Name == "KeePassFile" && document["Root"]?["Group"] is { } root)
                new Walk(document["Meta"], sink).Group(root, "");
            else
                sink.Problems.Add(1, "this is not XML of KeePass 2: KeePassFile, Root, Group");
        }
        catch (XmlException error)
        {
            // Its message may quote the text.
            sink.Problems.Add(error.LineNumber, "this is not well-formed XML, or it has a DTD, or it is nested too deeply");
        }
        finally
        {
            System.Security.Cryptography.CryptographicOperations.ZeroMemory(bytes);
        }
    }

    public override void Write(IReadOnlyList<MovedSecret> secrets, WipedBuffer output, Problems problems)
    {
        var logins = secrets.Select(secret => (Secret: secret, Values: Logins.Of(secret, null, problems))).ToList();
        foreach (var (secret, values) in logins)
        {
            foreach (var (field, _) in (values ?? []).Where(static pair => !IsXml(pair.Value)))
                problems.Add(0, $"{secret.Source}#{field} has control characters, which XML can't hold");
        }

        if (problems.Any)
            return;
        using var stream = new WipedStream(output);
        using var xml = XmlWriter.Create(stream, new XmlWriterSettings { Encoding = Utf8.Strict, Indent = true, NewLineHandling = NewLineHandling.Entitize });
        KeePassWriter.Write(xml, [.. logins.Select(static login => (login.Secret, login.Values!))]);
    }

    private static bool IsXml(SecretValue value) => !value.Span.ContainsAnyInRange((byte)0, (byte)8) && !value.Span.ContainsAnyInRange((byte)11, (byte)12) && !value.Span.ContainsAnyInRange((byte)14, (byte)31)
        && value.Span.IndexOf("\uFFFE"u8) < 0 && value.Span.IndexOf("\uFFFF"u8) < 0;

    private sealed class Walk(XmlTree? meta, ImportSink sink)
    {
        private const int MaxAttachment = 16 * 1024 * 1024;
        private readonly string? _bin = meta?.Text("RecycleBinEnabled") == "False" ? null : meta?.Text("RecycleBinUUID");

        public void Group(XmlTree group, string path)
        {
            foreach (var entry in group.All("Entry"))
                Entry(entry, path);
            foreach (var child in group.All("Group"))
            {
                if (_bin is { Length: > 0 } && child.Text("UUID") == _bin)
                {
                    if (child.All("Entry").Any())
                        sink.Note($"line {child.Line}: the recycle bin was left out");
                    continue;
                }

                Group(child, $"{path}{child.Text("Name")}/");
            }
        }

        private void Entry(XmlTree entry, string path)
        {
            var strings = entry.All("String").Select(static item => (Key: item.Text("Key"), Value: item["Value"])).ToList();
            var title = strings.Find(static item => item.Key == "Title").Value?.Content ?? "";
            var secret = sink.Begin(path + title, entry.Line);
            foreach (var (key, value) in strings)
            {
                if (value?.Attribute("Protected") is "True" or "true")
                    sink.Problems.Add(value.Line, $"{secret.Source}: a value is encrypted inside the XML; export it in clear");
                else if (key != "Title")
                    secret.AddText(Standard.FirstOrDefault(standard => standard.Key == key).Field ?? key, value?.Content);
            }

            foreach (var attachment in entry.All("Binary"))
                Attach(attachment, secret);
            Metadata(entry, secret);
        }

        private void Metadata(XmlTree entry, MovedSecret secret)
        {
            if (secret.Fields.Any(static field => field.Key == "password"))
                secret.Type = SecretType.Password;
            if (entry["Times"] is { } times && times.Text("Expires") is "True" or "true" && DateTimeOffset.TryParse(entry["Times"]!.Text("ExpiryTime"), System.Globalization.CultureInfo.InvariantCulture, out var expires))
                secret.ExpiresAt = expires;
            var tags = entry.Text("Tags").Split([';', ','], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
            if (tags.Length > 0)
                secret.Tags = tags.Distinct(StringComparer.Ordinal).ToDictionary(static tag => tag, static _ => "", StringComparer.Ordinal);
            if (entry["History"]?.All("Entry").Any() == true)
                sink.Note($"line {entry.Line}: '{secret.Source}' has older versions, which were left out");
        }

        private void Attach(XmlTree attachment, MovedSecret secret)
        {
            var name = attachment.Text("Key");
            var reference = attachment["Value"]?.Attribute("Ref");
            var binary = meta?["Binaries"]?.All("Binary").FirstOrDefault(item => item.Attribute("ID") == reference);
            using var packed = binary is null ? null : StrictBase64.TryDecode(Utf8.Strict.GetBytes(binary.Content.Trim()));
            if (packed is null)
            {
                sink.Problems.Add(attachment.Line, $"{secret.Source}: the attachment '{name}' is not in the file");
                return;
            }

            if (binary!.Attribute("Compressed") is not ("True" or "true"))
            {
                secret.Add(name, packed.Span);
                return;
            }

            using var plain = new WipedBuffer();
            if (Unpack(packed.Span, plain))
                secret.Add(name, plain.Span);
            else
                sink.Problems.Add(binary.Line, $"{secret.Source}: the attachment '{name}' is damaged or larger than {MaxAttachment} bytes");
        }

        private static bool Unpack(ReadOnlySpan<byte> packed, WipedBuffer plain)
        {
            try
            {
                using var stream = new GZipStream(new MemoryStream(packed.ToArray()), CompressionMode.Decompress);
                while (plain.Length <= MaxAttachment)
                {
                    var count = stream.Read(plain.GetSpan(64 * 1024));
                    if (count == 0)
                        return true;
                    plain.Advance(count);
                }

                return false;
            }
            catch (InvalidDataException)
            {
                return false;
            }
        }
    }
}
