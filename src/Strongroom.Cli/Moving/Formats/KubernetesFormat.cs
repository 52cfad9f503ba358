using System.Buffers;
using System.Buffers.Text;
using Strongroom.Cli.Input;
using Strongroom.Cryptography;

namespace Strongroom.Cli.Moving.Formats;

/// <summary>Manifests of <c>kind: Secret</c>, in YAML or JSON, several documents or a List. The namespace becomes the first segment; each key of <c>data</c> and <c>stringData</c> is a field.</summary>
internal sealed class KubernetesFormat : MoveFormat
{
    private const string PlainKey = "value";

    public override string Name => "k8s";

    public override string Summary => "Kubernetes manifests of kind Secret, YAML or JSON; keys of data become fields";

    public override void Read(ReadOnlySpan<byte> content, ImportSink sink)
    {
        // JSON is YAML, and the YAML parser counts lines as well.
        var documents = YamlDocumentReader.Read(content, sink.Problems);
        foreach (var document in documents.Where(static document => document.Kind != DataKind.Null))
            ReadObject(document, sink);
        documents.ForEach(static document => document.Dispose());
    }

    public override void Write(IReadOnlyList<MovedSecret> secrets, WipedBuffer output, Problems problems)
    {
        var names = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var secret in secrets)
        {
            if (!IsObjectName(secret.Name))
                problems.AddName(0, $"'{secret.Name}' is no name of an object of Kubernetes; --rename dns makes it '{NameRules.Dns(secret.Name)}'");
            else if (!names.TryAdd(secret.Name, secret.Source))
                problems.AddName(0, $"{secret.Source} and {names[secret.Name]} would both be '{secret.Name}'");
            else
                WriteOne(output, secret);
        }
    }

    private static void WriteOne(WipedBuffer output, MovedSecret secret)
    {
        output.Write("---\napiVersion: v1\nkind: Secret\nmetadata:\n  name: "u8);
        YamlText.Quoted(output, Utf8.Strict.GetBytes(secret.Name));
        output.Write("\ntype: Opaque\ndata:\n"u8);
        if (secret.Plain is { } plain)
            WriteData(output, PlainKey, plain.Span);
        foreach (var (field, value) in secret.Fields)
            WriteData(output, field, value.Span);
    }

    private static void WriteData(WipedBuffer output, string key, ReadOnlySpan<byte> value)
    {
        output.Write("  "u8);
        YamlText.Quoted(output, Utf8.Strict.GetBytes(key));
        output.Write(": \""u8);
        Base64.EncodeToUtf8(value, output.GetSpan(Base64.GetMaxEncodedToUtf8Length(value.Length) + 1), out _, out var written);
        output.Advance(written);
        output.Write("\"\n"u8);
    }

    private static bool IsObjectName(string name) =>
        name.Length is > 0 and <= 253 && name.All(static character => char.IsAsciiLetterLower(character) || char.IsAsciiDigit(character) || character is '-' or '.')
        && char.IsAsciiLetterOrDigit(name[0]) && char.IsAsciiLetterOrDigit(name[^1]) && !name.Contains("..", StringComparison.Ordinal);

    private static void ReadObject(DataNode node, ImportSink sink)
    {
        if (node.Kind != DataKind.Map || node.String("kind") is not { } kind)
        {
            sink.Problems.Add(node.Line, "this is no object of Kubernetes: it has no kind");
        }
        else if (kind is "List" or "SecretList" && node["items"] is { Kind: DataKind.List } items)
        {
            foreach (var item in items.Items)
                ReadObject(item, sink);
        }
        else if (kind != "Secret")
        {
            sink.Note($"line {node.Line}: an object of kind {kind} was left out");
        }
        else if (node["metadata"]?.String("name") is { Length: > 0 } name)
        {
            ReadSecret(node, node["metadata"]!.String("namespace") is { Length: > 0 } space ? $"{space}/{name}" : name, sink);
        }
        else
        {
            sink.Problems.Add(node.Line, "a Secret without metadata.name");
        }
    }

    private static void ReadSecret(DataNode node, string name, ImportSink sink)
    {
        var secret = sink.Begin(name, node.Line);
        if (node.String("type") == "kubernetes.io/tls")
            secret.Type = SecretType.Certificate;
        // What Kubernetes does: a key of stringData wins over the same of data.
        var texts = node["stringData"]?.Members ?? [];
        foreach (var (key, value) in texts)
        {
            if (value.IsScalar)
                secret.Add(key, value.Text);
            else
                sink.Problems.Add(value.Line, $"{name}: '{key}' is not a text");
        }

        foreach (var (key, value) in node["data"]?.Members ?? [])
        {
            if (texts.Exists(text => text.Key == key))
                continue;
            using var bytes = value.IsScalar ? StrictBase64.TryDecode(value.Text) : null;
            if (bytes is not null)
                secret.Add(key, bytes.Span);
            else if (value.Kind == DataKind.Null)
                sink.Note($"line {value.Line}: {name}: '{key}' is empty and was left out");
            else
                sink.Problems.Add(value.Line, $"{name}: '{key}' is not base64");
        }
    }
}
