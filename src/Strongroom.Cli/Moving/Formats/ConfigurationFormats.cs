using System.Buffers;
using System.Text.Json;
using Strongroom.Cli.Input;
using Strongroom.Cryptography;

namespace Strongroom.Cli.Moving.Formats;

/// <summary>
/// The keys of .NET's configuration, in JSON that may have comments: <c>:</c> joins them, so it becomes <c>/</c>; sections become segments. Keys that differ only in case are one key there, so they are refused.
/// </summary>
internal abstract class ConfigurationFormat : MoveFormat
{
    public override void Read(ReadOnlySpan<byte> content, ImportSink sink)
    {
        using var root = JsonDocumentReader.Read(content, sink.Problems, isConfiguration: true);
        if (root is null)
            return;
        if (root.Kind == DataKind.Map)
            ReadSection(root, "", new Dictionary<string, int>(StringComparer.OrdinalIgnoreCase), sink);
        else
            sink.Problems.Add(root.Line, "an object is expected here");
    }

    /// <summary>The values by key, <c>:</c> between the parts; problems for what the format can't hold.</summary>
    protected static SortedDictionary<string, SecretValue> Keys(IReadOnlyList<MovedSecret> secrets, Problems problems)
    {
        var keys = new SortedDictionary<string, SecretValue>(StringComparer.OrdinalIgnoreCase);
        foreach (var (name, value, secret) in FlatSecrets.Of(secrets, "/"))
        {
            var key = name.Replace('/', ':');
            if (!keys.TryAdd(key, value))
                problems.AddName(0, $"the key '{key}' would occur twice: configuration ignores case");
            IsText(secret, value, problems);
        }

        return keys;
    }

    private static void ReadSection(DataNode section, string path, Dictionary<string, int> keys, ImportSink sink)
    {
        foreach (var (name, node) in section.Members)
            ReadNode(node, path + name.Replace(':', '/'), keys, sink);
        for (var i = 0; i < section.Items.Count; i++)
            ReadNode(section.Items[i], string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{path}{i}"), keys, sink);
    }

    private static void ReadNode(DataNode node, string key, Dictionary<string, int> keys, ImportSink sink)
    {
        if (node.Kind is DataKind.Map or DataKind.List)
        {
            ReadSection(node, key + "/", keys, sink);
            return;
        }

        if (!keys.TryAdd(key, node.Line))
            sink.Problems.Add(node.Line, $"'{key}' occurs twice, the first time in line {keys[key]}: configuration ignores case");
        else if (node.Kind == DataKind.Null)
            sink.Note($"line {node.Line}: '{key}' is null and was left out");
        else
            sink.Begin(key, node.Line).Set(node.Text);
    }
}

/// <summary>The secrets.json of <c>dotnet user-secrets</c>: flat keys.</summary>
internal sealed class UserSecretsFormat : ConfigurationFormat
{
    public override string Name => "user-secrets";

    public override string Summary => "secrets.json of 'dotnet user-secrets', found by --project; ':' becomes '/'";

    public override void Write(IReadOnlyList<MovedSecret> secrets, WipedBuffer output, Problems problems)
    {
        var keys = Keys(secrets, problems);
        if (problems.Any)
            return;
        using (var json = JsonText.Writer(output))
        {
            json.WriteStartObject();
            foreach (var (key, value) in keys)
                json.WriteString(key, value.Span);
            json.WriteEndObject();
        }

        output.Write("\n"u8);
    }
}

/// <summary>appsettings.json: nested sections.</summary>
internal sealed class AppSettingsFormat : ConfigurationFormat
{
    public override string Name => "appsettings";

    public override string Summary => "appsettings.json; sections become segments, so --only picks some";

    public override void Write(IReadOnlyList<MovedSecret> secrets, WipedBuffer output, Problems problems)
    {
        var root = new Section();
        foreach (var (key, value) in Keys(secrets, problems))
        {
            if (!root.TryAdd(key.Split(':'), value))
                problems.AddName(0, $"'{key}' would be both a value and a section");
        }

        if (problems.Any)
            return;
        using (var json = JsonText.Writer(output))
            root.Write(json);
        output.Write("\n"u8);
    }

    private sealed class Section
    {
        private readonly SortedDictionary<string, object> _members = new(StringComparer.OrdinalIgnoreCase);

        public bool TryAdd(ReadOnlySpan<string> path, SecretValue value)
        {
            if (path.Length == 1)
                return _members.TryAdd(path[0], value);
            if (!_members.TryGetValue(path[0], out var next))
                _members[path[0]] = next = new Section();
            return next is Section section && section.TryAdd(path[1..], value);
        }

        public void Write(Utf8JsonWriter json)
        {
            json.WriteStartObject();
            foreach (var (name, member) in _members)
            {
                if (member is SecretValue value)
                {
                    json.WriteString(name, value.Span);
                    continue;
                }

                json.WritePropertyName(name);
                ((Section)member).Write(json);
            }

            json.WriteEndObject();
        }
    }
}
