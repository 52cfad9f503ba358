using System.Buffers;
using System.Text.Json;
using Strongroom.Cli.Input;
using Strongroom.Cli.Output;
using Strongroom.Cryptography;

namespace Strongroom.Cli.Moving.Formats;

/// <summary>Our own: everything but older versions. Exact bytes, types, tags, descriptions, expiry.</summary>
internal sealed class BundleFormat : MoveFormat
{
    private const string Mark = "strongroom-bundle";

    public override string Name => "bundle";

    public override string Summary => "JSON of our own with everything but older versions: exact bytes, types, tags, descriptions, expiry";

    public override void Read(ReadOnlySpan<byte> content, ImportSink sink)
    {
        using var root = JsonDocumentReader.Read(content, sink.Problems);
        if (root is null)
            return;
        if (root.Kind != DataKind.Map || root.String("format") != Mark || root.String("schema") != "1" || root["secrets"] is not { Kind: DataKind.List } secrets)
        {
            sink.Problems.Add(root.Line, $"this is not a bundle: schema 1, format {Mark}, secrets");
            return;
        }

        foreach (var item in secrets.Items)
            ReadOne(item, sink);
    }

    public override void Write(IReadOnlyList<MovedSecret> secrets, WipedBuffer output, Problems problems)
    {
        using (var json = JsonText.Writer(output))
        {
            json.WriteStartObject();
            json.WriteNumber("schema", 1);
            json.WriteString("format", Mark);
            json.WriteStartArray("secrets");
            foreach (var secret in secrets)
                WriteOne(json, secret);
            json.WriteEndArray();
            json.WriteEndObject();
        }

        output.Write("\n"u8);
    }

    private static void WriteOne(Utf8JsonWriter json, MovedSecret secret)
    {
        json.WriteStartObject();
        json.WriteString("name", secret.Name);
        json.WriteString("type", (secret.Type ?? SecretType.Generic).ToString());
        json.WriteString("description", secret.Description ?? "");
        json.WriteStartObject("tags");
        foreach (var (key, value) in secret.Tags ?? SecretMetadata.EmptyTags)
            json.WriteString(key, value);
        json.WriteEndObject();
        json.Time("expires_at", secret.ExpiresAt);
        if (secret.Plain is { } plain)
        {
            json.WriteStartObject("value");
            json.Value(plain.Span);
            json.WriteEndObject();
        }
        else
        {
            json.WriteStartObject("fields");
            foreach (var (field, value) in secret.Fields)
            {
                json.WriteStartObject(field);
                json.Value(value.Span);
                json.WriteEndObject();
            }

            json.WriteEndObject();
        }

        json.WriteEndObject();
    }

    private static void ReadOne(DataNode item, ImportSink sink)
    {
        if (item.Kind != DataKind.Map || item.String("name") is not { Length: > 0 } name)
        {
            sink.Problems.Add(item.Line, "a secret without a name");
            return;
        }

        if (item.Members.Find(static member => member.Key is not ("name" or "type" or "description" or "tags" or "expires_at" or "value" or "fields")).Key is { } unknown)
            sink.Problems.Add(item.Line, $"{name}: '{unknown}' is no member of a bundle");
        var secret = sink.Begin(name, item.Line);
        secret.Description = item.String("description");
        ReadMetadata(item, secret, sink.Problems);
        if (item["value"] is { } value && item["fields"] is null)
        {
            if (Bytes(value) is { } bytes)
                using (bytes)
                    secret.Set(bytes.Span);
            else
                sink.Problems.Add(value.Line, $"{name}: a value has encoding (utf-8 or base64) and data");
        }
        else if (item["fields"] is { Kind: DataKind.Map } fields && item["value"] is null)
        {
            ReadFields(fields, secret, sink.Problems);
        }
        else
        {
            sink.Problems.Add(item.Line, $"{name}: either value or fields");
        }
    }

    private static void ReadFields(DataNode fields, MovedSecret secret, Problems problems)
    {
        foreach (var (field, value) in fields.Members)
        {
            if (Bytes(value) is { } bytes)
                using (bytes)
                    secret.Add(field, bytes.Span);
            else
                problems.Add(value.Line, $"{secret.Source}#{field}: a value has encoding (utf-8 or base64) and data");
        }
    }

    private static void ReadMetadata(DataNode item, MovedSecret secret, Problems problems)
    {
        if (item.String("type") is { } type)
        {
            if (SecretType.TryParse(type, out var parsed))
                secret.Type = parsed;
            else
                problems.Add(item.Line, $"{secret.Source}: this type is not of the form [a-z][a-z0-9_]*");
        }

        if (item.String("expires_at") is { } time)
        {
            if (CanonicalTime.TryParse(Utf8.Strict.GetBytes(time), out var at))
                secret.ExpiresAt = at;
            else
                problems.Add(item.Line, $"{secret.Source}: expires_at is not of the form 2027-01-01T00:00:00.000Z");
        }

        if (item["tags"] is { Kind: DataKind.Map } tags)
            secret.Tags = tags.Members.ToDictionary(static tag => tag.Key, static tag => Utf8.Strict.GetString(tag.Value.Text), StringComparer.Ordinal);
    }

    private static SecretBuffer? Bytes(DataNode value)
    {
        if (value.Kind != DataKind.Map || value.Members.Count != 2 || value["data"] is not { Kind: DataKind.Text } data)
            return null;
        return value.String("encoding") switch
        {
            "utf-8" => SecretBuffer.CopyOf(data.Text),
            "base64" => StrictBase64.TryDecode(data.Text),
            _ => null,
        };
    }
}
