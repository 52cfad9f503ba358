using System.Buffers;
using System.Text.Json;
using Strongroom.Cli.Input;
using Strongroom.Cryptography;

namespace Strongroom.Cli.Moving.Formats;

/// <summary>The unencrypted JSON that Bitwarden exports: logins, notes, cards, identities, SSH keys, and custom fields. Folders become segments.</summary>
internal sealed class BitwardenFormat : MoveFormat
{
    private static readonly (string Member, string Field)[] LoginFields = [("username", "username"), ("password", "password"), ("totp", "otp")];

    public override string Name => "bitwarden-json";

    public override string Summary => "the unencrypted JSON that Bitwarden exports; folders become segments";

    public override void Read(ReadOnlySpan<byte> content, ImportSink sink)
    {
        using var root = JsonDocumentReader.Read(content, sink.Problems);
        if (root is null)
            return;
        if (root.String("encrypted") == "true")
            sink.Problems.Add(root.Line, "this export is encrypted: choose .json, not .json (Encrypted), in Bitwarden");
        else if (root["items"] is not { Kind: DataKind.List } items)
            sink.Problems.Add(root.Line, "this is not an export of Bitwarden: there are no items");
        else
            ReadItems(root, items, sink);
    }

    public override void Write(IReadOnlyList<MovedSecret> secrets, WipedBuffer output, Problems problems)
    {
        var logins = secrets.Select(secret => (Secret: secret, Values: Logins.Of(secret, null, problems))).ToList();
        if (problems.Any)
            return;
        var folders = secrets.Select(static secret => Folder(secret.Name)).Where(static folder => folder.Length > 0).Distinct(StringComparer.Ordinal).ToDictionary(static folder => folder, Id, StringComparer.Ordinal);
        using (var json = JsonText.Writer(output))
        {
            json.WriteStartObject();
            json.WriteBoolean("encrypted", false);
            json.WriteStartArray("folders");
            foreach (var (name, id) in folders)
            {
                json.WriteStartObject();
                json.WriteString("id", id);
                json.WriteString("name", name);
                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteStartArray("items");
            foreach (var (secret, values) in logins)
                WriteItem(json, secret, values!, folders.GetValueOrDefault(Folder(secret.Name)));
            json.WriteEndArray();
            json.WriteEndObject();
        }

        output.Write("\n"u8);
    }

    private static void WriteItem(Utf8JsonWriter json, MovedSecret secret, Dictionary<string, SecretValue> values, string? folder)
    {
        json.WriteStartObject();
        json.WriteString("id", Id(secret.Name));
        json.WriteNull("organizationId");
        json.WriteString("folderId", folder);
        json.WriteNumber("type", 1);
        json.WriteString("name", secret.Name[(secret.Name.LastIndexOf('/') + 1)..]);
        if (values.TryGetValue("notes", out var notes))
            json.WriteString("notes", notes.Span);
        else
            json.WriteNull("notes");
        json.WriteBoolean("favorite", false);
        json.WriteStartArray("fields");
        foreach (var (field, value) in values.Where(static pair => pair.Key is not ("notes" or "url" or "username" or "password" or "otp")))
        {
            json.WriteStartObject();
            json.WriteString("name", field);
            json.WriteString("value", value.Span);
            // Hidden, as Bitwarden calls it: shown on request.
            json.WriteNumber("type", 1);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteStartObject("login");
        json.WriteStartArray("uris");
        if (values.TryGetValue("url", out var url))
        {
            json.WriteStartObject();
            json.WriteNull("match");
            json.WriteString("uri", url.Span);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        foreach (var (member, field) in LoginFields)
        {
            if (values.TryGetValue(field, out var value))
                json.WriteString(member, value.Span);
            else
                json.WriteNull(member);
        }

        json.WriteEndObject();
        json.WriteNull("collectionIds");
        json.WriteEndObject();
    }

    private static void ReadItems(DataNode root, DataNode items, ImportSink sink)
    {
        var folders = (root["folders"]?.Items ?? []).Concat(root["collections"]?.Items ?? [])
            .Where(static folder => folder.String("id") is not null && folder.String("name") is not null)
            .DistinctBy(static folder => folder.String("id")).ToDictionary(static folder => folder.String("id")!, static folder => folder.String("name")!, StringComparer.Ordinal);
        foreach (var item in items.Items)
        {
            var name = item.String("name");
            if (item.Kind != DataKind.Map || name is not { Length: > 0 })
            {
                sink.Problems.Add(item.Line, "an item without a name");
                continue;
            }

            if (item["deletedDate"] is { Kind: DataKind.Text })
            {
                sink.Note($"line {item.Line}: '{name}' is in Bitwarden's trash and was left out");
                continue;
            }

            var folderId = item.String("folderId") ?? (item["collectionIds"]?.Items is [{ IsScalar: true } only, ..] ? Utf8.Strict.GetString(only.Text) : "");
            ReadItem(item, sink.Begin(folders.TryGetValue(folderId, out var folder) ? $"{folder}/{name}" : name, item.Line), sink);
        }
    }

    private static void ReadItem(DataNode item, MovedSecret secret, ImportSink sink)
    {
        if (item["login"] is { Kind: DataKind.Map } login)
        {
            foreach (var (member, field) in LoginFields)
                Take(secret, field, login[member]);
            var uris = login["uris"]?.Items ?? [];
            for (var i = 0; i < uris.Count; i++)
                Take(secret, i == 0 ? "url" : $"url-{i + 1}", uris[i]["uri"]);
            if (login["fido2Credentials"] is { Items.Count: > 0 })
                sink.Note($"line {item.Line}: '{secret.Source}' has a passkey, which was left out");
        }

        // Cards, identities and SSH keys: their members as they are called there.
        foreach (var part in (string[])["card", "identity", "sshKey"])
        {
            foreach (var (member, value) in item[part]?.Members ?? [])
                Take(secret, member, value);
        }

        Take(secret, "notes", item["notes"]);
        foreach (var field in item["fields"]?.Items ?? [])
        {
            if (field.String("name") is { Length: > 0 } name && field["value"] is { } value)
                Take(secret, name, value);
        }

        if (secret.Fields.Any(static field => field.Key == "password"))
            secret.Type = SecretType.Password;
        if (item["passwordHistory"] is { Items.Count: > 0 })
            sink.Note($"line {item.Line}: '{secret.Source}' has older passwords, which were left out");
    }

    private static void Take(MovedSecret secret, string field, DataNode? value)
    {
        if (value is { IsScalar: true, Text.IsEmpty: false })
            secret.Add(field, value.Text);
    }

    private static string Folder(string name) => name.LastIndexOf('/') is >= 0 and var slash ? name[..slash] : "";

    // Bitwarden wants ids; the same name always gets the same.
    private static string Id(string name) => new Guid(System.Security.Cryptography.SHA256.HashData(Utf8.Strict.GetBytes(name)).AsSpan(0, 16)).ToString();
}
