using Strongroom.Cryptography;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace Strongroom.Cli.Moving;

/// <summary>
/// Reads YAML into nodes, by the parser's events: depth 64, equal names, anchors, aliases and tags refused. An alias can make a small file huge, a tag can make a text something else; neither is needed for secrets.
/// Every scalar is the text that stands there, so <c>yes</c> and <c>0123</c> stay what they are.
/// </summary>
internal sealed class YamlDocumentReader(Parser parser, Problems problems)
{
    private const int MaxDepth = 64;

    /// <summary>Reads all documents of a stream; after a problem, those before it. The caller owns the nodes.</summary>
    public static List<DataNode> Read(ReadOnlySpan<byte> content, Problems problems)
    {
        var documents = new List<DataNode>();
        var parser = new Parser(new StringReader(Utf8.Strict.GetString(content)));
        try
        {
            var reader = new YamlDocumentReader(parser, problems);
            while (parser.MoveNext())
            {
                if (parser.Current is DocumentStart)
                {
                    parser.MoveNext();
                    documents.Add(reader.Node(0));
                }
            }
        }
        catch (YamlException error)
        {
            // Its message may quote the text.
            problems.Add((int)error.Start.Line, "this is not well-formed YAML");
        }
        catch (Exception error) when (error is InvalidOperationException or ArgumentException or IndexOutOfRangeException)
        {
            // The scanner's own confusion over a text that is no YAML.
            problems.Add((int)(parser.Current?.End.Line ?? 1), "this is not well-formed YAML");
        }
        catch (RefusedYamlException refused)
        {
            problems.Add(refused.Line, refused.Message);
        }

        return documents;
    }

    private DataNode Node(int depth)
    {
        var line = (int)parser.Current!.Start.Line;
        if (depth > MaxDepth)
            throw new RefusedYamlException(line, $"this is nested deeper than {MaxDepth} levels");
        if (parser.Current is NodeEvent { Anchor.IsEmpty: false } or AnchorAlias)
            throw new RefusedYamlException(line, "anchors and aliases are not taken: write the value where it belongs");
        if (parser.Current is NodeEvent { Tag.IsEmpty: false })
            throw new RefusedYamlException(line, "tags are not taken: write the value as text");
        return parser.Current switch
        {
            MappingStart => Map(line, depth),
            SequenceStart => List(line, depth),
            Scalar scalar => Leaf(line, scalar),
            _ => throw new RefusedYamlException(line, "this is not a value"),
        };
    }

    private DataNode Map(int line, int depth)
    {
        var map = new DataNode(DataKind.Map, line);
        try
        {
            var names = new Dictionary<string, int>(StringComparer.Ordinal);
            while (parser.MoveNext() && parser.Current is not MappingEnd)
            {
                var at = (int)parser.Current!.Start.Line;
                if (parser.Current is not Scalar { Anchor.IsEmpty: true, Tag.IsEmpty: true } key)
                    throw new RefusedYamlException(at, "a name must be a plain text");
                var name = key.Value;
                if (name == "<<" && key.Style == ScalarStyle.Plain)
                    throw new RefusedYamlException(at, "merge keys are not taken: write the members where they belong");
                if (!names.TryAdd(name, at))
                    problems.Add(at, $"'{name}' occurs twice, the first time in line {names[name]}");
                parser.MoveNext();
                map.Members.Add(new(name, Node(depth + 1)));
            }

            return map;
        }
        catch
        {
            map.Dispose();
            throw;
        }
    }

    private DataNode List(int line, int depth)
    {
        var list = new DataNode(DataKind.List, line);
        try
        {
            while (parser.MoveNext() && parser.Current is not SequenceEnd)
                list.Items.Add(Node(depth + 1));
            return list;
        }
        catch
        {
            list.Dispose();
            throw;
        }
    }

    private static DataNode Leaf(int line, Scalar scalar)
    {
        if (scalar.Style == ScalarStyle.Plain && scalar.Value is "" or "~" or "null" or "Null" or "NULL" && scalar.Style == ScalarStyle.Plain)
            return new DataNode(DataKind.Null, line);
        try
        {
            return DataNode.Scalar(DataKind.Text, line, SecretBuffer.CopyOf(Utf8.Strict.GetBytes(scalar.Value)));
        }
        catch (ArgumentException)
        {
            throw new RefusedYamlException(line, "a text here has half of a surrogate pair");
        }
    }

    private sealed class RefusedYamlException(int line, string message) : Exception(message)
    {
        public int Line => line;
    }
}
