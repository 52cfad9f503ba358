using System.Buffers;
using Strongroom.Cli.Input;

namespace Strongroom.Cli.Moving.Formats;

/// <summary>A map from names to values, or to maps from fields to values: JSON and YAML.</summary>
internal abstract class MapFormat : MoveFormat
{
    /// <summary>Takes the secrets of a map.</summary>
    protected static void ReadMap(DataNode root, ImportSink sink)
    {
        if (root.Kind != DataKind.Map)
        {
            sink.Problems.Add(root.Line, "a map from names to values is expected here");
            return;
        }

        foreach (var (name, node) in root.Members)
        {
            if (node.IsScalar)
                sink.Begin(name, node.Line).Set(node.Text);
            else if (node.Kind == DataKind.Map)
                ReadFields(name, node, sink);
            else
                sink.Problems.Add(node.Line, node.Kind == DataKind.Null ? $"'{name}' has no value" : $"'{name}' is a list; a text or a map of fields is expected");
        }
    }

    /// <summary>Calls back for each secret, plain values and maps of fields, after checking that all is text and no name occurs twice.</summary>
    protected static void Check(IReadOnlyList<MovedSecret> secrets, Problems problems)
    {
        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (var secret in secrets)
        {
            if (!names.Add(secret.Name))
                problems.AddName(0, $"two secrets would be called '{secret.Name}'");
            if (secret.Plain is { } plain)
                IsText(secret, plain, problems);
            foreach (var (_, value) in secret.Fields)
                IsText(secret, value, problems);
        }
    }

    private static void ReadFields(string name, DataNode map, ImportSink sink)
    {
        var secret = sink.Begin(name, map.Line);
        foreach (var (field, node) in map.Members)
        {
            if (node.IsScalar)
                secret.Add(field, node.Text);
            else
                sink.Problems.Add(node.Line, node.Kind == DataKind.Null ? $"'{name}' has a field '{field}' without a value" : $"'{name}' has a field '{field}' that is not a text; for deeper nesting there is the format appsettings");
        }
    }
}

/// <summary>JSON: <c>{"name": "value", "other": {"field": "value"}}</c>.</summary>
internal sealed class JsonFormat : MapFormat
{
    public override string Name => "json";

    public override string Summary => "{\"name\": \"value\", \"other\": {\"field\": \"value\"}}";

    public override void Read(ReadOnlySpan<byte> content, ImportSink sink)
    {
        using var root = JsonDocumentReader.Read(content, sink.Problems);
        if (root is not null)
            ReadMap(root, sink);
    }

    public override void Write(IReadOnlyList<MovedSecret> secrets, WipedBuffer output, Problems problems)
    {
        Check(secrets, problems);
        if (problems.Any)
            return;
        using (var json = JsonText.Writer(output))
        {
            json.WriteStartObject();
            foreach (var secret in secrets)
            {
                if (secret.Plain is { } plain)
                {
                    json.WriteString(secret.Name, plain.Span);
                    continue;
                }

                json.WriteStartObject(secret.Name);
                foreach (var (field, value) in secret.Fields)
                    json.WriteString(field, value.Span);
                json.WriteEndObject();
            }

            json.WriteEndObject();
        }

        output.Write("\n"u8);
    }
}

/// <summary>YAML of the same shape.</summary>
internal sealed class YamlFormat : MapFormat
{
    public override string Name => "yaml";

    public override string Summary => "the same as YAML; anchors, aliases and tags are refused";

    public override void Read(ReadOnlySpan<byte> content, ImportSink sink)
    {
        var documents = YamlDocumentReader.Read(content, sink.Problems);
        if (documents.Count > 1)
            sink.Problems.Add(documents[1].Line, "one document is expected");
        if (documents.Count > 0 && documents[0].Kind != DataKind.Null)
            ReadMap(documents[0], sink);
        documents.ForEach(static document => document.Dispose());
    }

    public override void Write(IReadOnlyList<MovedSecret> secrets, WipedBuffer output, Problems problems)
    {
        Check(secrets, problems);
        if (problems.Any)
            return;
        if (secrets.Count == 0)
            output.Write("{}\n"u8);
        foreach (var secret in secrets)
        {
            YamlText.Quoted(output, Cryptography.Utf8.Strict.GetBytes(secret.Name));
            if (secret.Plain is { } plain)
            {
                YamlText.Member(output, plain.Span);
                continue;
            }

            output.Write(":\n"u8);
            foreach (var (field, value) in secret.Fields)
            {
                output.Write("  "u8);
                YamlText.Quoted(output, Cryptography.Utf8.Strict.GetBytes(field));
                YamlText.Member(output, value.Span);
            }
        }
    }
}
